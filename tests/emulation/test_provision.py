"""Provisioning makes what the gateway expects, over real HTTP, and only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulation.outputs import Outputs
from emulation.provision import Clients, provision


@pytest.fixture
def clients(cloud: Outputs) -> Clients:
    return Clients(endpoint_url=cloud.endpoint_url)


def test_tables_have_their_indexes_streams_and_ttl(cloud: Outputs, clients: Clients) -> None:
    dynamodb = clients("dynamodb")
    tables = {name: dynamodb.describe_table(TableName=physical)["Table"] for name, physical in cloud.tables.items()}
    assert {name: _shape(table) for name, table in tables.items()} == {
        "catalog": {
            "gsi1 INCLUDE": ["gsi1pk", "gsi1sk"],
            "gsi2 KEYS_ONLY": ["gsi2pk", "gsi2sk"],
            "stream": "NEW_AND_OLD_IMAGES",
        },
        "viewers": {"recent ALL": ["pk", "rk"], "stream": "NEW_AND_OLD_IMAGES"},
        "ops": {"gsi1 ALL": ["gsi1pk", "gsi1sk"], "gsi2 ALL": ["gsi2pk", "gsi2sk"], "stream": None},
    }
    for physical in cloud.tables.values():
        ttl = dynamodb.describe_time_to_live(TableName=physical)["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_a_second_provisioning_finds_everything_and_changes_nothing(cloud: Outputs) -> None:
    again = provision(
        endpoint_url=cloud.endpoint_url, media_base_url=cloud.media_base_url, data_dir=Path(cloud.data_dir)
    )
    assert again == cloud


def test_buckets_are_private(cloud: Outputs, clients: Clients) -> None:
    s3 = clients("s3")
    for bucket in cloud.buckets.values():
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(blocked.values()) == {True}


def test_signing_keys_are_private_files(cloud: Outputs) -> None:
    for path in cloud.cloudfront.private_key_pem_paths:
        assert Path(path).stat().st_mode & 0o077 == 0


def _shape(table: dict[str, Any]) -> dict[str, Any]:
    indexes = table.get("GlobalSecondaryIndexes", []) + table.get("LocalSecondaryIndexes", [])
    shape: dict[str, Any] = {
        f"{index['IndexName']} {index['Projection']['ProjectionType']}": [
            key["AttributeName"] for key in index["KeySchema"]
        ]
        for index in indexes
    }
    return {**shape, "stream": table.get("StreamSpecification", {}).get("StreamViewType")}
