"""The gateway from settings: what answers, how it starts, and what it counts."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from datasources import Sources
from datasources.feed import OnChange
from datasources.heap import give_back
from domain.discovery import Change
from domain.errors import Unauthenticated
from engine import Engine
from gateway import play
from gateway.answers import Answers
from gateway.app import Door, Gateway, Service
from gateway.endpoint import Endpoint, Rules
from gateway.health import Health
from gateway.hints import hints
from gateway.ide import Pages
from gateway.journal import Journal
from gateway.middleware.admission import Gate
from gateway.middleware.cors import Cors
from gateway.middleware.hosts import Hosts
from gateway.middleware.proxies import Proxies
from gateway.operations import Operations
from gateway.profile_tokens import ProfileTokens
from gateway.ratelimit import open_rate_limiter
from gateway.requester import Doorman, Requester
from gateway.settings import Mode, Settings
from gateway.sockets import SocketRules, Sockets
from gateway.streaming import Streaming
from gateway.streams import Closing, Pace
from gateway.telemetry import (
    CACHE,
    COMPILED,
    EVENTS,
    FALLBACK,
    RATE_DEGRADED,
    REVOCATIONS_FAILED,
    REVOKED,
    RUNNING,
    SHED,
    SOCKETS,
    STREAMS,
    TOKENS,
    VIEWS,
    WAITING,
    Reading,
    Telemetry,
)
from gateway.wiring import (
    OpenSources,
    build_engine,
    cost_limits,
    formatter,
    open_documents,
    open_identity,
    open_sources,
    rates,
    the_schema,
)
from graph.extensions.spent import spent
from resolvers.context import Context

THREADS = 4
"""For what would block the loop: searches, signatures, PINs, each of which takes megabytes while it is hashed.
Python's own number grows with the machine, not with its memory."""
GENERATION_0 = 50_000
"""Allocations between two young collections: an answer makes many short-lived objects that need none."""


def create_app(
    settings: Settings,
    *,
    open_sources: OpenSources = open_sources,
    telemetry: Telemetry | None = None,
    page_config: dict[str, Any] | None = None,
) -> Gateway:
    """The ASGI application. Nothing is opened before it starts; `page_config` is added to what the pages are told."""
    telemetry = telemetry or Telemetry()
    door = Door(
        hosts=Hosts(settings.http.allowed_hosts),
        proxies=Proxies(settings.http.trusted_proxies, default_country=settings.http.default_country),
        cors=Cors(settings.http.cors_origins, loopback=settings.mode is Mode.DEV),
    )
    closing = Closing()

    def open_service() -> AbstractAsyncContextManager[Service]:
        return _open_service(settings, open_sources, telemetry, door, closing)

    pages = _pages(settings, page_config or {})
    return Gateway(open_service, door=door, health=Health(), closing=closing, pages=pages, routes=play.routes())


@asynccontextmanager
async def _open_service(
    settings: Settings, open_sources: OpenSources, telemetry: Telemetry, door: Door, closing: Closing
) -> AsyncIterator[Service]:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="work"))
    async with AsyncExitStack() as stack:
        sources = await stack.enter_async_context(open_sources(settings, telemetry))
        verifier = await stack.enter_async_context(open_identity(settings))
        if sources.revocations is not None:
            verifier.revoked = sources.revocations.refuses
        valkey = settings.valkey_url.reveal() if settings.valkey_url else None
        limiter = await stack.enter_async_context(open_rate_limiter(rates(settings), valkey))
        costs = cost_limits(settings)
        admission = settings.admission
        engine = build_engine(settings)
        answers = Answers(settings.catalogue.answer_bytes)
        sources.on_change.append(_forgetting(engine, answers))
        operations = Operations(
            engine=engine,
            documents=await stack.enter_async_context(open_documents(settings)),
            limiter=limiter,
            price=costs.check,
            report_cost=costs.report,
            new_context=partial(context_of, sources),
            recheck=partial(recheck, sources),
            answers=answers,
            spent=lambda plan, data: spent(the_schema(), plan.document, plan.definition, data),
            hints=None if settings.mode is Mode.DEV else hints(the_schema(), maximum=settings.limits.errors),
            gate=Gate(running=admission.running, queue=admission.queue, wait_seconds=admission.wait_seconds),
        )
        doorman = Doorman(verifier, ProfileTokens([settings.profile_secret.reveal()]))
        service = replace(
            _service(settings, operations, doorman, door, closing, telemetry),
            state={"sources": sources, "gate": operations.gate, "doorman": doorman},
            settled=sources.settled,
        )
        telemetry.read_at_scrape(
            lambda: (
                *_readings(service, closing),
                (TOKENS, "counter", sum(verifier.stats.refused.values()), {}),
                (RATE_DEGRADED, "counter", limiter.stats.degraded, {}),
                *_source_readings(sources),
            )
        )
        _settle_memory()
        yield service


