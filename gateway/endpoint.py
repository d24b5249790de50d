"""GraphQL over HTTP: one request in; one answer, a stream of events or a multipart answer out."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from math import inf
from time import monotonic

from graphql import GraphQLError

from datasources.deadline import restart, until
from domain.errors import BadRequest, DeadlineExceeded, Refused
from engine import Answer, RequestRefused
from gateway import caching, sse
from gateway.arrivals import Arrival, Arrivals
from gateway.body import ClientGone, check_coding, read, too_large, too_slow
from gateway.call import Call
from gateway.faults import FormatError, errors_body, internal_body, refusal_body, refusal_headers
from gateway.journal import CLIENT_GONE, Entry, Recorder, client_of
from gateway.leash import Warden
from gateway.lines import raw
from gateway.middleware.cors import Cors, HeaderList
from gateway.middleware.proxies import Proxies
from gateway.negotiation import JSON, RESPONSE_JSON, Offer, negotiate
from gateway.operations import Operations, Prepared, payer_of, priority_of
from gateway.parameters import check_preflight, request_from_url
from gateway.request import GraphQLRequest, request_in
from gateway.requester import Doorman, Requester, languages, text_of
from gateway.statuses import STAGES, Case, Rejected, case_of, code_of
from gateway.streaming import Streaming
from gateway.streams import HEADERS, Stream
from gateway.ways import check_way

_METHODS = b"GET, POST"
_TYPES = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (JSON, RESPONSE_JSON)}
_HEADS = {
    kind: raw([type_, (b"vary", b"accept, origin"), (b"cache-control", b"no-store")]) for kind, type_ in _TYPES.items()
}
_EVENTS = raw([(b"content-type", sse.EVENTS.content_type), *HEADERS])
_PREFLIGHT: HeaderList = [
    (b"vary", b"origin, access-control-request-method, access-control-request-headers"),
    (b"allow", _METHODS),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How large and how long a request may be; times are seconds."""

    body_bytes: int
    body_seconds: float
    deadline_seconds: float
    get_needs_header: bool


