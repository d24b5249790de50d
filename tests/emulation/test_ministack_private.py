"""What we use of ministack's private parts, checked through its public API: an upgrade that changes them fails here."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

SETUP = """
    import asyncio, sys, tempfile
    from pathlib import Path
    from emulation import environment
    environment.prepare(port=1, data_dir=Path(tempfile.mkdtemp()), persist=False)
    import boto3, httpx
    from botocore.awsrequest import AWSResponse
    from ministack.app import app
    from datasources.tables import CATALOG, TABLES, VIEWERS
    from emulation import ministack_cloudfront, ministack_dynamodb
    from emulation.provision import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, TABLE_NAMES
    from emulation.tables import table_request

    def client(service):
        # boto3 without a socket: what it would send goes into the app.
        made = boto3.client(service, endpoint_url="http://127.0.0.1:1", region_name=REGION,
                            aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY)
        async def ask(request):
            body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
                return await http.request(request.method, request.url, content=body, headers=dict(request.headers))
        def send(request, **_):
            answer = asyncio.run(ask(request))
            class Raw:
                def stream(self, *_, **__):
                    yield answer.content
                def read(self, *_):
                    return answer.content
            return AWSResponse(request.url, answer.status_code, answer.headers, Raw())
        made.meta.events.register("before-send", send)
        return made

    dynamodb = client("dynamodb")
    for spec in TABLES:
        dynamodb.create_table(**table_request(spec, TABLE_NAMES[spec.name]))
    catalog, viewers = TABLE_NAMES["catalog"], TABLE_NAMES["viewers"]
    TITLE = {"pk": {"S": "T#a"}, "sk": {"S": "META"}, "gsi2pk": {"S": "ST#x"}, "gsi2sk": {"S": "1"}, "n": {"N": "7.50"}}
    KEY = {"pk": {"S": "T#a"}, "sk": {"S": "META"}}
