"""What every transport does with a request before execution: find the document, plan it, price it, charge for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from domain.viewers import ANONYMOUS
from engine import Answer, Engine, Plan, RequestRefused
from gateway.answers import Answers, Key
from gateway.hints import Hints
from gateway.lines import pairs_of
from gateway.middleware.admission import Gate, Priority
from gateway.ratelimit import Caller, caller_of
from gateway.rates import Verdict
from gateway.request import GraphQLRequest
from gateway.requester import Requester
from gateway.spending import Spent, with_actual
from gateway.statuses import Case, Rejected
from graph.callers import CallerClass
from graph.extensions.caching import Lifetime
from graph.extensions.cost import OperationCost


class DocumentSource(Protocol):
    """Finds the text of a request's document."""

    def at_hand(self, request: GraphQLRequest, caller: CallerClass) -> str | None: ...

    async def resolve(self, request: GraphQLRequest, *, caller: CallerClass, client: str) -> str: ...


class Limiter(Protocol):
    """Charges a caller; `take_now` where nobody else has to be asked, else it is None."""

    def take_now(self, caller: Caller, cost: int) -> Verdict | None: ...

    async def take(self, caller: Caller, cost: int) -> Verdict: ...


REFUSED_COST = 10
"""Of a document that is not executed: looking at it costs time, and otherwise it could be sent for ever."""

Price = Callable[[OperationCost, Mapping[str, Any], CallerClass], int]
"""The cost of an operation with these variables; raises GraphQLError (TOO_COMPLEX) above the caller's budget."""

_TOLD_COST = frozenset({CallerClass.STAFF, CallerClass.PARTNER})

ReportCost = Callable[[int, CallerClass], dict[str, Any]]
"""What `extensions.cost` shows."""

NewContext = Callable[[Requester], Any]
"""A fresh operation context: for every operation, and for every event of a subscription."""


@dataclass(slots=True)
class Prepared:
    """An operation that is paid for and may start; not frozen, because one is made for every request."""

    plan: Plan
    variables: Mapping[str, Any]
    cost: int
    verdict: Verdict
    public_seconds: int
    """How long shared caches may keep an anonymous answer."""
    key: Key | None
    """Under which the answer is kept here, if it may be."""
    extensions: Callable[[], dict[str, Any] | None] | None
    """Of the response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The way of an operation, the same for HTTP, events and sockets; `engine` makes each plan's `Analysis`."""

    engine: Engine
    documents: DocumentSource
    limiter: Limiter
    price: Price
    report_cost: ReportCost
    new_context: NewContext
    recheck: Callable[[Requester], None]
    """Raises Refused for a caller whose sign-in has ended meanwhile; `new_context` does so by itself."""
    gate: Gate
    answers: Answers
    hints: Hints | None = None
    """What staff are told beyond others of a document that is refused; None where all are told the same."""
    spent: Spent | None = None
    """The actual cost of an answer, for those who ask."""

    def prepare_now(self, request: GraphQLRequest, requester: Requester, payer: Caller) -> Prepared | None:
        """`prepare` of a document that is known; None, and nothing is paid, where anybody has to be asked."""
        source = self.documents.at_hand(request, payer.kind)
        plan = None if source is None else self.engine.known(source, request.operation_name)
        if plan is None:
            return None
        cost = self.price(plan.analysis.cost, request.variables or {}, payer.kind)
        verdict = self.limiter.take_now(payer, cost)
        return None if verdict is None else self._prepared(plan, request, requester, payer.kind, cost, verdict)

    async def prepare(self, request: GraphQLRequest, requester: Requester, payer: Caller) -> Prepared:
        """Raises Refused (the document source's, RateLimited), RequestRefused (the engine's) or GraphQLError."""
        source = await self.documents.resolve(request, caller=payer.kind, client=payer.key)
        try:
            plan = self.engine.prepare(source, request.operation_name)
        except RequestRefused as refused:
            verdict = await self.limiter.take(payer, REFUSED_COST)
            if not verdict.allowed:
                raise _spent(verdict) from None
            if self.hints is not None and refused.stage == "validation" and payer.kind is CallerClass.STAFF:
                raise await asyncio.to_thread(self.hints, source, refused) from None
            raise
        cost = self.price(plan.analysis.cost, request.variables or {}, payer.kind)
        verdict = await self.limiter.take(payer, cost)
        return self._prepared(plan, request, requester, payer.kind, cost, verdict)

    def _prepared(
        self, plan: Plan, request: GraphQLRequest, requester: Requester, kind: CallerClass, cost: int, verdict: Verdict
    ) -> Prepared:
        if not verdict.allowed:
            raise _spent(verdict)
        lifetime: Lifetime = plan.analysis.lifetime
        key, extensions = None, None
        if requester.wants_cost or kind in _TOLD_COST:
            extensions = self._extensions(cost, kind)
        elif plan.known:  # what comes once would only drive out what comes again
            key = self.answers.key(plan, request, requester, lifetime)
        return Prepared(plan, request.variables or {}, cost, verdict, lifetime.seconds, key, extensions)

    def remembered(self, prepared: Prepared, requester: Requester) -> Answer | None:
        """The answer that such a query of the catalogue was given a moment ago."""
        found = None if prepared.key is None else self.answers.find(prepared.key)
        if found is not None:
            self.recheck(requester)
        return found

    async def execute(self, prepared: Prepared, requester: Requester) -> Answer:
        """A query or a mutation, which is worked out."""
        key, generation = prepared.key, self.answers.generation
        context = self.new_context(requester)
        root = generation if requester.shares else None
        answer = await self.engine.execute(
            prepared.plan, prepared.variables, context, root=root, extensions=prepared.extensions
        )
        if key is not None:
            self.answers.keep(key, answer, prepared.public_seconds, generation)
        if self.spent is not None and requester.wants_cost and not answer.request_error:
            return with_actual(answer, prepared.plan, self.spent)
        return answer

    def _extensions(self, cost: int, kind: CallerClass) -> Callable[[], dict[str, Any] | None]:
        """Staff and partners see what an operation costs, others when they ask."""
        return lambda: {"cost": self.report_cost(cost, kind)}


def _spent(verdict: Verdict) -> Rejected:
    refusal = verdict.refusal()
    return Rejected(Case.RATE, refusal.message, retry_after=refusal.retry_after, headers=pairs_of(verdict.lines()))


def payer_of(requester: Requester) -> Caller:
    """Who is charged."""
    if requester.viewer is ANONYMOUS:
        return _passer_by(requester.address)
    return caller_of(requester.viewer, requester.address)


@lru_cache(maxsize=4096)
def _passer_by(address: str) -> Caller:
    return caller_of(ANONYMOUS, address)


def priority_of(payer: Caller) -> Priority:
    """People before partners' batches."""
    return Priority.PARTNERS if payer.kind is CallerClass.PARTNER else Priority.PEOPLE
