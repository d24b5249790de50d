"""The parameters of a GET request, and the headers that prove that no foreign page sent it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from domain.errors import BadRequest
from gateway.body import decode
from gateway.negotiation import is_json
from gateway.request import GraphQLRequest, request_of

NAMES = frozenset({"query", "documentId", "operationName", "variables", "extensions"})
_JSON = frozenset({"variables", "extensions"})
_PREFLIGHTED = (b"graphql-require-preflight", b"apollo-require-preflight", b"x-apollo-operation-name")


def request_from_url(query_string: bytes) -> GraphQLRequest:
    """The request of a URL; other parameters are left to caches and analytics."""
    parameters: dict[str, object] = {}
    for name, value in _pairs(query_string):
        if name not in NAMES:
            continue
        if name in parameters:
            raise BadRequest(f"Parameter `{name}` must be sent once.")
        parameters[name] = _decoded(name, value) if name in _JSON else value
    return request_of(parameters)


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise BadRequest("The URL's parameters cannot be read: percent-encode them as UTF-8.") from None


def _decoded(name: str, text: str) -> object:
    if not text:
        return None
    try:
        return decode(text)
    except BadRequest as error:
        raise BadRequest(f"Parameter `{name}`: {error.message}") from None


def check_preflight(headers: Mapping[bytes, bytes], request: GraphQLRequest) -> None:
    """A page of another site can send a plain GET with no one's leave: ask for a header that it cannot set.

    Persisted documents need none: whoever published them decided what they do.
    """
    if request.query is None or any(name in headers for name in _PREFLIGHTED):
        return
    if is_json(headers.get(b"content-type", b"")):
        return
    raise BadRequest(
        "GET with `query` needs the header `graphql-require-preflight: 1` (or `content-type: application/json`). "
        "Send it, use POST, or use a persisted document."
    )
