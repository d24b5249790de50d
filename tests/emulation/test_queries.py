"""Query from sorted keys: the same answers as ministack gives itself, whatever was written in between."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from emulation.outputs import Outputs

OURS, FOREIGN = "AKIAEMBEDDEDMARQUEE0", "AKIASOMEBODYELSE0000"
"""Both belong to the same account; only calls that are signed with the first are answered from sorted keys."""

TEXTS = st.sampled_from(["a", "b", "ab", "aé", "a\uffff", "a\U0001f3ac", "b#1", "\u0001"])
PARTITIONS = st.sampled_from(["P", "Q"])
INDEXES: dict[str, dict[str | None, tuple[str, str]]] = {
    "catalog": {None: ("pk", "sk"), "gsi1": ("gsi1pk", "gsi1sk"), "gsi2": ("gsi2pk", "gsi2sk")},
    "viewers": {None: ("pk", "sk"), "recent": ("pk", "rk")},
    "ops": {None: ("pk", "sk"), "gsi1": ("gsi1pk", "gsi1sk")},
}


class Table:
    """One table, asked as one of two clients."""

    def __init__(self, http: httpx.Client, name: str) -> None:
        self._http = http
        self.name = name

    def call(self, operation: str, request: dict[str, Any], signer: str = OURS) -> httpx.Response:
        return self._http.post(
            "/",
            json=request,
            headers={
                "x-amz-target": f"DynamoDB_20120810.{operation}",
                "authorization": f"AWS4-HMAC-SHA256 Credential={signer}/20261123/us-east-1/dynamodb/aws4_request,"
                " SignedHeaders=host, Signature=0",
            },
        )

    def write(self, operation: str, **request: Any) -> None:
        answer = self.call(operation, request)
        assert answer.status_code == 200, answer.text

    def compared(self, **request: Any) -> tuple[dict[str, Any], bool]:
        """The answer, and whether it came from sorted keys; fails unless ministack's own is the same."""
        request = {"TableName": self.name, **request}
        ours, theirs = self.call("Query", request), self.call("Query", request, FOREIGN)
        assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json())
        assert ours.headers.keys() == theirs.headers.keys()
        assert theirs.content.startswith((b'{"Items": ', b'{"__type": ', b'{"Count": '))
        return ours.json(), ours.content.startswith(b'{"Items":[')


@pytest.fixture
def tables(empty_cloud: Outputs, control: httpx.Client) -> dict[str, Table]:
    return {name: Table(control, physical) for name, physical in empty_cloud.tables.items()}


def typed(**texts: str | None) -> dict[str, Any]:
    return {name: {"S": text} for name, text in texts.items() if text is not None}


KEYS = st.builds(typed, pk=PARTITIONS, sk=TEXTS)
EXTRAS = st.builds(
    typed,
    gsi1pk=st.none() | PARTITIONS,
    gsi1sk=st.none() | TEXTS,
    gsi2pk=st.none() | PARTITIONS,
    gsi2sk=st.none() | TEXTS,
    rk=st.none() | TEXTS,
    role=st.none() | TEXTS,
    chr=st.none() | TEXTS,
    xyz=st.none() | TEXTS,
)


def write_of(draw: st.DrawFn, table: Table) -> None:
    key, extra = draw(KEYS), draw(EXTRAS)
    item, name = {**extra, **key}, table.name
    match draw(st.sampled_from(["put", "update", "remove", "delete", "batch", "transact", "statement"])):
        case "put":
            table.write("PutItem", TableName=name, Item=item)
        case "update" if extra:
            sets = ", ".join(f"{attribute} = :{attribute}" for attribute in extra if attribute != "role")
            values = {f":{attribute}": value for attribute, value in extra.items() if attribute != "role"}
            if values:
                table.write(
                    "UpdateItem",
                    TableName=name,
                    Key=key,
                    UpdateExpression=f"SET {sets}",
                    ExpressionAttributeValues=values,
                )
        case "remove":
            table.write("UpdateItem", TableName=name, Key=key, UpdateExpression="REMOVE gsi1pk, gsi2sk, rk")
        case "delete":
            table.write("DeleteItem", TableName=name, Key=key)
        case "batch":
            other = draw(KEYS.filter(lambda one: one != key))
            table.write(
                "BatchWriteItem",
                RequestItems={name: [{"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": other}}]},
            )
        case "transact":
            other = draw(KEYS.filter(lambda one: one != key))
            put, delete = {"Put": {"TableName": name, "Item": item}}, {"Delete": {"TableName": name, "Key": other}}
            table.write("TransactWriteItems", TransactItems=[put, delete])
        case "statement":
            where = f"pk = '{key['pk']['S']}' AND sk = '{key['sk']['S']}'"
            table.write("ExecuteStatement", Statement=f'DELETE FROM "{name}" WHERE {where}')


