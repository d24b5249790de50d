"""Writes on the embedded AWS: conditions, transactions, batches, and what each leaves behind."""

from __future__ import annotations

from uuid import uuid4

import pytest

from datasources.calls import counted
from datasources.dynamodb import ConditionFailed, Database, Item, Key, Query, TransactionFailed, Write
from datasources.tables import CATALOG, VIEWERS


@pytest.fixture
def key() -> Key:
    return f"TEST#{uuid4().hex}", "META"


def stored(key: Key, **attributes: object) -> Item:
    return {"pk": key[0], "sk": key[1], **attributes}


def put(key: Key, condition: str | None = None, **attributes: object) -> Write:
    return Write(table=CATALOG, action="put", item=stored(key, **attributes), condition=condition)


async def test_a_put_a_change_and_a_delete(database: Database, key: Key) -> None:
    change = Write(
        table=CATALOG, action="update", key=key, update="SET #s = :s ADD n :one", names={"#s": "status"},
        values={":s": "PUBLISHED", ":one": 1},
    )  # fmt: skip
    with counted() as calls:
        assert await database.write(put(key, n=1)) is None
        assert await database.write(change, returning="ALL_NEW") == stored(key, n=2, status="PUBLISHED")
        gone = await database.write(Write(table=CATALOG, action="delete", key=key), returning="ALL_OLD")
        assert gone == stored(key, n=2, status="PUBLISHED")
        assert await database.get(CATALOG, key) is None
    assert calls.names == ["PutItem catalog", "UpdateItem catalog", "DeleteItem catalog", "GetItem catalog"]
    assert [call.keys for call in calls] == [(key,)] * 4


async def test_a_condition_that_fails_says_what_is_there(database: Database, key: Key) -> None:
    await database.write(put(key, version=3))
    with pytest.raises(ConditionFailed) as caught:
        await database.write(put(key, condition="attribute_not_exists(pk)"))
    assert caught.value.item == stored(key, version=3)


async def test_a_condition_on_nothing_fails_with_nothing(database: Database, key: Key) -> None:
    with pytest.raises(ConditionFailed) as caught:
        await database.write(put(key, condition="attribute_exists(pk)"))
    assert caught.value.item is None


async def test_an_update_of_a_path_that_is_gone_is_a_failed_condition(database: Database, key: Key) -> None:
    await database.write(put(key, l={}))
    beat = Write(table=CATALOG, action="update", key=key, update="SET l.a.e = :e", values={":e": 1})
    with pytest.raises(ConditionFailed):
        await database.write(beat)


async def test_a_transaction_is_all_or_nothing(database: Database, key: Key) -> None:
    other = (key[0], "OTHER")
    await database.write(put(key, version=1))
    check = Write(table=CATALOG, action="check", key=key, condition="version = :v", values={":v": 9})
    with pytest.raises(TransactionFailed) as caught:
        await database.transact([put(other), check])
    assert caught.value.reasons == ("None", "ConditionalCheckFailed")
    assert caught.value.items == (None, stored(key, version=1))
    assert await database.get(CATALOG, other, consistent=True) is None


async def test_a_transaction_spans_tables(database: Database, key: Key) -> None:
    account = Write(table=VIEWERS, action="put", item=stored(key, plan="BASIC"))
    with counted() as calls:
        await database.transact([put(key, n=1), account])
    assert calls.names == ["TransactWriteItems catalog+viewers 2"]
    found = [await database.get_many(table, [key], consistent=True) for table in (CATALOG, VIEWERS)]
    assert found == [[stored(key, n=1)], [stored(key, plan="BASIC")]]


async def test_items_are_loaded_and_erased_in_chunks(database: Database, key: Key) -> None:
    partition = key[0]
    items = [stored((partition, f"{number:02}"), n=number) for number in range(30)]
    with counted() as calls:
        await database.load(CATALOG, [*items, stored((partition, "29"), n="the last one wins")])
        page = await database.query(CATALOG, Query(partition=partition, after="28"))
        await database.erase(CATALOG, [(partition, f"{number:02}") for number in range(30)])
        empty = await database.query(CATALOG, Query(partition=partition))
    assert page.items == (stored((partition, "29"), n="the last one wins"),)
    assert empty.items == ()
    assert sorted(calls.names) == [
        "BatchWriteItem catalog 25",
        "BatchWriteItem catalog 25",
        "BatchWriteItem catalog 5",
        "BatchWriteItem catalog 5",
        "Query catalog",
        "Query catalog",
    ]


@pytest.mark.parametrize(
    "write",
    [
        Write(table=CATALOG, action="put"),
        Write(table=CATALOG, action="update", key=("a", "b")),
        Write(table=CATALOG, action="delete"),
        Write(table=CATALOG, action="check", key=("a", "b"), condition="attribute_exists(pk)"),
    ],
)
async def test_a_write_without_its_parts_is_a_mistake_of_ours(database: Database, write: Write) -> None:
    with pytest.raises(ValueError, match="a (single )?(put|update|delete|check) "):
        await database.write(write)


async def test_a_put_cannot_return_what_is_new(database: Database, key: Key) -> None:
    with pytest.raises(ValueError, match="cannot return ALL_NEW"):
        await database.write(put(key), returning="ALL_NEW")
