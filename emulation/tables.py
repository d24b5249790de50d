"""Creates the DynamoDB tables from their specs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datasources.tables import IndexSpec, TableSpec


def create_table(client: Any, spec: TableSpec, physical_name: str) -> None:
    """Creates the table with indexes, stream and TTL unless it exists; `client` is a boto3 DynamoDB client."""
    if physical_name in _existing(client):
        return
    client.create_table(**table_request(spec, physical_name))
    client.update_time_to_live(
        TableName=physical_name, TimeToLiveSpecification={"Enabled": True, "AttributeName": spec.ttl}
    )


def table_request(spec: TableSpec, physical_name: str) -> dict[str, Any]:
    """The CreateTable request of a spec."""
    request: dict[str, Any] = {
        "TableName": physical_name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _key_schema(spec.partition, spec.sort),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in _attributes(spec)],
    }
    for member, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True)):
        indexes = [_index(index) for index in spec.indexes if index.local is local]
        if indexes:
            request[member] = indexes
    if spec.stream:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return request


def _existing(client: Any) -> Iterable[str]:
    return {name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]}


def _attributes(spec: TableSpec) -> list[str]:
    names = [spec.partition, spec.sort]
    for index in spec.indexes:
        names += [index.partition, index.sort]
    return list(dict.fromkeys(names))


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _index(index: IndexSpec) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if isinstance(index.projection, tuple):
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.projection)}
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.partition, index.sort),
        "Projection": projection,
    }