def query_of(draw: st.DrawFn, indexes: dict[str | None, tuple[str, str]]) -> dict[str, Any]:
    index = draw(st.sampled_from([*indexes]))
    partition, sort = indexes[index]
    low, high = sorted([draw(TEXTS), draw(TEXTS)])
    form = draw(
        st.sampled_from(
            [
                "",
                "begins_with({s}, :s)",
                "{s} BETWEEN :s AND :t",
                *(f"{{s}} {sign} :s" for sign in "= < <= > >=".split()),
            ]
        )
    )
    aliased, grouped = draw(st.booleans()), draw(st.booleans())
    text = ("#p" if aliased else partition) + " = :p"
    names, values = {"#p": partition}, {":p": {"S": draw(PARTITIONS)}}
    if form:
        text += " AND " + form.format(s="#s" if aliased else sort)
        names["#s"] = sort
        values |= {":s": {"S": low}} | ({":t": {"S": high}} if ":t" in form else {})
    request: dict[str, Any] = {
        "KeyConditionExpression": f"({text})" if grouped else text,
        "ExpressionAttributeValues": values,
    }
    if aliased:
        request["ExpressionAttributeNames"] = names
    if index is not None:
        request["IndexName"] = index
    optional = {
        "Limit": st.integers(1, 3),
        "ScanIndexForward": st.booleans(),
        "ConsistentRead": st.booleans() if index in (None, "recent") else st.just(False),
        "ReturnConsumedCapacity": st.sampled_from(["NONE", "TOTAL", "INDEXES"]),
    }
    return request | {name: draw(value) for name, value in optional.items() if draw(st.booleans())}


@pytest.mark.parametrize("name", INDEXES)
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_answers_are_those_of_ministack_whatever_was_written(
    tables: dict[str, Table], control: httpx.Client, name: str, data: st.DataObject
) -> None:
    control.post("/_marquee/reset", json={"scale": 0}).raise_for_status()
    table = tables[name]

    @st.composite
    def steps(draw: st.DrawFn) -> None:
        for _ in range(draw(st.integers(1, 8))):
            for _ in range(draw(st.integers(0, 6))):
                write_of(draw, table)
            request = query_of(draw, INDEXES[name])
            for _ in range(12):
                answer, sorted_keys = table.compared(**request)
                assert sorted_keys
                if "LastEvaluatedKey" not in answer:
                    break
                request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    data.draw(steps())


PLAIN = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": typed(**{":p": "P"})}
START = {"ExclusiveStartKey": typed(pk="P", sk="a")}


