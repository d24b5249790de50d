"""What the engine hands out: finished JSON bytes, and beside them what a caller must know of the errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import orjson
from graphql import GraphQLError

FormatError = Callable[[GraphQLError], dict[str, Any]]
"""Makes the JSON of an error; one that has a method `many(errors)` makes that of all errors of an answer at once, for
example to bound them."""

Extensions = Callable[[], dict[str, Any] | None]


class Answer(NamedTuple):
    """One whole response.

    `body` is its JSON; `errors` are as the execution raised them, before `format_error`; `request_error` says that
    there is no `data` key (the variables could not be coerced); `data_is_null` that the key is there with null.
    """

    body: bytes
    errors: tuple[GraphQLError, ...] = ()
    request_error: bool = False
    data_is_null: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of an incremental delivery: `body` is its JSON, `has_next` its own `hasNext`."""

    body: bytes
    errors: tuple[GraphQLError, ...] = ()
    has_next: bool = False


def default_format_error(error: GraphQLError) -> dict[str, Any]:
    """The error as the specification prints it, nothing masked."""
    return cast("dict[str, Any]", error.formatted)


def dumps(value: Any) -> bytes:
    """JSON bytes; what orjson refuses (integers over 64 bits, lone surrogates, other keys) goes the slow way.

    A value that JSON does not know is written as its `str`.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, default=str, separators=(",", ":")).encode()


def response(
    data: bytes | None,
    errors: Sequence[GraphQLError],
    format_error: FormatError,
    extensions: Extensions | None = None,
) -> bytes:
    """The response's JSON around `data`, which is JSON already; None leaves the key out."""
    parts = [] if data is None else [b'"data":' + data]
    if errors:
        many = getattr(format_error, "many", None)
        parts.append(b'"errors":' + dumps(many(errors) if many else [format_error(error) for error in errors]))
    extra = extensions() if extensions is not None else None
    if extra:
        parts.append(b'"extensions":' + dumps(extra))
    return b"{" + b",".join(parts) + b"}"


def extended(body: bytes, extensions: Extensions) -> bytes:
    """A finished response with `extensions` added."""
    extra = extensions()
    return body[:-1] + b',"extensions":' + dumps(extra) + b"}" if extra else body


def request_error(
    errors: Sequence[GraphQLError], format_error: FormatError, extensions: Extensions | None = None
) -> Answer:
    """The answer to a request that could not begin: errors and no `data` key."""
    return Answer(response(None, errors, format_error, extensions), tuple(errors), True, False)
