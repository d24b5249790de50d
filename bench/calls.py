"""`python -m bench.calls`: the AWS calls and read units of client operations over the demo catalogue, cold and warm."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasources import Sources
from datasources.audiences import Audiences
from datasources.cache import Cache
from datasources.calls import Calls, counted
from datasources.catalog import Catalog, credits_of
from datasources.catalog_keys import title_key
from datasources.dynamo.connection import open_database
from datasources.dynamo.options import Options
from datasources.dynamodb import Database
from datasources.search import EmbeddedSearch
from datasources.upkeep import Upkeep
from datasources.viewers import Viewers
from emulation.child import embedded_aws
from emulation.demo import DEMO_PLAYABLE, DEMO_PLAYABLE_EPISODES
from emulation.outputs import Outputs
from engine import Engine
from graph.schema import build_schema
from resolvers.context import Context
from resolvers.ids import encode_id

OPERATIONS = Path(__file__).parents[1] / "tests" / "graph" / "operations"
TITLES = 2020


async def _measure(outputs: Outputs, documents: Mapping[str, str]) -> None:
    options = Options(region=outputs.region, endpoint_url=outputs.endpoint_url, tables=outputs.tables, read_seconds=20)
    engine = Engine(build_schema())
    print(f"{'operation':<13} {'cold calls':>10} {'units':>7} {'warm calls':>10} {'units':>7}   cold, call by call")
    async with open_database(options) as database:
        upkeep = Upkeep(database, Catalog(database, Cache()), Audiences(), EmbeddedSearch())
        await upkeep.build()
        variables = await _variables(upkeep)
        for name, document in documents.items():
            await _row(engine, database, upkeep, name, document, variables.get(name, {}))


async def _row(
    engine: Engine, database: Database, upkeep: Upkeep, name: str, document: str, variables: dict[str, Any]
) -> None:
    """Each operation begins with an empty memory of the catalogue; the search index stays."""
    sources = Sources(
        catalog=Catalog(database, Cache()),
        search=upkeep.search,
        viewers=Viewers(database=database),
        media_base_url="http://media.test",
        cursor_key=b"k" * 32,
        pseudonym_key=b"p" * 32,
    )
    plan = engine.prepare(document)
    runs: list[Calls] = []
    for _ in range(2):
        with counted() as calls:
            answer = await engine.execute(plan, variables, Context(sources=sources, country="NL", languages=("en",)))
        assert not answer.errors, answer.errors
        runs.append(calls)
    cold, warm = runs
    steps = ", ".join(f"{call} x{n}" if n > 1 else call for call, n in Counter(cold.names).items())
    print(f"{name:<13} {len(cold):>10} {cold.units:>7.1f} {len(warm):>10} {warm.units:>7.1f}   {steps}")


async def _variables(upkeep: Upkeep) -> dict[str, dict[str, Any]]:
    series_id = DEMO_PLAYABLE_EPISODES[0][0]
    (film,) = await upkeep.catalog.read([title_key(DEMO_PLAYABLE[0])])
    (credits_,) = await upkeep.catalog.read([credits_of(film.id)])
    return {
        "movie_page": {"slug": film.slug},
        "series_page": {"id": encode_id("Series", series_id), "season": 1},
        "person_page": {"id": encode_id("Person", credits_[0].person_id)},
        "search": {"text": "star wa"},
    }


def main() -> None:
    with embedded_aws(scale=TITLES) as outputs:
        os.environ.update(outputs.environment())
        documents = {file.stem: file.read_text() for file in sorted(OPERATIONS.glob("*.graphql"))}
        asyncio.run(_measure(outputs, documents))


if __name__ == "__main__":
    main()
