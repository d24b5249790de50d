"""A small graph and a running gateway around it: what the wire tests talk to."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLSchema, OperationDefinitionNode
from strawberry.schema.config import StrawberryConfig

from domain.errors import NotFound, Unauthenticated
from domain.viewers import ActiveProfile, Role, Viewer
from engine import Engine
from engine.binding import bind
from gateway.answers import Answers
from gateway.app import Door, Gateway, Service
from gateway.documents import DocumentPolicy, Documents
from gateway.endpoint import Endpoint, Rules
from gateway.health import Health
from gateway.journal import Journal
from gateway.logs import configure_logging
from gateway.masking import format_error
from gateway.middleware.admission import Gate
from gateway.middleware.cors import Cors
from gateway.middleware.hosts import Hosts
from gateway.middleware.proxies import Proxies
from gateway.operations import Operations
from gateway.ratelimit import RateLimiter
from gateway.requester import Doorman, Requester
from gateway.server import Server, config
from gateway.settings_sections import Server as ServerSettings
from gateway.settings_sections import Streams
from gateway.sockets import SocketRules, Sockets
from gateway.streaming import Streaming
from gateway.streams import Closing, Pace
from gateway.telemetry import Telemetry
from gateway.wiring import Analysis
from graph.callers import CallerClass
from graph.extensions.caching import Lifetime
from graph.extensions.cost import OperationCost
from graph.extensions.limits import DocumentLimits, inspector

ENDED: list[str] = []
"""What ended early: resolvers that were cancelled, sources that were closed."""


async def until_ended(name: str, times: int = 1) -> None:
    """Waits until something of that name has ended so often; a test that waits in vain runs into its time-out."""
    while ENDED.count(name) < times:  # noqa: ASYNC110 - it ends in another thread
        await asyncio.sleep(0.01)


@strawberry.type
class Shelf:
    """Something to defer."""

    name: str

    @strawberry.field
    async def titles(self) -> list[str]:
        await asyncio.sleep(0.01)
        return ["Heat", "Ronin"]

    @strawberry.field
    async def broken(self) -> str | None:
        raise RuntimeError("deferred secret")


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def text(self, size: int) -> str:
        return "x" * size

    @strawberry.field
    def who(self, info: strawberry.Info) -> str:
        one: Requester = info.context
        profile = one.viewer.profile.id if one.viewer.profile else "-"
        return f"{one.viewer.sub or 'nobody'} {profile} {one.country} {','.join(one.languages)} {one.address}"

    @strawberry.field
    async def sleep(self, seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            ENDED.append("sleep")
            raise
        return "slept"

    @strawberry.field
    def boom(self) -> str | None:
        raise RuntimeError("a secret of the house")

    @strawberry.field
    def must(self) -> str:
        raise NotFound("There is no such thing.")

    @strawberry.field
    def shelf(self) -> Shelf:
        return Shelf(name="Thrillers")


@strawberry.type
class Mutation:
    """Writes."""

    @strawberry.mutation
    def bump(self, by: int = 1) -> int:
        return by + 1


@strawberry.type
class Subscription:
    """Streams."""

    @strawberry.subscription
    async def count(self, to: int, pause: float = 0.0) -> AsyncIterator[int]:
        try:
            for number in range(to):
                await asyncio.sleep(pause)
                yield number
        finally:
            ENDED.append("count")

    @strawberry.subscription
    async def faulty(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("a source of secrets")

    @strawberry.subscription
    async def flood(self, size: int) -> AsyncIterator[str]:
        try:
            while True:
                await asyncio.sleep(0)
                yield "x" * size
        finally:
            ENDED.append("flood")


def schema() -> GraphQLSchema:
    """The graph."""
    return bind(
        strawberry.Schema(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            config=StrawberryConfig(enable_experimental_incremental_execution=True),
        )
    )


@dataclass(frozen=True)
class Verified:
    """As the verifier says it."""

    viewer: Viewer
    expires_at: float


@dataclass
class Tokens:
    """A verifier of words: `viewer-<sub>`, `partner-<sub>`, `editor-<sub>`; `brief-<sub>` ends in a second."""

    ready: bool = True

    async def check(self, token: str) -> Verified:
        kind, _, sub = token.partition("-")
        roles = {"viewer": Role.VIEWER, "brief": Role.VIEWER, "partner": Role.PARTNER, "editor": Role.EDITOR}
        if kind not in roles or not sub:
            raise Unauthenticated("The access token is not accepted: malformed. Get a new one and try again.")
        viewer = Viewer(sub=sub, client_id=sub, roles=frozenset({roles[kind]}))
        return Verified(viewer, time.time() + (1.0 if kind == "brief" else 3600))

    def read(self, token: str, sub: str) -> ActiveProfile:
        if token != f"profile-of-{sub}":
            raise Unauthenticated("The profile token is not accepted: of another account. Get a new one and try again.")
        return ActiveProfile(id="p1", kids=False, max_age=18, language="pt-BR")


def _recheck(ended: set[str], requester: Requester) -> None:
    if requester.viewer.sub in ended:
        raise Unauthenticated("Ended.")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a test may choose."""

    rules: Rules = Rules(body_bytes=65_536, body_seconds=1.0, deadline_seconds=2.0, get_needs_header=True)
    sockets: SocketRules = SocketRules(
        init_seconds=0.5,
        send_seconds=1.0,
        lifetime_seconds=60,
        deadline_seconds=2.0,
        operations=5,
        per_principal=2,
        per_address=50,
        total=100,
    )
    pace: Pace = Pace(heartbeat=0.2, lifetime=60, send=1.0)
    server: ServerSettings = ServerSettings(port=0, header_seconds=1.0, drain_delay_seconds=0, grace_seconds=2)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ("https://www.example.com",)
    proxies: tuple[Any, ...] = ()
    rates: Mapping[CallerClass, int] = field(default_factory=lambda: dict.fromkeys(CallerClass, 1_000_000))
    gate: Gate | None = None
    ended: set[str] = field(default_factory=set)
    """Subjects whose sign-in has ended though their tokens are good."""
    mode: Any = "apq"
    trusted: Mapping[str, str] = field(default_factory=dict)

    def but(self, **changes: Any) -> Options:
        """The same with changes; `rules__deadline_seconds=1` reaches inside."""
        inner = {name: value for name, value in changes.items() if "__" in name}
        outer = {name: value for name, value in changes.items() if "__" not in name}
        for name, value in inner.items():
            part, _, leaf = name.partition("__")
            whole = outer.get(part, getattr(self, part))
            outer[part] = replace(whole, **{leaf: value})
        return replace(self, **outer)


