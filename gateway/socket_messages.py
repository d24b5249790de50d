"""The messages of graphql-transport-ws: read strictly, written as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from domain.errors import BadRequest
from gateway.body import decode
from gateway.request import GraphQLRequest, request_of

MAX_ID = 256


class BadMessage(Exception):
    """A message outside the protocol; the socket closes with 4400 and this reason."""


@dataclass(frozen=True, slots=True)
class Init:
    """connection_init; header-like names in lower case, `headers` inside of it opened."""

    credentials: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ping:
    """ping; may carry fresh credentials."""

    credentials: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pong:
    """pong."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """subscribe."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """complete: the client wants no more."""

    id: str


Incoming = Init | Ping | Pong | Subscribe | Complete


def read(text: str | None) -> Incoming:
    """The message of a frame, None for a frame that is not text; raises BadMessage."""
    if text is None:
        raise BadMessage("Messages are text frames")
    try:
        message = decode(text)
        if not isinstance(message, dict):
            raise BadMessage("A message is a JSON object")
        return _of(message)
    except BadRequest as error:
        raise BadMessage(error.message) from None


def _of(message: dict[str, Any]) -> Incoming:
    kind = message.get("type")
    if kind == "subscribe":
        return Subscribe(_id(message), _request(message.get("payload")))
    if kind == "complete":
        return Complete(_id(message))
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise BadMessage("`payload` must be an object")
    if kind == "connection_init":
        return Init(_credentials(payload or {}))
    if kind == "ping":
        return Ping(_credentials(payload or {}))
    if kind == "pong":
        return Pong()
    raise BadMessage("`type` is none of the protocol's")


def _id(message: dict[str, Any]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID:
        raise BadMessage(f"`id` must be a string of 1 to {MAX_ID} characters")
    return id_


def _request(payload: object) -> GraphQLRequest:
    if not isinstance(payload, dict):
        raise BadMessage("`payload` must be an object")
    request = request_of(payload)
    if request.query is None and request.document_id is None and "persistedQuery" not in (request.extensions or {}):
        raise BadMessage("`payload.query` must be a string")
    return request


def _credentials(payload: dict[str, Any]) -> dict[str, str]:
    """Clients send what would be headers either at the top or in `headers`."""
    inner = payload.get("headers")
    pairs = {**payload, **(inner if isinstance(inner, dict) else {})}
    found = {
        name.lower(): value for name, value in pairs.items() if name.lower() in ("authorization", "x-profile-token")
    }
    if not all(isinstance(value, str | None) for value in found.values()):
        raise BadMessage("Credentials must be strings")
    return {name: value for name, value in found.items() if value}


ACK = '{"type":"connection_ack"}'
PONG = '{"type":"pong"}'


def following(id_: str, body: bytes) -> str:
    """next."""
    return f'{{"id":{_quoted(id_)},"type":"next","payload":{body.decode()}}}'


def errors(id_: str, body: bytes) -> str:
    """error: the errors of a response that has no data; it ends the operation."""
    return f'{{"id":{_quoted(id_)},"type":"error","payload":{orjson.dumps(orjson.loads(body)["errors"]).decode()}}}'


def complete(id_: str) -> str:
    """complete: nothing more comes."""
    return f'{{"id":{_quoted(id_)},"type":"complete"}}'


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
