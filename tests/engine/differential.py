"""Engine against graphql-core over generated cases: `python -m tests.engine.differential --cases 200000 --seed 1`.

A case is a schema, a document, variables and resolvers that misbehave. It is executed several times by the engine (at
first sight, by generated code, with segments in memory, and with those of another document), with different viewers,
and each answer is compared

- whole, with the order of errors, to graphql-core's over resolvers that give the same values without waiting;
- to graphql-core's over the very same resolvers: the data, the errors of every place that is null because of an error
  of its own, and that every region nulled from below has an error. (Which errors of such a region are reported depends
  on the order in which graphql-core's tasks finish; the specification leaves it open.)
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

from engine import Answer, Engine, Plan, RequestRefused
from engine.answers import default_format_error
from engine.classic import Classic
from tests.engine.choices import Choices, Seeded
from tests.engine.queries import Document, write
from tests.engine.schemas import Universe, build
from tests.engine.values import Context, Odds, World, record

DOCUMENTS_PER_SCHEMA = 4
WORLDS_PER_DOCUMENT = 5
VIEWERS = (0, 2, 0, 1, 2)
"""In this order: the later ones find segments that were kept for others."""


class Difference(AssertionError):
    """The engine answered something else."""


def odds(choices: Choices, waiting: bool) -> Odds:
    """From resolvers that behave to resolvers that rarely do."""
    return choices.one(
        [
            Odds(null=3, error=0, wrong=0, iterable=0, method=0, wait=20, waiting=waiting),
            Odds(null=8, error=2, wrong=0, iterable=5, wait=10, waiting=waiting),
            Odds(null=8, error=3, wrong=3, iterable=8, wait=20, waiting=waiting),
            Odds(null=15, error=10, wrong=8, iterable=15, wait=30, waiting=waiting),
        ]
    )


async def check_schema(choices: Choices, documents: int = DOCUMENTS_PER_SCHEMA) -> Counter[str]:
    """Generates a schema and documents for it and compares every answer; raises `Difference`."""
    universe = build(choices)
    found: Counter[str] = Counter()
    engine = Engine(universe.schema)
    classic = Classic(universe.schema, default_format_error, 50)
    for _ in range(documents):
        document = write(choices, universe)
        try:
            plan = engine.prepare(document.text)
        except RequestRefused:
            found["invalid"] += 1
            continue
        for _ in range(WORLDS_PER_DOCUMENT):
            world = World(choices.number(0, 2**31), odds(choices, choices.chance(50)))
            found["cases"] += 1
            await check(universe, engine, classic, plan, document, world)
    found["compiled"] = engine.stats.compiled
    found["surprises"] = engine.stats.surprises
    found["segments"] = engine.segment_bytes
    return found


async def check(
    universe: Universe, engine: Engine, classic: Classic, plan: Plan, document: Document, world: World
) -> None:
    """Compares the answers for several viewers, from first sight to kept segments.

    Documents that are new but for one field come before and after: they keep segments for others and find those of
    others.
    """
    world.schema = universe.schema
    still = World(world.seed, Odds(**{**vars(world.odds), "waiting": False}))
    still.schema = universe.schema
    engine.forget_segments()
    new = [document.twin(next(_NUMBERS)) for _ in range(2)]
    runs = [(document, plan, viewer) for viewer in VIEWERS]
    for twin, place, viewer in zip(new, (0, len(runs) + 1), (1, 2), strict=True):
        runs.insert(place, (twin, engine.prepare(twin.text), viewer))
    for one, its_plan, viewer in runs:
        await _compare(engine, classic, one, its_plan, (world, still), viewer)


_NUMBERS = count()


async def _compare(
    engine: Engine, classic: Classic, document: Document, plan: Plan, worlds: tuple[World, World], viewer: int
) -> None:
    world, still = worlds
    expected, expected_order = await _run(classic, plan, document, still, viewer)
    surprises = engine.stats.surprises
    answer, order = await _run(engine, plan, document, world, viewer)
    told = f"viewer {viewer}, seed {world.seed}, {world.odds}\n{document.text}\n{document.variables}"
    if _normal(answer) != _normal(expected):
        raise Difference(f"{told}\nengine:       {_text(answer)}\ngraphql-core: {_text(expected)}")
    if world.odds.tidy and not expected.errors and engine.stats.surprises > surprises:
        raise Difference(f"{told}\nthe careful interpreter had to answer")
    if order != expected_order:
        raise Difference(f"{told}\nroot fields called: {order}, by graphql-core: {expected_order}")
    if world.odds.waiting and viewer:
        reference, _ = await _run(classic, plan, document, world, viewer)
        problem = _incompatible(_normal(answer), _normal(reference))
        if problem:
            raise Difference(f"{told}\n{problem}\nengine:       {_text(answer)}\nwaiting core: {_text(reference)}")


async def _run(executor: Any, plan: Any, document: Document, world: World, viewer: int) -> tuple[Answer, list[Any]]:
    context = Context(world, viewer)
    root = record(world, "Query" if plan.operation == "query" else "Mutation", 0)
    if isinstance(executor, Classic):
        answer = await executor.execute(plan, document.variables, context, root, None)
    else:
        answer = await executor.execute(plan, document.variables, context, root=root)
        twice = {what: count for what, count in context.calls.items() if count > 1}
        if twice:
            raise Difference(f"called twice: {twice}\n{document.text}")
    assert len(answer.errors) == len(orjson.loads(answer.body).get("errors", ())) if answer.body else True
    return answer, context.order


def _text(answer: Answer) -> str:
    return answer.body.decode()


def _normal(answer: Answer) -> Any:
    return json.loads(answer.body)


def _incompatible(answer: dict[str, Any], reference: dict[str, Any]) -> str | None:
    if answer.get("data") != reference.get("data") or ("data" in answer) != ("data" in reference):
        return "data differs"
    if b"elsewhere" in json.dumps([answer, reference]).encode():
        return None
    regions, expected = _regions(answer), _regions(reference)
    if regions.keys() != expected.keys():
        return f"null because of errors: {sorted(regions)} and {sorted(expected)}"
    for place, errors in regions.items():
        own, reference_own = _own(errors, place), _own(expected[place], place)
        if own and reference_own and own != reference_own:
            return f"errors differ at {place}"
    return None


def _own(errors: list[Any], place: str) -> list[str]:
    """The errors of the very place, not of places below it."""
    return sorted(json.dumps(error) for error in errors if json.dumps(error.get("path")) == place)


def _regions(answer: dict[str, Any]) -> dict[str, list[Any]]:
    """The errors by the place in the data that is null because of them."""
    found: dict[str, list[Any]] = {}
    for error in answer.get("errors", ()):
        place = _null_place(answer.get("data"), error.get("path") or [])
        found.setdefault(json.dumps(place), []).append(error)
    return found


def _null_place(data: Any, path: list[Any]) -> list[Any]:
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return path[:length]
    return path


def seeds(first: int, cases: int) -> Iterator[Counter[str]]:
    """Runs at least that many cases."""
    warnings.simplefilter("ignore")
    done = 0
    seed = first
    while done < cases:
        try:
            found = asyncio.run(check_schema(Seeded(seed)))
        except Difference as difference:
            raise Difference(f"seed {seed}: {difference}") from None
        done += found["cases"]
        seed += 1
        yield found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    total: Counter[str] = Counter()
    begun = time.monotonic()
    try:
        for found in seeds(options.seed, options.cases):
            before = total["cases"]
            total.update(found)
            if total["cases"] // 5000 > before // 5000:
                print(f"{total['cases']} cases in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    except Difference as difference:
        print(difference)
        sys.exit(1)
    print(f"{dict(total)} in {time.monotonic() - begun:.0f} s, no difference")


__all__ = ["Difference", "check", "check_schema", "seeds"]

if __name__ == "__main__":
    main()