def _analysed(_schema: object, _document: object, operation: OperationDefinitionNode) -> Analysis:
    name = operation.name.value if operation.name else ""
    lifetime = Lifetime(60 if name in ("Shared", "Alike") else 0, name == "Alike")
    return Analysis(cost=OperationCost(amount=10, introspects=False), lifetime=lifetime)


def gateway(options: Options) -> Gateway:
    """The gateway around the small graph."""
    limits = DocumentLimits()
    engine = Engine(
        schema(), max_tokens=limits.tokens, inspect=inspector(limits), analyse=_analysed, format_error=format_error
    )
    closing = Closing()
    door = Door(
        hosts=Hosts(options.hosts),
        proxies=Proxies(options.proxies, default_country="US"),
        cors=Cors(options.origins),
    )

    @asynccontextmanager
    async def open_service() -> AsyncIterator[Service]:
        tokens = Tokens()
        journal = Journal(Telemetry(), sample=0)
        doorman = Doorman(tokens, tokens)
        policy = DocumentPolicy(mode=options.mode)
        operations = Operations(
            engine=engine,
            documents=Documents(policy=policy, limits=limits, trusted=options.trusted),
            limiter=RateLimiter(options.rates),
            price=lambda cost, variables, kind: cost.of(variables),
            report_cost=lambda cost, kind: {"requested": cost, "limit": 100},
            new_context=lambda requester: requester,
            recheck=partial(_recheck, options.ended),
            answers=Answers(1_000_000),
            gate=options.gate or Gate(running=64, queue=64, wait_seconds=0.5),
            spent=lambda plan, data: len(data or {}),
        )
        streaming = Streaming(operations, pace=options.pace, closing=closing, format_error=format_error)
        yield Service(
            endpoint=Endpoint(
                operations,
                doorman,
                streaming,
                rules=options.rules,
                proxies=door.proxies,
                cors=door.cors,
                format_error=format_error,
                journal=journal,
            ),
            sockets=Sockets(
                operations,
                doorman,
                rules=options.sockets,
                hosts=door.hosts,
                proxies=door.proxies,
                cors=door.cors,
                format_error=format_error,
                journal=journal,
            ),
            state={"doorman": doorman},
        )

    return Gateway(open_service, door=door, health=Health(), closing=closing)


@dataclass(frozen=True)
class Running:
    """A gateway that listens on loopback."""

    port: int
    server: Server
    app: Gateway

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"


@contextmanager
def running(options: Options | None = None, app: Gateway | None = None) -> Iterator[Running]:
    """A real uvicorn with the real protocols, in a thread."""
    configure_logging("critical", io.StringIO())
    options = options or Options()
    app = app or gateway(options)
    streams = Streams()
    server = Server(config(app, options.server, streams), app, drain_delay=options.server.drain_delay_seconds)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.005)
    try:
        yield Running(server.port, server, app)
    finally:
        server.handle_exit(15, None)
        thread.join(5)
        if thread.is_alive():
            raise RuntimeError("the server did not stop")
