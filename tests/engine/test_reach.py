"""Segments with gaps at any depth: what is not fetched any more, what is, and what happens when something fails."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from graphql import GraphQLError

from engine import FIELD, GUARD, MEMO, Attribute, Batched, Direct, Engine, Memo
from engine.answers import default_format_error
from engine.classic import Classic
from tests.engine.compare import schema_of

SDL = """
type Query { shelves(ids: [Int!]! = [1, 2]): [Shelf], anything: [Any], page: Page }
union Any = Shelf | Row
type Shelf { id: Int!, name: String, owner: String, sign: String, page(first: Int): Page }
type Page { rows: [Row], seen: Int }
type Row { id: Int!, name: String, secret: String, mark: Mark, must: String! }
type Mark { by: String, place: Int }
"""
TEXT = "{ shelves { id name page(first: 2) { rows { id name mark { by place } } } } }"


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    name: str
    secret: str = "no"


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row | None, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    id: int
    name: str
    rows: tuple[Row | None, ...]
    version: int | None = 1


@dataclass
class Library:
    """The context: who asks, what there is, what fails, and what was called."""

    viewer: str = "ann"
    segment_key: str = "en"
    makeshift: bool = False
    broken: tuple[int, ...] = ()
    shelves: dict[int, Shelf] = field(default_factory=dict)
    calls: list[tuple[str, list[int]]] = field(default_factory=list)


ROWS = {n: Row(n, f"row {n}") for n in range(10)}
SHELVES = {
    1: Shelf(1, "one", (ROWS[1], None, ROWS[3])),
    2: Shelf(2, "two", (ROWS[4], ROWS[5])),
    3: Shelf(3, "three", ()),
    4: Shelf(4, "four", (ROWS[6], ROWS[1]), None),
}


def library(**options: Any) -> Library:
    return Library(shelves=dict(SHELVES), **options)


def version(record: Row | Shelf) -> Any:
    number = getattr(record, "version", 1)
    return number and (type(record), record.id, number)


def batched(name: str, one: Any, *, shared: bool) -> Batched:
    async def load(parents: list[Any], info: Any, arguments: dict[str, Any]) -> list[Any]:
        info.context.calls.append((name, [getattr(parent, "id", 0) for parent in parents]))
        return [one(parent, info.context, arguments) for parent in parents]

    return Batched(load, shared=shared)


def sign(shelf: Shelf, info: Any, _arguments: Any) -> str:
    info.context.calls.append(("sign", [shelf.id]))
    return f"{shelf.name} {info.context.segment_key}"


def mark(row: Row, context: Library, _arguments: Any) -> Any:
    if row.id in context.broken:
        return ValueError(f"no mark for {row.id}")
    return {"by": context.viewer, "place": row.id * 10} if row.id % 2 else None


FIELDS = {
    ("Shelf", "page"): batched("page", lambda shelf, _, given: Page(shelf.rows[: given.get("first", 9)]), shared=True),
    ("Shelf", "owner"): batched("owner", lambda _, context, __: context.viewer, shared=False),
    ("Page", "seen"): batched("seen", lambda page, context, _: len(page.rows) + len(context.viewer), shared=False),
    ("Row", "mark"): batched("mark", mark, shared=False),
    ("Row", "must"): batched("must", lambda r, c, _: None if r.id in c.broken else c.viewer, shared=False),
}


def made() -> Engine:
    schema = schema_of(
        SDL,
        Query_shelves=lambda _, info, ids: [info.context.shelves[n] for n in ids],
        Query_anything=lambda _, info: [*info.context.shelves.values(), ROWS[7]],
        Query_page=lambda _, info: Page(info.context.shelves[1].rows),
    )
    types: Any = schema.type_map
    for (type_, name), marker in FIELDS.items():
        one = types[type_].fields[name]
        one.extensions[FIELD] = marker

        async def resolve(source: Any, info: Any, load: Any = marker.load, **given: Any) -> Any:
            (value,) = await load([source], info, given)
            if isinstance(value, Exception):
                raise value
            return value

        one.resolve = resolve
    types["Shelf"].fields["sign"].extensions[FIELD] = Direct(sign, shared=True)
    types["Shelf"].fields["sign"].resolve = lambda shelf, info: sign(shelf, info, {})
    types["Page"].fields["rows"].extensions[FIELD] = Attribute("rows")
    types["Row"].fields["secret"].extensions[FIELD] = Attribute("secret")
    types["Row"].fields["secret"].extensions[GUARD] = lambda context: (
        None if context.viewer == "ann" else GraphQLError("Ann's alone.")
    )
    types["Any"].resolve_type = lambda value, *_: type(value).__name__
    for name in ("Shelf", "Row"):
        types[name].extensions[MEMO] = Memo(version)
    return Engine(schema)


async def ask(engine: Engine, context: Library, text: str = TEXT, **variables: Any) -> Any:
    return json.loads((await engine.execute(engine.prepare(text), variables, context)).body)


async def expected(engine: Engine, context: Library, text: str = TEXT, **variables: Any) -> Any:
    """graphql-core's answer."""
    classic = Classic(engine.schema, default_format_error, 50)
    return json.loads((await classic.execute(engine.prepare(text), variables, context, None, None)).body)