class Endpoint:
    """Answers every call to /graphql; nothing that a client does makes it answer 500."""

    def __init__(
        self,
        operations: Operations,
        doorman: Doorman,
        streaming: Streaming,
        *,
        rules: Rules,
        proxies: Proxies,
        cors: Cors,
        format_error: FormatError,
        journal: Recorder,
    ) -> None:
        self._operations = operations
        self._doorman = doorman
        self._streaming = streaming
        self._rules = rules
        self._proxies = proxies
        self._cors = cors
        self._format_error = format_error
        self._journal = journal
        self.arrivals = Arrivals()
        self._warden = Warden()

    async def __call__(self, call: Call, arrival: Arrival | None = None) -> None:
        """Serves one call whose host and address are known; `arrival` if its caller is known as well."""
        offer = negotiate(call.headers.get(b"accept")) if arrival is None else arrival.offer
        entry = Entry(call.id, "http")
        try:
            await self._serve(call, offer, entry, arrival)
        except ClientGone:
            entry.codes.append(CLIENT_GONE)
        except Refused as refusal:
            entry.codes.append(code_of(refusal))
            await self._refuse(call, offer, refusal)
        except RequestRefused as refused:
            entry.failed(refused.errors)
            await self._errors(call, offer, STAGES[refused.stage], refused.errors)
        except GraphQLError as error:
            entry.failed([error])
            await self._errors(call, offer, Case.LIMITS, [error])
        except Exception as error:
            entry.codes.append(Case.INTERNAL.code)
            if call.status is not None:
                raise
            await self._write(call, offer, Case.INTERNAL, internal_body(error, self._format_error))
        finally:
            entry.status = call.status
            self._journal.close(entry)

    async def _refuse(self, call: Call, offer: Offer, refusal: Refused) -> None:
        """The answer to a request that was not executed."""
        case = case_of(refusal)
        if case is Case.UNKNOWN_HASH and offer.plain:
            offer = negotiate(None)  # a step of the handshake and no failure: 200 for whoever takes plain JSON
        await self._write(call, offer, case, refusal_body(refusal), raw(refusal_headers(refusal)))

    async def _errors(self, call: Call, offer: Offer, case: Case, errors: list[GraphQLError]) -> None:
        await self._write(call, offer, case, errors_body(errors, self._format_error))

    def _write(self, call: Call, offer: Offer, case: Case | None, body: bytes, extra: bytes = b"") -> Awaitable[None]:
        """One JSON answer; `case` is None when the operation was executed."""
        kind = offer.json or RESPONSE_JSON
        status = 200 if case is None else case.plain if kind == JSON else case.strict
        return call.answer(status, _HEADS[kind], body, extra)

    async def _serve(self, call: Call, offer: Offer, entry: Entry, arrival: Arrival | None) -> None:
        method = call.scope["method"]
        if method != "POST" and method != "GET":
            await self._other(call, method)
            return
        if offer.json is None and not offer.events and not offer.multipart:
            message = f"Accept names no type that is made here. Send Accept: {RESPONSE_JSON}."
            raise Rejected(Case.NOT_ACCEPTABLE, message)
        body = b""
        if method == "POST":
            there = self._body(call, arrival)
            body = await self._read(call) if there is None else there
        if arrival is None:
            arrival = await self._arrive(call, offer)
        entry.caller, entry.client = arrival.payer.kind, arrival.client
        gate = self._operations.gate
        if not gate.admit():
            await gate.wait(arrival.priority)
        try:
            request = request_in(body) if method == "POST" else self._from_url(call)
            stream = await self._operate(call, offer, entry, request, arrival)
        finally:
            gate.leave()
        if stream is not None:
            entry.transport = "sse" if offer.events else "multipart"
            await stream.send(call, self._streaming.closing)

    async def _operate(
        self, call: Call, offer: Offer, entry: Entry, request: GraphQLRequest, arrival: Arrival
    ) -> Stream | None:
        """Answers, or opens the stream that will; what is at hand is answered without a clock."""
        operations, requester, end = self._operations, arrival.requester, monotonic() + arrival.seconds
        prepared = operations.prepare_now(request, requester, arrival.payer)
        if prepared is None:
            until(end)
            with self._warden.hold(arrival.seconds, _too_long, call.receive, end):
                prepared = await operations.prepare(request, requester, arrival.payer)
        entry.prepared = prepared
        check_way(prepared, offer, call.scope["method"])
        found = operations.remembered(prepared, requester)
        if found is None:
            worked = await self._work_out(call, offer, prepared, arrival, end)
            if isinstance(worked, Stream):
                return worked
            found = worked
        await self._answer(call, offer, entry, prepared, found)
        return None

    async def _work_out(
        self, call: Call, offer: Offer, prepared: Prepared, arrival: Arrival, end: float
    ) -> Answer | Stream:
        plan, requester, seconds = prepared.plan, arrival.requester, arrival.seconds
        if plan.operation == "subscription":  # its time is not the operation's
            restart(inf)
            return await self._streaming.subscription(offer, prepared, requester, seconds)
        until(end)
        with self._warden.hold(seconds, _too_long, call.receive, end):
            if plan.incremental:
                return await self._streaming.incremental(offer, prepared, requester, seconds)
            return await self._operations.execute(prepared, requester)

    def _answer(self, call: Call, offer: Offer, entry: Entry, prepared: Prepared, found: Answer) -> Awaitable[None]:
        if found.errors:
            entry.failed(found.errors)
        if offer.events and not found.request_error:
            return call.answer(200, _EVENTS, sse.event(found.body) + sse.EVENTS.end)
        seconds = prepared.public_seconds
        if seconds and call.scope["method"] == "GET" and not found.errors and caching.may_be_kept(call, seconds):
            return _write_public(call, offer, found.body, seconds)
        case = Case.VARIABLES if found.request_error else None
        return self._write(call, offer, case, found.body, prepared.verdict.lines())

    async def _arrive(self, call: Call, offer: Offer) -> Arrival:
        """Who calls, proven; from where and in which languages, as far as that can be believed."""
        headers = call.headers
        accept_language = headers.get(b"accept-language")
        requester = Requester(
            address=call.address,
            country=self._proxies.country(call.peer, headers),
            languages=languages(accept_language) if accept_language else (),
            wants_cost=b"x-report-cost" in headers,
        )
        authorization, profile = text_of(headers, b"authorization"), text_of(headers, b"x-profile-token")
        if authorization is not None or profile is not None:
            requester = requester.proven(*await self._doorman.identify(authorization, profile))
        payer = payer_of(requester)
        arrival = Arrival(
            requester=requester,
            payer=payer,
            priority=priority_of(payer),
            offer=offer,
            client=client_of(headers),
            seconds=self._seconds(call),
            posted=call.scope["method"] == "POST",
            origin=call.origin,
        )
        if not offer.html:  # a browser may be asking for the page
            self.arrivals.keep(call, arrival)
        return arrival

    async def _other(self, call: Call, method: str) -> None:
        if method != "OPTIONS":
            message = f"{method[:20]} is not served here. Send POST, or GET for queries."
            raise Rejected(Case.METHOD, message, headers=[(b"allow", _METHODS)])
        allowed = self._cors.preflight(call.headers.get(b"origin"), _METHODS)
        call.origin = b""
        await call.nothing(204, [*allowed, *_PREFLIGHT])

    def _body(self, call: Call, arrival: Arrival | None) -> bytes | None:
        """The body if it is there already, else None; a request is refused here before its caller is looked at."""
        if arrival is None or not arrival.posted:
            check_coding(call.headers)
        there = call.direct.take() if call.direct is not None else None
        if there is not None and len(there) > self._rules.body_bytes:
            raise too_large(self._rules.body_bytes)
        return there

    async def _read(self, call: Call) -> bytes:
        limit, seconds = self._rules.body_bytes, self._rules.body_seconds
        with self._warden.hold(seconds, too_slow):
            return await read(call.receive, announced=call.headers.get(b"content-length"), limit=limit)

    def _from_url(self, call: Call) -> GraphQLRequest:
        request = request_from_url(call.scope["query_string"])
        if self._rules.get_needs_header:
            check_preflight(call.headers, request)
        return request

    def _seconds(self, call: Call) -> float:
        """The operation's time: ours, or less where the client asks for less."""
        asked = call.headers.get(b"x-request-timeout")
        if asked is None:
            return self._rules.deadline_seconds
        try:
            seconds = float(asked)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < float("inf"):
            raise BadRequest("Header X-Request-Timeout is a number of seconds above 0, such as 2.5.")
        return min(seconds, self._rules.deadline_seconds)


async def _write_public(call: Call, offer: Offer, body: bytes, seconds: int) -> None:
    """An answer for everyone, or the word that it has not changed."""
    headers = caching.headers_of(body, seconds)
    if caching.is_known(call, body):
        await call.nothing(304, headers)
    else:
        await call.answer(200, raw([_TYPES[offer.json or RESPONSE_JSON], *headers]), body)


def _too_long(seconds: float) -> DeadlineExceeded:
    return DeadlineExceeded(f"The operation did not end within {seconds:g} s. Ask for less.")