"""

FACTS = {
    "bulk items are found by key and by index": """
    assert ministack_dynamodb.put_items(catalog, [dict(TITLE)]) == 1
    found = dynamodb.get_item(TableName=catalog, Key=KEY)["Item"]
    assert found == {**TITLE, "n": {"N": "7.5"}}, found
    query = dict(TableName=catalog, IndexName="gsi2", KeyConditionExpression="gsi2pk = :p",
                 ExpressionAttributeValues={":p": {"S": "ST#x"}})
    assert dynamodb.query(**query)["Count"] == 1
    assert dynamodb.describe_table(TableName=catalog)["Table"]["ItemCount"] == 1
    """,
    "bulk items are validated": """
    try:
        ministack_dynamodb.put_items(catalog, [{**TITLE, "n": {"N": "seven"}}])
    except ValueError as error:
        assert "cannot be converted to a numeric value" in str(error), error
    else:
        raise AssertionError("a wrong number was taken")
    """,
    "a reset restores items, indexes and streams": """
    ministack_dynamodb.put_items(catalog, [dict(TITLE)])
    baseline = {name: ministack_dynamodb.contents_of(name) for name in TABLE_NAMES.values()}
    dynamodb.update_item(TableName=catalog, Key=KEY, UpdateExpression="SET n = :n",
                         ExpressionAttributeValues={":n": {"N": "8"}})
    dynamodb.put_item(TableName=catalog, Item={**TITLE, "pk": {"S": "T#b"}})
    dynamodb.put_item(TableName=viewers, Item={**KEY, "rk": {"S": "CW#1"}})
    ministack_dynamodb.replace_contents(baseline)
    assert dynamodb.scan(TableName=catalog)["Items"] == [{**TITLE, "n": {"N": "7.5"}}]
    assert dynamodb.scan(TableName=viewers)["Items"] == []
    query = dict(TableName=viewers, IndexName="recent", KeyConditionExpression="pk = :p",
                 ExpressionAttributeValues={":p": {"S": "T#a"}})
    assert dynamodb.query(**query)["Count"] == 0
    streams = client("dynamodbstreams")
    stream = streams.list_streams(TableName=catalog)["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    assert streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"] == []
    """,
    "sizes follow the rules of DynamoDB": """
    ministack_dynamodb.put_items(catalog, [{**KEY, "x": {"S": "y" * 100}}])
    assert ministack_dynamodb.item_size(catalog, KEY) == 2 + 3 + 2 + 4 + 1 + 100
    assert ministack_dynamodb.item_size(catalog, {**KEY, "sk": {"S": "other"}}) == 0
    """,
    "sorted keys follow every write, also the sweep of what has expired": """
    from ministack.services import dynamodb as inside
    def found(index=None, partition="T#a"):
        with ministack_dynamodb.reading():
            table = ministack_dynamodb.ordered(catalog)
            return [item["sk"]["S"] for item in table.walk(index, partition, lambda all: (0, len(all)), None, True)]
    items = [{**TITLE, "sk": {"S": name}, "ttl": {"N": ttl}} for name, ttl in (("b", "1"), ("a", "99999999999"))]
    ministack_dynamodb.put_items(catalog, items)
    assert (found(), found("gsi2", "ST#x")) == (["a", "b"], ["a", "b"])
    dynamodb.update_time_to_live(TableName=catalog,
                                 TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    class Clock:
        time = staticmethod(inside.time.time)
        sleeps = iter([None])
        def sleep(self, seconds):
            next(self.sleeps)  # the second one ends the sweeper
    real, inside.time = inside.time, Clock()
    try:
        inside._ttl_reaper()
    except StopIteration:
        pass
    finally:
        inside.time = real
    assert (found(), found("gsi2", "ST#x")) == (["a"], ["a"])
    ministack_dynamodb.put_items(catalog, [{**TITLE, "sk": {"S": "0"}}])
    assert (found(), found("gsi2", "ST#x")) == (["0", "a"], ["0", "a"])
    ministack_dynamodb.replace_contents({catalog: {}})
    assert (found(), found("gsi2", "ST#x")) == ([], [])
    """,
    "behaviours, trusted keys and headers of the distribution": """
    from emulation.distribution import provision_distribution
    client("s3").create_bucket(Bucket="media")
    made = provision_distribution(client, bucket="media", key_dir=Path(tempfile.mkdtemp()) / "keys")
    found = ministack_cloudfront.distribution(made.distribution_id)
    seen = [(b.pattern, b.origin_id, b.key_group_ids, sorted(b.methods)) for b in found.behaviours]
    methods = ["GET", "HEAD", "OPTIONS"]
    assert seen == [
        ("/v/*", "media", (made.key_group_id,), methods),
        ("/play/*", "gateway", (), methods),
        ("*", "media", (made.key_group_id,), methods),
    ], seen
    keys = ministack_cloudfront.public_keys([made.key_group_id, "gone"])
    assert sorted(keys) == sorted(made.key_ids)
    assert all(pem.startswith("-----BEGIN PUBLIC KEY-----") for pem in keys.values())
    headers = ministack_cloudfront.with_policy_headers(
        {"etag": "1"}, found.behaviour("/v/x"), origin="https://a.example", method="GET")
    assert headers == {
        "etag": "1",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Content-Length, Content-Range, ETag",
        "x-content-type-options": "nosniff",
    }, headers
    assert ministack_cloudfront.distribution("ENONE") is None
    """,
}

RUN = """
    EMPTY = {name: {} for name in TABLE_NAMES.values()}
    outcomes = {}
    for name, code in FACTS.items():
        ministack_dynamodb.replace_contents(EMPTY)
        try:
            exec(code, dict(globals()))
        except Exception as error:
            outcomes[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(outcomes))
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """What went wrong by fact, from one process: ministack's state belongs to a process, and it reads settings once."""
    facts = {name: textwrap.dedent(code) for name, code in FACTS.items()}
    script = f"import json\nFACTS = {facts!r}\n{textwrap.dedent(SETUP)}{textwrap.dedent(RUN)}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("fact", FACTS)
def test_private_parts_do_what_the_api_shows(outcomes: dict[str, str], fact: str) -> None:
    assert outcomes.get(fact) is None
