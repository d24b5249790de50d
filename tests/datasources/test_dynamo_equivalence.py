"""The lean path against the full client on the embedded AWS: the same calls, the same answers, the same errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest

from datasources.calls import Calls, counted
from datasources.dynamo import Options, open_database
from datasources.dynamodb import ConditionFailed, Database, Item, Page, Query, TransactionFailed, Write
from datasources.tables import CATALOG, OPS, VIEWERS, TableSpec
from domain.errors import Unavailable
from emulation.outputs import Outputs

Both = tuple[Database, Database]


@pytest.fixture
async def both(cloud: Outputs, aws_environment: None) -> AsyncIterator[Both]:
    """The lean and the full database on the same tables."""
    async with AsyncExitStack() as stack:
        opened = []
        for lean in (True, False):
            options = Options(
                region=cloud.region,
                endpoint_url=cloud.endpoint_url,
                tables=cloud.tables,
                read_seconds=20,
                call_seconds=30,
                loop_seconds=30,
                lean=lean,
            )
            opened.append(await stack.enter_async_context(open_database(options)))
        yield opened[0], opened[1]


@pytest.fixture
def partition() -> str:
    """A partition of this test alone."""
    return f"TEST#{uuid4().hex}"


async def same(both: Both, ask: Callable[[Database], Awaitable[Any]]) -> tuple[Any, Calls]:
    """What both answer to `ask`, and the calls that both make for it."""
    outcomes = []
    for database in both:
        with counted() as calls:
            try:
                answer: Any = await ask(database)
            except (Unavailable, ConditionFailed, TransactionFailed) as error:
                answer = _described(error)
        outcomes.append((answer, list(calls), [call.units for call in calls]))
    assert outcomes[0] == outcomes[1]
    return outcomes[0][0], calls


def _described(error: Exception) -> tuple[Any, ...]:
    if isinstance(error, ConditionFailed):
        return type(error), error.item
    if isinstance(error, TransactionFailed):
        return type(error), error.reasons, error.items
    assert isinstance(error, Unavailable)
    return type(error), error.message, error.retry_after


def item(partition: str, sort: str, **attributes: Any) -> Item:
    return {"pk": partition, "sk": sort, **attributes}


EVERYTHING: Item = {
    "text": "naïve “日本語” \x00 \"{'S':'x'}\" \\ 🎬",
    "S": "an attribute called S",
    "M": {"M": {"S": "x"}, "N": 1, "empty": {}},
    "whole": 12345678901234567890,
    "negative": -7,
    "fraction": 7.25,
    "tiny": 1e-7,
    "yes": True,
    "no": False,
    "nothing": None,
    "bytes": b"\x00\xff",
    "list": [1, "a", [True, None], {"x": b"y"}],
    "empty": "",
    "strings": {"a", "b"},
    "numbers": {1, 2, 10},
    "binaries": {b"a", b"\x00"},
}


async def test_every_type_of_value_reads_alike(both: Both, partition: str) -> None:
    await both[1].load(CATALOG, [item(partition, "ALL", **EVERYTHING)])
    answer, calls = await same(both, lambda database: database.get(CATALOG, (partition, "ALL")))
    assert answer == item(partition, "ALL", **EVERYTHING)
    assert calls.names == ["GetItem catalog"]


async def test_an_item_that_is_not_there(both: Both, partition: str) -> None:
    answer, _ = await same(both, lambda database: database.get(CATALOG, (partition, "-"), consistent=True))
    assert answer is None


async def test_a_batch_over_two_chunks(both: Both, partition: str) -> None:
    titles = [item(partition, f"{number:03}", n=number) for number in range(120)]
    await both[1].load(CATALOG, titles)
    keys = [(partition, f"{number:03}") for number in (*range(130), 3, 3)]

    answer, calls = await same(both, lambda database: database.get_many(CATALOG, [(partition, "-"), *keys]))

    assert answer == [None, *titles, *[None] * 10, titles[3], titles[3]]
    assert calls.names == ["BatchGetItem catalog 100", "BatchGetItem catalog 31"]


async def test_a_batch_of_nothing_makes_no_call(both: Both) -> None:
    answer, calls = await same(both, lambda database: database.get_many(CATALOG, []))
    assert (answer, calls) == ([], [])


QUERIES: dict[str, dict[str, Any]] = {
    "all": {},
    "prefix": {"prefix": "E#"},
    "prefix from the end": {"prefix": "E#", "descending": True},
    "after": {"after": "E#02"},
    "before": {"before": "E#02"},
    "between": {"after": "E#01", "before": "E#04"},
    "strong": {"prefix": "E#", "consistent": True},
    "limit": {"prefix": "E#", "limit": 2},
    "nothing": {"prefix": "X#"},
}
FOUND = {
    "all": ["E#01", "E#02", "E#03", "E#04", "META"],
    "prefix": ["E#01", "E#02", "E#03", "E#04"],
    "prefix from the end": ["E#04", "E#03", "E#02", "E#01"],
    "after": ["E#03", "E#04", "META"],
    "before": ["E#01"],
    "between": ["E#02", "E#03"],
    "strong": ["E#01", "E#02", "E#03", "E#04"],
    "limit": ["E#01", "E#02"],
    "nothing": [],
}


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_finds_the_same_in_the_same_order(both: Both, partition: str, name: str) -> None:
    await both[1].load(CATALOG, [item(partition, sort) for sort in FOUND["all"]])
    query = Query(partition=partition, **QUERIES[name])
    page, calls = await same(both, lambda database: database.query(CATALOG, query))
    assert [found["sk"] for found in page.items] == FOUND[name]
    assert calls.names == ["Query catalog"]


@pytest.mark.parametrize(
    ("table", "index", "keys"),
    [
        (CATALOG, "gsi1", {"gsi1pk": "P#1", "gsi1sk": "2020"}),
        (CATALOG, "gsi2", {"gsi2pk": "ST#1", "gsi2sk": "2020"}),
        (VIEWERS, "recent", {"rk": "CW#2020"}),
        (OPS, "gsi1", {"gsi1pk": "ACT#1", "gsi1sk": "2020"}),
    ],
)
async def test_pages_of_an_index_follow_each_other(
    both: Both, partition: str, table: TableSpec, index: str, keys: dict[str, str]
) -> None:
    spec = next(spec for spec in table.indexes if spec.name == index)
    stored = [
        item(partition, f"{number}") | keys | {spec.partition: partition, spec.sort: f"{number}"} for number in range(5)
    ]
    await both[1].load(table, stored)

    async def pages(database: Database) -> list[Page]:
        found, start = [], None
        while True:
            page = await database.query(
                table, Query(partition=partition, index=index, limit=2, start=start, descending=True)
            )
            found.append(page)
            if (start := page.last) is None:
                return found

    answer, calls = await same(both, pages)
    assert [found["sk"] for page in answer for found in page.items] == ["4", "3", "2", "1", "0"]
    assert calls.names == [f"Query {table.name}"] * 3


REFUSED: dict[str, Callable[[Database], Awaitable[Any]]] = {
    "limit below one": lambda database: database.query(CATALOG, Query(partition="x", limit=-1)),
    "empty key": lambda database: database.get(CATALOG, ("", "x")),
    "strong read of a global index": lambda database: database.query(
        CATALOG, Query(partition="x", index="gsi1", consistent=True)
    ),
    "a cursor of something else": lambda database: database.query(CATALOG, Query(partition="x", start={"a": "b"})),
    "an unknown table": lambda database: database.get(TableSpec(name="nowhere"), ("x", "y")),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_dynamodb_refuses_is_refused_alike(both: Both, name: str) -> None:
    answer, calls = await same(both, REFUSED[name])
    assert answer == (answer[0], "The data store refused the request.", None)
    assert answer[0].code == "UPSTREAM_INVALID"
    assert len(calls) == 1


@pytest.mark.parametrize("query", [Query(partition="x", prefix="a", after="b"), Query(partition="x", index="gsi9")])
async def test_a_query_that_cannot_be_put_is_a_mistake_of_ours(both: Both, query: Query) -> None:
    for database in both:
        with pytest.raises(ValueError):
            await database.query(CATALOG, query)


async def test_an_empty_batch_key_is_refused_in_its_place(both: Both) -> None:
    answer, _ = await same(both, lambda database: _kinds(database.get_many(CATALOG, [("", "x")])))
    assert answer == ["UPSTREAM_INVALID"]


async def _kinds(answer: Awaitable[list[Any]]) -> list[Any]:
    return [value.code if isinstance(value, Unavailable) else value for value in await answer]


async def outcome(call: Awaitable[Any]) -> Any:
    """What a call answers or raises."""
    try:
        return await call
    except (Unavailable, ConditionFailed, TransactionFailed) as error:
        return _described(error)


async def test_every_type_of_value_is_written_alike(both: Both, partition: str) -> None:
    whole = item(partition, "ALL", **EVERYTHING)
    # The embedded DynamoDB takes an attribute M in a map for a second type when it comes in an update.
    given = {name: value for name, value in EVERYTHING.items() if name != "M"}
    names = {f"#{place}": name for place, name in enumerate(given)}
    values = {f":{place}": value for place, value in enumerate(given.values())}
    assignments = ", ".join(f"#{place} = :{place}" for place in range(len(given)))
    update = Write(
        table=CATALOG, action="update", key=(partition, "UPDATE"), update=f"SET {assignments}", names=names,
        values=values,
    )  # fmt: skip

    async def written(database: Database) -> list[Any]:
        return [
            await database.write(Write(table=CATALOG, action="put", item=whole)),
            await both[1].get(CATALOG, (partition, "ALL"), consistent=True),
            await database.write(update, returning="ALL_NEW"),
            await database.write(Write(table=CATALOG, action="delete", key=(partition, "ALL")), returning="ALL_OLD"),
            await database.write(Write(table=CATALOG, action="delete", key=(partition, "ALL")), returning="ALL_OLD"),
            await outcome(database.load(CATALOG, [whole])),
            await both[1].get(CATALOG, (partition, "ALL"), consistent=True),
            await outcome(database.erase(CATALOG, [(partition, "ALL"), (partition, "UPDATE")])),
            await both[1].query(CATALOG, Query(partition=partition)),
        ]

    answer, calls = await same(both, written)
    changed = item(partition, "UPDATE", **given)
    assert answer == [None, whole, changed, whole, None, None, whole, None, Page(items=(), last=None)]
    assert calls.names == [
        "PutItem catalog", "GetItem catalog", "UpdateItem catalog", "DeleteItem catalog", "DeleteItem catalog",
        "BatchWriteItem catalog", "GetItem catalog", "BatchWriteItem catalog 2", "Query catalog",
    ]  # fmt: skip


async def test_conditions_fail_alike(both: Both, partition: str) -> None:
    stored = item(partition, "A", **EVERYTHING)
    absent, key = (partition, "-"), (partition, "A")
    writes = [
        Write(table=CATALOG, action="put", item=stored, condition="attribute_not_exists(pk)"),
        Write(table=CATALOG, action="delete", key=key, condition="whole = :n", values={":n": 1}),
        Write(table=CATALOG, action="delete", key=absent, condition="attribute_exists(pk)"),
        Write(table=CATALOG, action="update", key=key, update="SET a.b.c = :n", values={":n": 1}),
    ]

    async def failed(database: Database) -> list[Any]:
        await database.load(CATALOG, [stored])
        return [await outcome(database.write(write)) for write in writes]

    answer, _ = await same(both, failed)
    found = (ConditionFailed, stored)
    assert answer == [found, found, (ConditionFailed, None), (ConditionFailed, None)]


async def test_transactions_are_carried_out_or_cancelled_alike(both: Both, partition: str) -> None:
    stored, key = item(partition, "A", n=1), (partition, "A")
    put = Write(table=CATALOG, action="put", item=stored)
    add = Write(table=CATALOG, action="update", key=key, update="ADD n :one", values={":one": 1})
    check = Write(table=CATALOG, action="check", key=key, condition="n = :n", values={":n": 9})
    elsewhere = Write(table=VIEWERS, action="put", item=item(partition, "B", n=2))

    async def tried(database: Database) -> list[Any]:
        return [
            await outcome(database.transact([put, elsewhere])),
            await outcome(database.transact([add])),
            await outcome(database.transact([elsewhere, check])),
            await database.get(CATALOG, key, consistent=True),
            await outcome(database.transact([Write(table=VIEWERS, action="delete", key=(partition, "B"))])),
            await database.get(VIEWERS, (partition, "B"), consistent=True),
        ]

    answer, calls = await same(both, tried)
    changed = stored | {"n": 2}
    cancelled = (TransactionFailed, ("None", "ConditionalCheckFailed"), (None, changed))
    assert answer == [None, None, cancelled, changed, None, None]
    assert calls.names[:3] == [
        "TransactWriteItems catalog+viewers 2", "TransactWriteItems catalog", "TransactWriteItems viewers+catalog 2"
    ]  # fmt: skip


REFUSED_WRITES: dict[str, Callable[[Database], Awaitable[Any]]] = {
    "an expression that is none": lambda database: database.write(
        Write(table=CATALOG, action="update", key=("x", "y"), update="DROP a")
    ),
    "a value that is not named": lambda database: database.write(
        Write(table=CATALOG, action="update", key=("x", "y"), update="SET a = :a")
    ),
    "an unknown table": lambda database: database.write(
        Write(table=TableSpec(name="nowhere"), action="delete", key=("x", "y"))
    ),
    "a transaction on one item twice": lambda database: database.transact(
        [Write(table=CATALOG, action="delete", key=("x", "y"))] * 2
    ),
    "a transaction of nothing": lambda database: database.transact([]),
}


@pytest.mark.parametrize("name", REFUSED_WRITES)
async def test_writes_that_dynamodb_refuses_are_refused_alike(both: Both, name: str) -> None:
    answer, calls = await same(both, REFUSED_WRITES[name])
    assert answer == (answer[0], "The data store refused the request.", None)
    assert len(calls) == 1
