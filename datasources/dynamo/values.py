"""Python values to DynamoDB's typed JSON and back.

A whole number comes back as int however it was written (3.0 is stored as 3); any other number as float.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

Attribute = dict[str, Any]
"""One typed value on the wire: {"S": "x"}, {"N": "1"}, ..."""


def encode(value: Any) -> Attribute:
    """The typed form of `value`; TypeError or ValueError for what DynamoDB cannot hold (no silent change)."""
    kind = type(value)
    if kind is str:
        return {"S": value}
    if kind is bool:
        return {"BOOL": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(value)}
    if isinstance(value, bytes | bytearray):
        return {"B": bytes(value)}
    if isinstance(value, Mapping):
        return {"M": encode_item(value)}
    if isinstance(value, list | tuple):
        return {"L": [encode(element) for element in value]}
    if isinstance(value, set | frozenset):
        return _encode_set(value)
    raise TypeError(f"DynamoDB has no type for {kind.__name__}")


def encode_item(item: Mapping[str, Any]) -> dict[str, Attribute]:
    """The typed form of a whole item."""
    return {name: encode(value) for name, value in item.items()}


def _number(value: int | float | Decimal) -> str:
    if isinstance(value, int):
        return int.__repr__(value)
    if not isfinite(value):
        raise ValueError("DynamoDB has no number for infinity or NaN")
    return repr(value) if isinstance(value, float) else str(value)


def _encode_set(value: set[Any] | frozenset[Any]) -> Attribute:
    if not value:
        raise ValueError("DynamoDB has no empty sets: remove the attribute instead")
    if all(isinstance(element, str) for element in value):
        return {"SS": sorted(value)}
    if all(isinstance(element, bytes) for element in value):
        return {"BS": sorted(value)}
    if all(isinstance(element, int | float | Decimal) and not isinstance(element, bool) for element in value):
        return {"NS": sorted(_number(element) for element in value)}
    raise TypeError("a DynamoDB set holds strings, numbers or bytes, all of one kind")


def number(text: str) -> int | float:
    """A number off the wire: int when it is whole, else float."""
    if text.isdecimal():
        return int(text)
    value = float(text)
    return int(Decimal(text)) if value.is_integer() else value


def _binary(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else b64decode(value, validate=True)


def _nothing(_: Any) -> None:
    return None


def _list(values: list[Attribute]) -> list[Any]:
    return [decode(value) for value in values]


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": number,
    "BOOL": bool,
    "NULL": _nothing,
    "B": _binary,
    "L": _list,
    "M": lambda value: decode_item(value),
    "SS": set,
    "NS": lambda values: set(map(number, values)),
    "BS": lambda values: set(map(_binary, values)),
}


def decode(attribute: Attribute) -> Any:
    """The Python value of one typed value; ValueError when it is not one."""
    try:
        ((kind, value),) = attribute.items()
        return _DECODERS[kind](value)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a DynamoDB value") from error


def decode_item(item: dict[str, Attribute]) -> dict[str, Any]:
    """The Python values of a whole item; ValueError when it is not one."""
    try:
        return {name: decode(value) for name, value in item.items()}
    except AttributeError as error:
        raise ValueError("not a DynamoDB item") from error


def decode_item_in_place(item: dict[str, Any]) -> dict[str, Any]:
    """As decode_item, for an item that nobody else holds: its own dict becomes the answer, which saves a second one.

    Most attributes of hot items are strings and numbers, so these are read without a call.
    """
    for name, typed in item.items():
        if "S" in typed:
            item[name] = typed["S"]
        elif "N" in typed:
            item[name] = number(typed["N"])
        elif "M" in typed:
            item[name] = decode_item_in_place(typed["M"])
        else:
            item[name] = decode(typed)
    return item
