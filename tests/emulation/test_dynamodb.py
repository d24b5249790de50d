"""DynamoDB through the wrapper, by an unmodified client: batches complete, faults as asked, nothing else changed."""

from __future__ import annotations

from collections import Counter

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from emulation.outputs import Outputs

UNSIGNED = "AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/dynamodb/aws4_request, Signature=0"


@pytest.fixture
def dynamodb(empty_cloud: Outputs):
    """A client that makes one attempt and gives up after a second."""
    return boto3.client(
        "dynamodb",
        endpoint_url=empty_cloud.endpoint_url,
        region_name=empty_cloud.region,
        aws_access_key_id=empty_cloud.access_key_id,
        aws_secret_access_key=empty_cloud.secret_access_key,
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=1),
    )


@pytest.fixture
def faults(control: httpx.Client, empty_cloud: Outputs):
    """Sets fault rules; none are left behind."""

    def replace(*rules, seed=7):
        answer = control.post("/_marquee/faults", json={"rules": list(rules), "seed": seed})
        assert answer.status_code == 200, answer.text

    yield replace
    replace()


def key(number):
    return {"pk": {"S": "A"}, "sk": {"S": f"{number:03}"}}


def fill(client, table, count, size=0):
    padding = {"x": {"S": "x" * size}} if size else {}
    for start in range(0, count, 25):
        puts = [{"PutRequest": {"Item": {**key(n), **padding}}} for n in range(start, min(start + 25, count))]
        client.batch_write_item(RequestItems={table: puts})


def get(client, table, numbers, **more):
    return client.batch_get_item(RequestItems={table: {"Keys": [key(n) for n in numbers], **more}})


def numbers_of(items):
    return [int(item["sk"]["S"]) for item in items]


def test_a_batch_comes_in_no_promised_order(dynamodb, cloud):
    table = cloud.tables["ops"]
    fill(dynamodb, table, 50)
    orders = [tuple(numbers_of(get(dynamodb, table, range(50))["Responses"][table])) for _ in range(2)]
    assert [sorted(order) for order in orders] == [list(range(50))] * 2
    assert len({*orders, tuple(range(50))}) == 3


@pytest.mark.parametrize(("consistent", "units"), [(False, 50.0), (True, 100.0)])
def test_a_batch_tells_its_capacity(dynamodb, cloud, consistent, units):
    table = cloud.tables["ops"]
    fill(dynamodb, table, 60)
    answer = dynamodb.batch_get_item(
        RequestItems={table: {"Keys": [key(n) for n in range(100)], "ConsistentRead": consistent}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": units}]
    assert len(answer["Responses"][table]) == 60


def test_capacity_counts_begun_blocks_of_4_kilobytes(dynamodb, cloud):
    table = cloud.tables["ops"]
    fill(dynamodb, table, 1, size=9000)
    answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": [key(0)]}}, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 1.5}]


def test_a_batch_stops_at_16_megabytes(dynamodb, cloud):
    table = cloud.tables["ops"]
    fill(dynamodb, table, 50, size=390_000)
    found, asked, rounds = [], list(range(50)), []
    while asked:
        answer = get(dynamodb, table, asked)
        rounds.append(len(answer["Responses"][table]))
        found += numbers_of(answer["Responses"][table])
        asked = numbers_of(answer["UnprocessedKeys"].get(table, {"Keys": []})["Keys"])
    assert (rounds, sorted(found)) == ([43, 7], list(range(50)))


def test_unprocessed_keys_are_asked_again_with_their_options(dynamodb, cloud, faults):
    table = cloud.tables["ops"]
    fill(dynamodb, table, 100)
    faults({"unprocessed": 0.3})
    answer = get(dynamodb, table, range(100), ConsistentRead=True, ProjectionExpression="pk, sk")
    left = answer["UnprocessedKeys"][table]
    assert (left["ConsistentRead"], left["ProjectionExpression"]) == (True, "pk, sk")
    assert 10 < len(left["Keys"]) < 50
    assert sorted(numbers_of(answer["Responses"][table]) + numbers_of(left["Keys"])) == list(range(100))


def test_one_key_of_a_batch_is_always_processed(dynamodb, cloud, faults):
    table = cloud.tables["ops"]
    fill(dynamodb, table, 10)
    faults({"unprocessed": 1})
    answer = get(dynamodb, table, range(10))
    assert (len(answer["Responses"][table]), len(answer["UnprocessedKeys"][table]["Keys"])) == (1, 9)


def test_unprocessed_writes_are_not_written(dynamodb, cloud, faults):
    table = cloud.tables["ops"]
    faults({"unprocessed": 1, "operations": ["BatchWriteItem"]})
    puts = [{"PutRequest": {"Item": key(n)}} for n in range(5)]
    answer = dynamodb.batch_write_item(RequestItems={table: puts})
    assert len(answer["UnprocessedItems"][table]) == 4
    assert dynamodb.scan(TableName=table)["Count"] == 1


def test_the_same_seed_throttles_the_same_calls(dynamodb, cloud, faults):
    table = cloud.tables["ops"]

    def refused():
        faults({"throttle": 0.5}, seed=3)
        return [error_of(dynamodb.get_item, TableName=table, Key=key(n)) for n in range(20)]

    first = refused()
    assert first == refused()
    assert set(first) == {None, "ProvisionedThroughputExceededException"}


def error_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_a_rule_meets_its_table_and_operation_alone(dynamodb, cloud, faults):
    faults({"throttle": 1, "tables": [cloud.tables["catalog"]], "operations": ["GetItem", "TransactWriteItems"]})
    put = {"Put": {"TableName": cloud.tables["catalog"], "Item": key(1)}}
    assert [
        error_of(dynamodb.get_item, TableName=cloud.tables["catalog"], Key=key(1)),
        error_of(dynamodb.transact_write_items, TransactItems=[put]),
        error_of(dynamodb.get_item, TableName=cloud.tables["ops"], Key=key(1)),
        error_of(dynamodb.put_item, TableName=cloud.tables["catalog"], Item=key(1)),
    ] == ["ProvisionedThroughputExceededException"] * 2 + [None] * 2


def test_down_is_an_internal_error_or_silence(dynamodb, cloud, faults):
    faults({"down": "error"})
    assert error_of(dynamodb.get_item, TableName=cloud.tables["ops"], Key=key(1)) == "InternalServerError"
    faults({"down": "hang"})
    with pytest.raises(ReadTimeoutError):
        dynamodb.get_item(TableName=cloud.tables["ops"], Key=key(1))


def test_latency_is_waited(dynamodb, cloud, faults):
    faults({"latency_ms": 1500})
    with pytest.raises(ReadTimeoutError):
        dynamodb.get_item(TableName=cloud.tables["ops"], Key=key(1))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("html", "<html><body>502 Bad Gateway</body></html>"),
        ("cut", '{"Item": {"pk": {"S": "A"}, "sk": {"'),
        ("empty", "{}"),
    ],
)
def test_garbage_is_a_200_without_the_item(dynamodb, cloud, faults, kind, body):
    fill(dynamodb, cloud.tables["ops"], 1, size=8)
    faults({"garbage": 1, "garbage_kind": kind})
    answer = httpx.post(
        cloud.endpoint_url,
        json={"TableName": cloud.tables["ops"], "Key": key(0)},
        headers={"x-amz-target": "DynamoDB_20120810.GetItem", "authorization": UNSIGNED},
    )
    assert (answer.status_code, answer.text) == (200, body)
    assert "Item" not in dynamodb.get_item(TableName=cloud.tables["ops"], Key=key(0))