@pytest.mark.parametrize(
    "more",
    [
        {"FilterExpression": "role = :p"},
        {"ProjectionExpression": "pk"},
        {"Select": "COUNT"},
        {"IndexName": "none"},
        {"Limit": 0},
        {"IndexName": "gsi1", "ConsistentRead": True},
        {"ReturnConsumedCapacity": "ALL"},
        {"KeyConditionExpression": "sk = :p"},
        {"KeyConditionExpression": "pk = :p AND pk = :p"},
        {"KeyConditionExpression": "pk = :p AND role = :p"},
        {"KeyConditionExpression": "((pk = :p))"},
        {"KeyConditionExpression": "pk > :p"},
        {"KeyConditionExpression": "pk = :q"},
        {"KeyConditionExpression": "#p = :p"},
        {"KeyConditionExpression": ""},
        {"ExpressionAttributeNames": {"#unused": "pk"}},
        {"ExpressionAttributeNames": {}},
        {"ExpressionAttributeValues": {":p": {"N": "1"}}},
        {"ExpressionAttributeValues": {":p": {"S": ""}}},
        {"ExpressionAttributeValues": {":p": {"S": "P"}, ":unused": {"S": "x"}}},
        {"ExpressionAttributeValues": {":p": {"S": "P" * 3000}}},
        {"ExclusiveStartKey": typed(pk="Q", sk="a")},
        {"ExclusiveStartKey": typed(pk="P")},
        {"ExclusiveStartKey": typed(pk="P", sk="a", more="b")},
        {"ExclusiveStartKey": {}},
        {
            "KeyConditionExpression": "pk = :p AND sk BETWEEN :s AND :t",
            "ExpressionAttributeValues": typed(**{":p": "P", ":s": "b", ":t": "a"}),
        },
        {
            "KeyConditionExpression": "pk = :p AND sk > :s",
            "ExpressionAttributeValues": typed(**{":p": "P", ":s": "b"}),
            **START,
        },
    ],
)
def test_whatever_is_not_plain_is_left_to_ministack(tables: dict[str, Table], more: dict[str, Any]) -> None:
    table = tables["catalog"]
    table.write("PutItem", TableName=table.name, Item={**typed(pk="P", sk="a", role="P")})
    assert table.compared(**PLAIN | START) == ({"Items": [], "Count": 0, "ScannedCount": 0}, True)
    assert table.compared(**PLAIN | more)[1] is False


def test_an_unknown_table_is_ministacks_to_refuse(tables: dict[str, Table]) -> None:
    answer, sorted_keys = tables["ops"].compared(TableName="nowhere", **PLAIN)
    assert (answer["message"], sorted_keys) == ("Requested resource not found", False)


@pytest.mark.parametrize("more", [{}, {"IndexName": "gsi1"}, {"ScanIndexForward": False}, {"Limit": 4}])
def test_a_page_holds_a_megabyte(tables: dict[str, Table], more: dict[str, Any]) -> None:
    table = tables["ops"]
    for number in range(9):
        item = typed(pk="P", sk=f"{number}", gsi1pk="P", gsi1sk="same", filler="x" * (150_000 + number))
        table.write("PutItem", TableName=table.name, Item=item)
    condition = {"KeyConditionExpression": "gsi1pk = :p"} if more.get("IndexName") else {}
    request, pages = PLAIN | condition | more, []
    while True:
        answer, sorted_keys = table.compared(**request)
        assert sorted_keys
        pages.append(answer["Count"])
        if "LastEvaluatedKey" not in answer:
            break
        request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert pages == ([4, 4, 1] if "Limit" in more else [6, 3])


def test_an_index_that_is_added_later_is_found(empty_cloud: Outputs, control: httpx.Client) -> None:
    table = Table(control, "later")
    key_schema = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    table.write(
        "CreateTable",
        TableName="later",
        KeySchema=key_schema,
        AttributeDefinitions=attributes,
        BillingMode="PAY_PER_REQUEST",
    )
    try:
        table.write("PutItem", TableName="later", Item=typed(pk="P", sk="a", role="P"))
        assert table.compared(**PLAIN)[0]["Count"] == 1
        turned = [{"AttributeName": "sk", "KeyType": "HASH"}, {"AttributeName": "pk", "KeyType": "RANGE"}]
        index = {"IndexName": "turned", "KeySchema": turned, "Projection": {"ProjectionType": "KEYS_ONLY"}}
        table.write(
            "UpdateTable",
            TableName="later",
            AttributeDefinitions=attributes,
            GlobalSecondaryIndexUpdates=[{"Create": index}],
        )
        values = {"ExpressionAttributeValues": typed(**{":p": "a"})}
        answer, sorted_keys = table.compared(IndexName="turned", KeyConditionExpression="sk = :p", **values)
        assert (answer["Items"], sorted_keys) == ([typed(pk="P", sk="a")], True)
    finally:
        table.write("DeleteTable", TableName="later")
