"""`@idempotent(key:)`: a mutation that a client may repeat after a lost answer without doing it twice."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
import strawberry
from graphql import VariableNode
from strawberry.directive import DirectiveLocation

from graph.info import Info
from resolvers.once import once

Result = TypeVar("Result")

NAME = "idempotent"


@strawberry.directive(
    name=NAME,
    locations=[DirectiveLocation.FIELD],
    description=(
        "Makes a mutation safe to repeat: the same key and input from the same account within 24 hours answers the "
        "first result; other input is a CONFLICT. Writes that set a value are safe without it."
    ),
)
def idempotent(key: str) -> None:
    """Read by the mutations that create something; it changes no value."""


async def once_per_key(
    info: Info,
    input: Any,
    *,
    work: Callable[[], Awaitable[Result]],
    id_of: Callable[[Result], str],
    again: Callable[[str], Awaitable[Result]],
) -> Result:
    """Does `work`, once per key where the field carries the directive; see `resolvers.once`."""
    key = _key(info)
    if key is None:
        return await work()
    return await once(info.context, key, _digest(info, input), work=work, id_of=id_of, again=again)


def _key(info: Info) -> str | None:
    """The key as sent; validation has made sure that it is a string, or a variable of that type."""
    raw: Any = info._raw_info
    for directive in (one for node in raw.field_nodes for one in node.directives or () if one.name.value == NAME):
        value = directive.arguments[0].value
        return str(raw.variable_values[value.name.value] if isinstance(value, VariableNode) else value.value)
    return None


def _digest(info: Info, input: Any) -> str:
    asked = orjson.dumps([info.field_name, dataclasses.asdict(input)], default=str)
    return hashlib.sha256(asked).hexdigest()