def test_a_batch_of_the_wrong_shape_is_explained(dynamodb, cloud, faults):
    faults({"unprocessed": 1})
    url = cloud.endpoint_url
    headers = {"x-amz-target": "DynamoDB_20120810.BatchGetItem", "authorization": UNSIGNED}
    for body in (b"[]", b"nonsense", b'{"RequestItems": {"t": 5}}', b"{}"):
        assert httpx.post(url, content=body, headers=headers).status_code == 400, body


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"throttle": 2}, "`throttle` is a rate from 0 to 1"),
        ({"throtle": 1}, "unknown member 'throtle'"),
        ({"down": "maybe"}, "`down` is one of"),
    ],
)
def test_a_wrong_rule_is_refused(control, rule, reason):
    answer = control.post("/_marquee/faults", json={"rules": [rule]})
    assert (answer.status_code, reason in answer.json()["error"]) == (400, True)


def test_calls_are_counted_since_the_reset(dynamodb, cloud, control):
    control.post("/_marquee/reset", json={"scale": 0})
    dynamodb.get_item(TableName=cloud.tables["ops"], Key=key(1))
    get(dynamodb, cloud.tables["ops"], [1, 2])
    get(dynamodb, cloud.tables["ops"], [3])
    assert Counter(control.get("/_marquee/calls").json()) == {"dynamodb.GetItem": 1, "dynamodb.BatchGetItem": 2}


def test_a_reset_empties_the_tables_and_ends_the_faults(dynamodb, cloud, control, faults):
    fill(dynamodb, cloud.tables["viewers"], 3)
    faults({"down": "error"})
    answer = control.post("/_marquee/reset", json={"scale": 0})
    assert answer.json() == {"scale": 0, "items": dict.fromkeys(cloud.tables.values(), 0)}
    assert dynamodb.scan(TableName=cloud.tables["viewers"])["Count"] == 0


def test_a_web_page_cannot_use_control_paths(control):
    answer = control.post("/_marquee/reset", content=b"{}", headers={"origin": "https://example.com"})
    assert (answer.status_code, answer.json()) == (403, {"error": "Control paths are not for web pages."})


def test_an_unknown_control_path_names_the_known_ones(control):
    answer = control.post("/_marquee/nothing")
    assert answer.status_code == 404
    assert "POST /_marquee/reset" in answer.json()["error"]