async def warm(engine: Engine, text: str = TEXT, **variables: Any) -> None:
    """Runs without generated code, and one that keeps segments."""
    for _ in range(4):
        await ask(engine, library(), text, **variables)


async def test_what_all_viewers_share_is_not_fetched_again_and_their_own_is_asked_for_at_once() -> None:
    engine = made()
    await warm(engine)
    context = library(viewer="bob")
    answer = await ask(engine, context)
    assert context.calls == [("mark", [1, 4, 5])]
    assert answer == await expected(engine, library(viewer="bob"))


async def test_what_an_ordinary_resolver_promises_to_share_is_kept() -> None:
    engine = made()
    text = "{ shelves { sign owner } }"
    await warm(engine, text)
    context = library(viewer="bob")
    assert await ask(engine, context, text) == await expected(engine, library(viewer="bob"), text)
    assert context.calls == [("owner", [1, 2])]


@pytest.mark.parametrize(
    "text",
    [
        "{ shelves { owner page { seen rows { mark { by } must id } } } }",
        "{ shelves { page { rows { secret name } } } }",
        "{ shelves(ids: [4, 1, 3, 2, 1]) { page { seen rows { mark { by } } } owner id } }",
        "{ anything { ... on Shelf { name page { rows { mark { place } } } } ... on Row { must mark { by } } } }",
        "{ shelves { a: page(first: 1) { rows { mark { by } } } b: page { rows { must } seen } } }",
        "{ page { rows { must } seen } shelves { page { seen } } }",
        "{ shelves(ids: []) { page { seen } } }",
    ],
)
@pytest.mark.parametrize("broken", [(), (1,), (5, 6)])
async def test_every_answer_is_graphql_cores(text: str, broken: tuple[int, ...]) -> None:
    engine = made()
    await warm(engine, text)
    for viewer in ("ann", "bob"):
        for _ in range(2):
            answer = await ask(engine, library(viewer=viewer, broken=broken), text)
            assert answer == await expected(engine, library(viewer=viewer, broken=broken), text)


async def test_a_type_that_a_plan_meets_late_may_have_segments_of_another_document() -> None:
    engine = made()
    text = "{ anything { ... on Shelf { page { rows { mark { by } must } } } ... on Row { id } } }"
    late = text.replace("anything", "t: __typename anything")
    await warm(engine, text)
    for _ in range(4):
        await ask(engine, Library(), late)
    context = library()
    context.shelves.pop(4)  # that one has no version
    assert await ask(engine, context, late) == await expected(engine, replace(context, calls=[]), late)
    assert [name for name, _ in context.calls] == ["mark", "must"]