def _forgetting(engine: Engine, answers: Answers) -> OnChange:
    async def forget(_changes: Sequence[Change]) -> None:
        engine.forget_segments()
        answers.forget()

    return forget


def context_of(sources: Sources, requester: Requester) -> Context:
    """The context of one operation, or of one event; streams and sockets outlive the check of their token."""
    recheck(sources, requester)
    return Context(
        sources=sources,
        viewer=requester.viewer,
        languages=requester.languages,
        country=requester.country,
        standing=requester.standing,
    )


def recheck(sources: Sources, requester: Requester) -> None:
    """Raises Unauthenticated for a sign-in that was ended, or revoked, after its token was looked at."""
    if sources.revocations is not None and sources.revocations.refuses(requester.viewer):
        raise Unauthenticated("This sign-in was ended. Sign in again.")


def _service(
    settings: Settings,
    operations: Operations,
    doorman: Doorman,
    door: Door,
    closing: Closing,
    telemetry: Telemetry,
) -> Service:
    http, streams = settings.http, settings.streams
    format_error, journal = formatter(settings), Journal(telemetry, sample=settings.log_sample)
    pace = Pace(
        heartbeat=streams.heartbeat_seconds, lifetime=streams.lifetime_seconds, send=streams.socket_send_seconds
    )
    endpoint = Endpoint(
        operations,
        doorman,
        Streaming(operations, pace=pace, closing=closing, format_error=format_error),
        rules=Rules(
            body_bytes=http.body_bytes,
            body_seconds=http.body_seconds,
            deadline_seconds=http.deadline_seconds,
            get_needs_header=http.get_needs_header,
        ),
        proxies=door.proxies,
        cors=door.cors,
        format_error=format_error,
        journal=journal,
    )
    sockets = Sockets(
        operations,
        doorman,
        rules=SocketRules(
            init_seconds=streams.socket_init_seconds,
            send_seconds=streams.socket_send_seconds,
            lifetime_seconds=streams.lifetime_seconds,
            deadline_seconds=http.deadline_seconds,
            operations=streams.socket_operations,
            per_principal=streams.sockets_per_principal,
            per_address=streams.sockets_per_address,
            total=streams.sockets,
        ),
        hosts=door.hosts,
        proxies=door.proxies,
        cors=door.cors,
        format_error=format_error,
        journal=journal,
    )
    return Service(endpoint=endpoint, sockets=sockets)


def _readings(service: Service, closing: Closing) -> Iterable[Reading]:
    operations = service.sockets.operations
    gate, stats = operations.gate, operations.engine.stats
    yield RUNNING, "gauge", gate.running, {}
    yield WAITING, "gauge", gate.waiting, {}
    yield SHED, "counter", gate.refused, {}
    yield SOCKETS, "gauge", len(service.sockets), {}
    yield STREAMS, "gauge", len(closing), {}
    yield COMPILED, "counter", stats.compiled, {}
    for reason, count in stats.fallback.items():
        yield FALLBACK, "counter", count, {"reason": reason}


def _source_readings(sources: Sources) -> Iterable[Reading]:
    for outcome, count in asdict(sources.catalog.cache.stats).items():
        yield CACHE, "counter", count, {"outcome": outcome}
    if sources.events is not None:
        for outcome, count in asdict(sources.events.stats).items():
            yield EVENTS, "counter", count, {"outcome": outcome}
    if sources.revocations is not None:
        yield REVOKED, "gauge", len(sources.revocations), {}
        yield REVOCATIONS_FAILED, "counter", sources.revocations.failed, {}
    if sources.views is not None:
        yield VIEWS, "counter", sources.views.stats.written, {"outcome": "written"}
        yield VIEWS, "counter", sources.views.stats.dropped, {"outcome": "dropped"}


def _pages(settings: Settings, more: dict[str, Any]) -> Pages | None:
    """For everyone, for staff, or none: nobody could get in where no sign-in page of staff is known."""
    chosen, everyone = settings.http.graphiql, settings.mode is Mode.DEV
    if chosen is not None:
        everyone = chosen
    pools = {"viewer": settings.identity.viewers, "staff": settings.identity.staff or settings.identity.viewers}
    signing_in = {
        name: {"authorizeUrl": pool.authorize_url, "tokenUrl": pool.token_url, "clientId": pool.client_ids[0]}
        for name, pool in pools.items()
        if pool is not None and pool.authorize_url and pool.token_url
    }
    identity = {**signing_in, **more.get("identity", {})}
    if chosen is False or not (everyone or "staff" in identity):
        return None
    urls = [url for service in identity.values() for name, url in service.items() if name.endswith("Url")]
    config = {"graphqlPath": "/graphql", "player": everyone, **more, "identity": identity}
    return Pages(identity_urls=urls, media_url=settings.media.base_url, config=config, staff_only=not everyone)


def _settle_memory() -> None:
    """What lives as long as the process is looked at once more and never again."""
    gc.collect()
    give_back()
    gc.freeze()
    gc.set_threshold(GENERATION_0, 10, 5)
