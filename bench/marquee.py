"""Starts Marquee as shipped for a benchmark; what differs is named here: where viewers' data is, and what is cached.

    python -m bench.marquee memory|dynamodb|uncached

`memory` keeps the viewers table in the process, as the peers do; `dynamodb` is `python -m gateway serve` and nothing
else; `uncached` asks DynamoDB for the catalogue at every request. Settings come from the environment, as always.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

import gateway.run
import gateway.wiring
from bench.memory import MemoryViewers
from datasources import Sources
from datasources.audiences import AudienceMemory, Audiences
from datasources.cache import MISSING, Cache, Fetch
from datasources.catalog import Catalog
from datasources.dependency import Limits
from datasources.dynamo.connection import open_database
from datasources.dynamo.values import decode_item
from datasources.dynamodb import Item
from datasources.viewers import Viewers
from domain.availability import Audience
from gateway.service import create_app
from gateway.settings import Settings, load
from gateway.telemetry import Telemetry
from gateway.wiring import open_sources

ITEMS = "BENCH_ITEMS"
"""The variable that names the stub's items, of which `memory` keeps those of the viewers table."""


class NoCache(Cache):
    """Remembers nothing, not even for as long as a fetch runs."""

    async def read(self, keys: Sequence[Any], fetch: Fetch, tag: Any, policy: Any) -> list[Any]:
        """Fetches all of them."""
        found = await fetch(list(keys))
        return [found.get(key) for key in keys]

    def peek(self, keys: Any) -> list[Any]:
        """Knows none of them."""
        return [MISSING for _ in keys]


class NoAudiences(Audiences):
    """Every operation works everything out for itself."""

    def of(self, audience: Audience) -> AudienceMemory:
        """An empty memory."""
        return AudienceMemory()


@asynccontextmanager
async def open_memory(settings: Settings, telemetry: Telemetry) -> AsyncIterator[Sources]:
    """The product's sources, with the viewers table in this process."""
    async with open_sources(settings, telemetry) as sources:
        database = MemoryViewers(_viewer_items(), sources.viewers.database)
        yield replace(sources, viewers=Viewers(database=database))


def _viewer_items() -> Iterator[Item]:
    with Path(os.environ[ITEMS]).open("rb") as lines:
        for line in lines:
            if line.startswith(b'{"table":"viewers"'):
                yield decode_item(orjson.loads(line)["item"])


@asynccontextmanager
async def open_uncached(settings: Settings, telemetry: Telemetry) -> AsyncIterator[Sources]:
    """The product's sources without any memory of the catalogue.

    More calls may wait than in production: sixteen home pages ask for 960 lists at once, and no peer refuses any.
    """
    patient = partial(open_database, limits=Limits(seconds=None, waiting=4096))
    setattr(gateway.wiring, "open_database", patient)  # noqa: B010
    async with open_sources(settings, telemetry) as sources:
        catalog = Catalog(sources.viewers.database, NoCache())
        yield replace(sources, catalog=catalog, audiences=NoAudiences())


_SOURCES = {"memory": open_memory, "uncached": open_uncached}


def main() -> int:
    """Serves until it is told to stop; the exit status."""
    kind = sys.argv[1]
    if kind in _SOURCES:
        # A seam that `gateway serve` does not offer: other sources than those of the settings.
        setattr(gateway.run, "create_app", partial(create_app, open_sources=_SOURCES[kind]))  # noqa: B010
    return gateway.run.serve(load())


if __name__ == "__main__":
    sys.exit(main())