async def test_a_record_without_a_segment_has_all_of_them_fetched_in_the_same_calls() -> None:
    engine = made()
    await warm(engine)
    context = library()
    context.shelves[2] = replace(SHELVES[2], name="deux", version=2)
    assert await ask(engine, context) == await expected(engine, replace(context, calls=[]))
    assert context.calls == [("page", [1, 2]), ("mark", [1, 4, 5])]
    again = replace(context, calls=[])
    await ask(engine, again)
    assert again.calls == [("mark", [1, 4, 5])]


async def test_a_failure_is_placed_without_asking_anybody_twice() -> None:
    engine = made()
    await warm(engine)
    context = library(broken=(4,))
    answer = await ask(engine, context)
    assert [error["path"] for error in answer["errors"]] == [["shelves", 1, "page", "rows", 0, "mark"]]
    assert answer["data"] == (await expected(engine, library(broken=(4,))))["data"]
    assert context.calls == [("mark", [1, 4, 5]), ("page", [1, 2])]


async def test_a_failure_asks_nobody_twice_at_any_depth() -> None:
    engine = made()
    text = "{ shelves { page { seen rows { mark { by } } } } }"
    await warm(engine, text)
    context = library(broken=(4,))
    assert await ask(engine, context, text) == await expected(engine, library(broken=(4,)), text)
    assert context.calls == [("seen", [0, 0]), ("mark", [1, 3, 4, 5]), ("page", [1, 2])]


async def test_a_failure_beside_records_that_changed_in_secret_asks_for_the_new_ones() -> None:
    engine = made()
    await warm(engine)
    context = library(broken=(5,))
    context.shelves[2] = replace(SHELVES[2], rows=(ROWS[5], ROWS[7]))
    answer = await ask(engine, context)
    assert answer == await expected(engine, replace(context, calls=[]))
    assert context.calls == [("mark", [1, 4, 5]), ("page", [1, 2]), ("mark", [1, 5, 7])]


async def test_a_context_that_asks_is_told_whether_a_call_is_the_only_one_of_its_level() -> None:
    engine = made()
    told: list[bool] = []

    @dataclass
    class Curious(Library):
        lone: bool = False

    def spy(row: Row, context: Any, _arguments: Any) -> str:
        told.append(context.lone)
        return "x"

    engine.schema.type_map["Row"].fields["must"].extensions[FIELD] = batched("must", spy, shared=False)  # type: ignore[attr-defined]
    for text in ("{ page { rows { must } } }", "{ page { rows { must mark { by } } } }"):
        await ask(engine, Curious(shelves=dict(SHELVES)), text)
    assert told == [True, True, False, False]


async def test_a_makeshift_answer_is_not_kept() -> None:
    engine = made()
    for _ in range(5):
        await ask(engine, library(makeshift=True))
    assert engine.segment_bytes <= 2 * 600
    context = library()
    await ask(engine, context)
    assert [name for name, _ in context.calls] == ["page", "mark"]


async def test_segments_depend_on_the_variables_above_their_gaps_but_not_on_those_within() -> None:
    engine = made()
    row = "rows { mark { by @include(if: $w) } }"
    text = f"query ($n: Int, $w: Boolean = true) {{ shelves {{ page(first: $n) {{ {row} }} }} }}"
    await warm(engine, text, n=1)
    for n in (1, 2, 1):
        assert await ask(engine, library(), text, n=n) == await expected(engine, library(), text, n=n)
    context = library()
    await ask(engine, context, text, n=2)
    assert context.calls == [("mark", [1, 4, 5])]


async def test_a_guarded_field_is_read_where_it_stands_and_refused_like_others() -> None:
    engine = made()
    text = "{ page { rows { id } } anything { ... on Row { secret } } }"
    await warm(engine, text)
    assert (await ask(engine, library(), text))["data"]["anything"][-1] == {"secret": "no"}
    refused = await ask(engine, library(viewer="bob"), text)
    assert [error["path"] for error in refused["errors"]] == [["anything", 4, "secret"]]
