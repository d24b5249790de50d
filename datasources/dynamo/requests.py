"""DynamoDB requests from the protocol's records, as the dictionaries that AWS documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from datasources.dynamo.options import Options
from datasources.dynamo.values import encode, encode_item
from datasources.dynamodb import Key, Query, Write
from datasources.tables import TableSpec

T = TypeVar("T")

Request = dict[str, Any]
"""A request (or its part) with typed values."""

_ACTIONS = {"put": "Put", "update": "Update", "delete": "Delete", "check": "ConditionCheck"}
OPERATIONS = {"put": "PutItem", "update": "UpdateItem", "delete": "DeleteItem"}
"""The API operation of a single write."""


def key_of(key: Key) -> Request:
    """The typed form of a key."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def get_request(options: Options, table: TableSpec, key: Key, consistent: bool) -> Request:
    """GetItem."""
    return {"TableName": options.physical(table.name), "Key": key_of(key), "ConsistentRead": consistent}


def batch_entry(keys: Sequence[Key], consistent: bool) -> Request:
    """What a BatchGetItem asks of one table."""
    return {"Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys], "ConsistentRead": consistent}


def query_request(options: Options, table: TableSpec, query: Query) -> Request:
    """Query; ValueError when a prefix comes with bounds, because DynamoDB takes one condition on the sort key."""
    partition, sort = _key_names(table, query.index)
    names, values = {"#p": partition}, {":p": {"S": query.partition}}
    request: Request = {
        "TableName": options.physical(table.name),
        "KeyConditionExpression": "#p = :p",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": not query.descending,
        "ConsistentRead": query.consistent,
    }
    condition, bounds = _sort_condition(query)
    if condition:
        request["KeyConditionExpression"] += f" AND {condition}"
        names["#s"] = sort
        values.update(bounds)
    if query.index is not None:
        request["IndexName"] = query.index
    if query.limit is not None:
        request["Limit"] = query.limit
    if query.start is not None:
        request["ExclusiveStartKey"] = encode_item(query.start)
    return request


def sort_name(table: TableSpec, query: Query) -> str:
    """The attribute that orders the query."""
    return _key_names(table, query.index)[1]


def _key_names(table: TableSpec, index: str | None) -> tuple[str, str]:
    if index is None:
        return table.partition, table.sort
    for spec in table.indexes:
        if spec.name == index:
            return spec.partition, spec.sort
    raise ValueError(f"table {table.name!r} has no index {index!r}")


def _sort_condition(query: Query) -> tuple[str, dict[str, dict[str, str]]]:
    after, before = query.after, query.before
    if query.prefix is not None:
        if after is not None or before is not None:
            raise ValueError("a query takes a prefix or bounds, not both")
        return "begins_with(#s, :s)", {":s": {"S": query.prefix}}
    if after is not None and before is not None:  # BETWEEN includes its bounds: the reader drops them
        return "#s BETWEEN :s AND :t", {":s": {"S": after}, ":t": {"S": before}}
    if after is not None:
        return "#s > :s", {":s": {"S": after}}
    if before is not None:
        return "#s < :s", {":s": {"S": before}}
    return "", {}


def write_request(options: Options, write: Write, returning: Literal["NONE", "ALL_NEW", "ALL_OLD"]) -> Request:
    """PutItem, UpdateItem or DeleteItem; the item that failed a condition is always asked for."""
    if write.action == "check" or (returning == "ALL_NEW" and write.action != "update"):
        raise ValueError(f"a single {write.action} cannot return {returning}")
    return {**_write(options, write), "ReturnValues": returning}


def transact_item(options: Options, write: Write) -> Request:
    """One element of a TransactWriteItems."""
    return {_ACTIONS[write.action]: _write(options, write)}


def _write(options: Options, write: Write) -> Request:
    request: Request = {"TableName": options.physical(write.table.name)}
    if write.action == "put":
        request["Item"] = encode_item(_required(write.item, write, "item"))
    else:
        request["Key"] = key_of(_required(write.key, write, "key"))
    if write.action == "update":
        request["UpdateExpression"] = _required(write.update, write, "update")
    if write.condition is not None:
        request["ConditionExpression"] = write.condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if write.names:
        request["ExpressionAttributeNames"] = dict(write.names)
    if write.values:
        request["ExpressionAttributeValues"] = _values(write.values)
    return request


def _required(value: T | None, write: Write, name: str) -> T:
    if value is None:
        raise ValueError(f"a {write.action} needs {name!r}")
    return value


def _values(values: Mapping[str, Any]) -> Request:
    return {name: encode(value) for name, value in values.items()}


def written_key(write: Write) -> Key:
    """The key that a write touches."""
    if write.action != "put":
        return _required(write.key, write, "key")
    item = _required(write.item, write, "item")
    return item["pk"], item["sk"]


def put_entry(item: Mapping[str, Any]) -> Request:
    """A put of a BatchWriteItem."""
    return {"PutRequest": {"Item": encode_item(item)}}


def delete_entry(key: Key) -> Request:
    """A delete of a BatchWriteItem."""
    return {"DeleteRequest": {"Key": key_of(key)}}


def entry_key(entry: Request) -> Key:
    """The key that an element of a BatchWriteItem touches."""
    typed = entry["PutRequest"]["Item"] if "PutRequest" in entry else entry["DeleteRequest"]["Key"]
    return typed["pk"]["S"], typed["sk"]["S"]


def table_names(keys: Iterable[tuple[str, Any]]) -> str:
    """The distinct tables of several keys as one word: "catalog+viewers"."""
    return "+".join(dict.fromkeys(name for name, _ in keys))
