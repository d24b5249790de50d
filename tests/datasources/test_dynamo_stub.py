"""The benchmark's stub answers as DynamoDB does, as far as both DynamoDB paths and their queries ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bench.dynamodb_stub import listen, url_of
from bench.dynamodb_titles import made_up_titles
from datasources.catalog_items import decode_title
from datasources.dynamo import Options, open_database
from datasources.dynamo.values import encode_item
from datasources.dynamodb import Database, Query, Write
from datasources.tables import CATALOG


@pytest.fixture(params=[True, False], ids=["lean", "full"])
async def stub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stub")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "stub")
    rows = [
        {"pk": "Q", "sk": f"E#{number}", "gsi1pk": "G", "gsi1sk": f"{9 - number}", "n": number} for number in range(5)
    ]
    items = [*made_up_titles(3), *(("catalog", encode_item(row)) for row in rows)]
    server = await listen(items, latency=0.001)
    async with open_database(Options(region="eu-west-1", endpoint_url=url_of(server), lean=request.param)) as database:
        yield database
    server.close()


async def test_the_made_up_titles_are_titles(stub: Database) -> None:
    item = await stub.get(CATALOG, ("T#title0000001", "META"))
    assert item is not None
    assert decode_title(item).slug == "the-long-way-home-1"
    assert await stub.get(CATALOG, ("T#nobody", "META")) is None


async def test_a_batch_has_what_is_there(stub: Database) -> None:
    keys = [("T#title0000001", "META"), ("T#nobody", "META"), ("T#title0000002", "META")]
    found = await stub.get_many(CATALOG, keys)
    assert [None if one is None else (one["pk"], one["sk"]) for one in found] == [keys[0], None, keys[2]]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (Query(partition="Q"), [0, 1, 2, 3, 4]),
        (Query(partition="Q", prefix="E#", descending=True), [4, 3, 2, 1, 0]),
        (Query(partition="Q", after="E#2"), [3, 4]),
        (Query(partition="Q", before="E#2"), [0, 1]),
        (Query(partition="Q", after="E#0", before="E#3"), [1, 2]),
        (Query(partition="G", index="gsi1"), [4, 3, 2, 1, 0]),
        (Query(partition="nowhere"), []),
    ],
)
async def test_queries_narrow_and_order(stub: Database, query: Query, numbers: list[int]) -> None:
    assert [item["n"] for item in (await stub.query(CATALOG, query)).items] == numbers


@pytest.mark.parametrize("descending", [True, False])
async def test_pages_follow_each_other(stub: Database, descending: bool) -> None:
    seen, start = [], None
    for _ in range(3):
        page = await stub.query(
            CATALOG, Query(partition="G", index="gsi1", limit=2, start=start, descending=descending)
        )
        seen += [item["n"] for item in page.items]
        start = page.last
    assert seen == ([0, 1, 2, 3, 4] if descending else [4, 3, 2, 1, 0])
    assert start is None


async def test_writes_succeed_and_change_nothing(stub: Database) -> None:
    update = Write(table=CATALOG, action="update", key=("Q", "E#1"), update="SET n = :n", values={":n": 9})
    assert await stub.write(update) is None
    changed = await stub.write(update, returning="ALL_NEW")
    assert changed is not None
    assert changed["n"] == 1
    await stub.transact([update])
    await stub.load(CATALOG, [{"pk": "X", "sk": "Y"}])
    assert await stub.get(CATALOG, ("X", "Y")) is None
