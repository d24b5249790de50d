"""Python values to DynamoDB's typed JSON and back."""

from __future__ import annotations

from base64 import b64encode
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.dynamo.values import decode, decode_item, decode_item_in_place, encode, encode_item, number

scalars = (
    st.none()
    | st.booleans()
    | st.text(max_size=20)
    | st.integers(-(10**37), 10**37)
    | st.floats(-(2.0**53), 2.0**53)
    | st.binary(max_size=20)
)
sets = st.sets(st.text(max_size=5), min_size=1) | st.sets(st.integers(), min_size=1) | st.sets(st.binary(), min_size=1)
values = st.recursive(
    scalars | sets,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=4),
    max_leaves=12,
)
items = st.dictionaries(st.sampled_from(["pk", "S", "N", "M", "L", "BOOL", "x", "ü"]), values, max_size=8)


def _wire(typed: Any) -> Any:
    """As it looks in JSON: bytes in base64."""
    if isinstance(typed, dict):
        return {name: _wire(value) for name, value in typed.items()}
    if isinstance(typed, list):
        return [_wire(value) for value in typed]
    return b64encode(typed).decode() if isinstance(typed, bytes) else typed


@given(items)
def test_every_value_comes_back_equal(item: dict[str, Any]) -> None:
    typed = encode_item(item)
    assert decode_item(typed) == item
    assert decode_item(_wire(typed)) == item


@given(items)
def test_both_decoders_agree(item: dict[str, Any]) -> None:
    typed = _wire(encode_item(item))
    assert decode_item_in_place(deepcopy(typed)) == decode_item(typed)


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        ("", {"S": ""}),
        (True, {"BOOL": True}),
        (0, {"N": "0"}),
        (-7, {"N": "-7"}),
        (7.25, {"N": "7.25"}),
        (Decimal("0.10"), {"N": "0.10"}),
        (None, {"NULL": True}),
        (b"\x00", {"B": b"\x00"}),
        ([1, "a"], {"L": [{"N": "1"}, {"S": "a"}]}),
        ((), {"L": []}),
        ({"S": {"S": "x"}}, {"M": {"S": {"M": {"S": {"S": "x"}}}}}),
        ({"b", "a"}, {"SS": ["a", "b"]}),
        (frozenset({2, 10}), {"NS": ["10", "2"]}),
    ],
)
def test_each_kind_of_value_has_its_type(value: Any, typed: Any) -> None:
    assert encode(value) == typed


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("-7", -7), ("7.0", 7), ("1E+2", 100), ("7.25", 7.25), ("-0.5", -0.5), ("9" * 38, int("9" * 38))],
)
def test_a_whole_number_is_an_int_however_it_is_written(text: str, value: float) -> None:
    assert number(text) == value
    assert type(number(text)) is type(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), set(), Decimal("NaN")])
def test_what_dynamodb_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="DynamoDB has no"):
        encode(value)


@pytest.mark.parametrize("value", [object(), {1, "a"}, {True}, {("a",)}])
def test_what_has_no_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("typed", ["text", {}, {"S": "a", "N": "1"}, {"Q": 1}, {"M": "x"}, {"N": "x"}, {"L": 1}, None])
def test_what_is_no_typed_value_is_a_value_error(typed: Any) -> None:
    with pytest.raises(ValueError):
        decode(typed)
