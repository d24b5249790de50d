"""Opens the outside world and builds what answers from it: each part once, from settings, closed in reverse order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import structlog
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from datasources import Sources
from datasources.audiences import Audiences
from datasources.cache import Cache
from datasources.catalog import Catalog
from datasources.clients import Clients
from datasources.dynamo.connection import open_database
from datasources.dynamo.options import Options
from datasources.search import EmbeddedSearch
from datasources.upkeep import Upkeep
from datasources.viewers import Viewers
from domain.errors import Refused
from engine import Engine
from gateway.auth import TrustedPool, Verifier, open_verifier
from gateway.delivery import open_delivery, open_directory
from gateway.document_store import DocumentStore, MemoryStore
from gateway.documents import DocumentPolicy, Documents
from gateway.manifests import ManifestRefused, merge, read_manifest
from gateway.masking import FormatError, error_formatter
from gateway.profile_tokens import ProfileTokens
from gateway.recommending import open_events, open_recommendations, pseudonym_key
from gateway.revoking import open_revocations
from gateway.settings import Mode, Settings
from gateway.settings_errors import SettingsRefused
from gateway.telemetry import Telemetry
from gateway.trending import open_views
from graph.callers import CallerClass
from graph.extensions.caching import Lifetime, lifetime
from graph.extensions.cost import CostLimits, OperationCost, analyse
from graph.extensions.limits import DocumentLimits, inspector
from graph.schema import build_schema

BUILD_SECONDS = 20.0
"""How long the start waits for the search index."""

log = structlog.get_logger(__name__)

OpenSources = Callable[[Settings, Telemetry], AbstractAsyncContextManager[Sources]]


@asynccontextmanager
async def open_sources(settings: Settings, telemetry: Telemetry) -> AsyncIterator[Sources]:
    """Every adapter of the process, connected; whether AWS is real or embedded is for its own configuration to say."""
    async with AsyncExitStack() as stack:
        tables = settings.tables
        options = Options(
            region=settings.region,
            tables={"catalog": tables.catalog, "viewers": tables.viewers, "ops": tables.ops},
        )
        clients = Clients(settings.region)
        database = await stack.enter_async_context(open_database(options, observe=telemetry.call))
        cache = Cache(max_bytes=settings.catalogue.cache_bytes)
        upkeep = Upkeep(database, Catalog(database, cache), Audiences(), EmbeddedSearch())
        await _built(upkeep)
        await stack.enter_async_context(upkeep.running(settings.catalogue.feed_seconds))
        delivery = await stack.enter_async_context(open_delivery(settings, clients))
        directory = await stack.enter_async_context(open_directory(settings, clients))
        recommendations = await stack.enter_async_context(open_recommendations(settings, telemetry, clients))
        events = await stack.enter_async_context(open_events(settings, telemetry, clients))
        views = await stack.enter_async_context(open_views(settings, database))
        revocations = await stack.enter_async_context(open_revocations(settings, database))
        yield Sources(
            catalog=upkeep.catalog,
            audiences=upkeep.audiences,
            search=upkeep.search,
            settled=upkeep.settled,
            on_change=upkeep.follower.on_change,
            viewers=Viewers(database=database),
            media_base_url=settings.media.base_url,
            delivery=delivery,
            directory=directory,
            recommendations=recommendations,
            events=events,
            views=views,
            revocations=revocations,
            issue_profile_token=ProfileTokens([settings.profile_secret.reveal()]).issue,
            cursor_key=sha256(settings.cursor_secret.reveal().encode()).digest(),
            pseudonym_key=pseudonym_key(settings),
        )


async def _built(upkeep: Upkeep) -> None:
    """Begins with a complete search index; when the tables do not answer, upkeep goes on trying beside the service."""
    try:
        async with asyncio.timeout(BUILD_SECONDS):
            await upkeep.build()
    except (Refused, TimeoutError) as error:
        log.warning("search_index_late", error=type(error).__name__)


@lru_cache(maxsize=1)
def the_schema() -> GraphQLSchema:
    """Built once per process: it never changes, and building takes a noticeable part of a second."""
    return build_schema()


def document_limits(settings: Settings) -> DocumentLimits:
    """What a document may have."""
    limits = settings.limits
    return DocumentLimits(
        tokens=limits.tokens,
        depth=limits.depth,
        aliases=limits.aliases,
        root_fields=limits.root_fields,
        selections=limits.selections,
        selections_in_one_set=limits.selections_in_one_set,
        directives=limits.directives,
    )


def cost_limits(settings: Settings) -> CostLimits:
    """What an operation may cost, and who may ask for the schema: everyone in development, staff in production."""
    limits = settings.limits
    return CostLimits(
        budgets={
            CallerClass.ANONYMOUS: limits.cost_anonymous,
            CallerClass.VIEWER: limits.cost_viewer,
            CallerClass.PARTNER: limits.cost_partner,
            CallerClass.STAFF: limits.cost_staff,
        },
        mode=limits.cost_mode,
        introspection=frozenset(CallerClass) if settings.mode is Mode.DEV else frozenset({CallerClass.STAFF}),
    )


def rates(settings: Settings) -> dict[CallerClass, int]:
    """Cost per minute."""
    limits = settings.limits
    return {
        CallerClass.ANONYMOUS: limits.rate_anonymous,
        CallerClass.VIEWER: limits.rate_viewer,
        CallerClass.PARTNER: limits.rate_partner,
        CallerClass.STAFF: limits.rate_staff,
    }


def formatter(settings: Settings) -> FormatError:
    """The form of every error; suggestions help developers and draw a map for everyone else."""
    return error_formatter(
        suggestions=settings.mode is Mode.DEV, limits=document_limits(settings), maximum=settings.limits.errors
    )


class Analysis(NamedTuple):
    """What is worked out once for each operation."""

    cost: OperationCost
    lifetime: Lifetime


def analysed(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Analysis:
    """The analysis of a validated operation; raises GraphQLError as the cost's does."""
    return Analysis(cost=analyse(schema, document, operation), lifetime=lifetime(schema, document, operation))


