"""The demo catalogue in the tables: whole, and restored by every reset."""

from __future__ import annotations

from itertools import islice

import httpx
import pytest

from datasources.dynamo.values import decode_item
from emulation.catalogue import _as_json
from emulation.demo import load
from emulation.outputs import Outputs
from emulation.provision import Clients


def stored(outputs: Outputs, item):
    dynamodb = Clients(endpoint_url=outputs.endpoint_url)("dynamodb")
    key = {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
    return decode_item(dynamodb.get_item(TableName=outputs.tables["catalog"], Key=key)["Item"])


def test_items_arrive_as_they_were_loaded(demo_cloud, control):
    items = [item for _, item in load(200)]
    answer = control.post("/_marquee/reset", json={"scale": 200}).json()
    assert answer["items"][demo_cloud.tables["catalog"]] == len({(item["pk"], item["sk"]) for item in items})
    for item in islice(items, 0, None, 500):
        assert stored(demo_cloud, item) == item


def test_a_reset_undoes_every_change(demo_cloud, control):
    dynamodb = Clients(endpoint_url=demo_cloud.endpoint_url)("dynamodb")
    item = next(item for _, item in load(200) if item["sk"] == "META")
    key = {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
    table = demo_cloud.tables["catalog"]
    dynamodb.update_item(
        TableName=table, Key=key, UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": {"N": "99"}}
    )
    control.post("/_marquee/reset", json={"scale": 200}).raise_for_status()
    assert stored(demo_cloud, item) == item
    dynamodb.delete_item(TableName=table, Key=key)
    control.post("/_marquee/reset", json={"scale": 200}).raise_for_status()
    assert stored(demo_cloud, item) == item


def test_a_scale_that_is_no_number_is_refused(control: httpx.Client):
    answer = control.post("/_marquee/reset", json={"scale": "many"})
    assert (answer.status_code, "ValueError" in answer.json()["error"]) == (400, True)


def test_binary_is_stored_as_base64_and_nothing_else_slips_in():
    assert _as_json({"b": {"B": b"\x00\xff"}, "l": {"L": [{"BS": [b"a"]}]}}) == {
        "b": {"B": "AP8="},
        "l": {"L": [{"BS": ["YQ=="]}]},
    }
    with pytest.raises(TypeError):
        _as_json({"x": {"S": object()}})
