"""Reads a request body within bounds, and decodes it as strict JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

from domain.errors import BadRequest
from gateway.negotiation import is_json
from gateway.statuses import Case, Rejected

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_NESTING = 64
_LARGEST = 2**63 - 1
_SMALLEST = -(2**63)
_KEY = re.compile(rb'"\s*:')
"""At least one match for each key of the text, and a few more where a string holds a quoted colon."""
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class ClientGone(Exception):
    """The client closed its connection; nobody is left to answer."""


def check_coding(headers: Mapping[bytes, bytes]) -> None:
    """Raises Rejected for a body that is no JSON, or packed."""
    if not is_json(headers.get(b"content-type", b"")):
        raise Rejected(Case.CONTENT_TYPE, "POST takes one content type. Send Content-Type: application/json.")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Rejected(Case.CONTENT_TYPE, "Compressed bodies are not taken. Leave Content-Encoding out.")


async def read(receive: Receive, *, announced: bytes | None, limit: int) -> bytes:
    """The whole body; a Rejected when `announced` (Content-Length) or what arrives exceeds `limit`. The caller holds
    the time.
    """
    if announced is not None and announced.isdigit() and int(announced[:20]) > limit:
        raise too_large(limit)
    message = await receive()
    body: bytes | bytearray = message.get("body", b"")
    while message["type"] != "http.disconnect":
        if len(body) > limit:
            raise too_large(limit)
        if not message.get("more_body"):
            return bytes(body)
        message = await receive()
        body = bytearray(body) if isinstance(body, bytes) else body
        body += message.get("body", b"")
    raise ClientGone


def too_large(limit: int) -> Rejected:
    """What to raise for a body of more than `limit` bytes."""
    return Rejected(Case.BODY_SIZE, f"The body has more than {limit} bytes. Send a smaller one; files go to S3.")


def too_slow(seconds: float) -> Rejected:
    """What to raise when the body takes longer than `seconds`."""
    return Rejected(Case.TIME, f"The body was not complete after {seconds:g} s. Send it faster.")


def decode(raw: bytes | str) -> object:
    """The JSON value; a BadRequest for anything that two parsers could read in two ways.

    orjson refuses NaN, broken UTF-8 and lone surrogates; the rest of the rules cost a short walk over the value, and
    only a text that looks suspicious is read a second time, slowly, for the exact reason.
    """
    data = raw.encode() if isinstance(raw, str) else raw
    try:
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The JSON cannot be read: {_position(error)}.") from None
    if not _plain(value, len(_KEY.findall(data))):
        _by_the_book(data)
    return value


def _position(error: orjson.JSONDecodeError) -> str:
    return f"{error.msg.partition(':')[0]}, line {error.lineno}, column {error.colno}"


def _plain(value: object, keys: int) -> bool:
    """True when the value certainly keeps the rules; False when the text has to be read by the book."""
    members = depth = 0
    level: list[Any] = [value]
    while level:
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                members += len(item)
                below += item.values()
            elif kind is list:
                below += item
            elif kind is int and not _SMALLEST <= item <= _LARGEST:
                return False
            elif kind is float and not _SMALLEST < item < _LARGEST:
                return False  # perhaps an integer that was too wide
        level = below
        depth += 1
    return keys <= members and depth <= MAX_NESTING


def _by_the_book(raw: bytes) -> None:
    """Finds the rule that is broken, if any: the sieve also stops numbers like 1e300 and keys inside of strings."""
    if _nesting(raw) > MAX_NESTING:
        raise BadRequest(f"The JSON is nested deeper than {MAX_NESTING} levels.")
    json.loads(raw, object_pairs_hook=_unique, parse_int=_narrow)


def _nesting(raw: bytes) -> int:
    depth = deepest = 0
    for token in _BRACKETS.findall(raw):
        if token in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in b"]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadRequest(f"The JSON has the key {twice[:40]!r} twice in one object.")
    return found


def _narrow(digits: str) -> int:
    if len(digits) > 20 or not _SMALLEST <= int(digits) <= _LARGEST:
        raise BadRequest("The JSON has an integer of more than 64 bits. Send it as a string.")
    return int(digits)