def build_engine(settings: Settings) -> Engine:
    """The executor of our schema."""
    limits = document_limits(settings)
    return Engine(
        the_schema(),
        max_tokens=limits.tokens,
        inspect=inspector(limits),
        analyse=analysed,
        format_error=formatter(settings),
        max_document_bytes=settings.documents.cache_bytes,
        max_segment_bytes=settings.catalogue.segment_bytes,
        hide_suggestions=settings.mode is Mode.PROD,
        max_coercion_errors=settings.limits.errors,
    )


def trusted_pools(settings: Settings) -> list[TrustedPool]:
    """The pools whose tokens are accepted; staff come from their own pool where there is one."""
    identity = settings.identity
    partners = frozenset(identity.partner_client_ids)
    viewers, staff = identity.viewers, identity.staff
    pools = [
        TrustedPool(
            issuer=viewers.issuer,
            jwks_url=viewers.keys_url,
            client_ids=frozenset(viewers.client_ids),
            partner_client_ids=partners,
            kind="both" if staff is None else "viewers",
        )
    ]
    if staff is not None:
        pools.append(
            TrustedPool(
                issuer=staff.issuer,
                jwks_url=staff.keys_url,
                client_ids=frozenset(staff.client_ids),
                partner_client_ids=partners,
                kind="staff",
            )
        )
    return pools


@asynccontextmanager
async def open_identity(settings: Settings) -> AsyncIterator[Verifier]:
    """The verifier, with the keys of every pool already asked for; a pool that is down is asked again later."""
    pools = trusted_pools(settings)
    async with open_verifier(pools, leeway=float(settings.identity.leeway_seconds)) as verifier:
        await verifier.warm()
        yield verifier


@asynccontextmanager
async def open_documents(settings: Settings) -> AsyncIterator[Documents]:
    """Published documents from their manifests, registered ones from memory and Valkey."""
    memory = MemoryStore(settings.documents.stored)
    async with AsyncExitStack() as stack:
        store: DocumentStore = memory
        if settings.valkey_url is not None:
            from gateway.valkey import open_store  # not at the top: its client is for those with an address

            store = await stack.enter_async_context(open_store(settings.valkey_url.reveal(), memory))
        yield Documents(
            policy=DocumentPolicy(mode=settings.documents.mode),
            limits=document_limits(settings),
            trusted=trusted_documents(settings),
            store=store,
        )


def trusted_documents(settings: Settings) -> dict[str, str]:
    """The documents of all manifests; raises SettingsRefused for one that cannot be used."""
    name = "MARQUEE_DOCUMENTS__MANIFESTS"
    try:
        return merge(read_manifest(Path(path).read_bytes(), path) for path in settings.documents.manifests)
    except OSError as error:
        raise SettingsRefused(
            [f"{name} names a file that cannot be read: {error.filename} ({error.strerror})."]
        ) from error
    except ManifestRefused as error:
        raise SettingsRefused([f"{name} is refused: {error}"]) from error
