"""One GraphQL request as it came over any transport, with every type already checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from domain.errors import BadRequest
from gateway.body import decode


@dataclass(slots=True, kw_only=True)
class GraphQLRequest:
    """The parameters of GraphQL over HTTP; None where the client left one out or sent null.

    Not frozen, because one is made for every request that is new; nobody changes it but `spelling`.
    """

    query: str | None = None
    document_id: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None
    spelt: bytes | None = field(default=None, init=False, compare=False, repr=False)

    def spelling(self) -> bytes:
        """The variables in one text, whatever their order; worked out once, for a request may be remembered."""
        if self.spelt is not None:
            return self.spelt
        # A copy: what orjson returns holds its whole buffer, which is 4 kB at least and twice a long text.
        text = bytes(memoryview(orjson.dumps(self.variables, option=orjson.OPT_SORT_KEYS))) if self.variables else b""
        self.spelt = text
        return text


_SMALL = 4096
"""Bytes of a body that may be remembered; there are at most 512 of them."""


def request_in(raw: bytes) -> GraphQLRequest:
    """The request that a JSON body holds; raises BadRequest.

    Small queries are remembered with what they say, because clients send the same ones again and again: nobody may
    change a request. What may hold a secret, a mutation above all, is forgotten.
    """
    if len(raw) > _SMALL or b"mutation" in raw or b'"query"' not in raw:
        return request_of(decode(raw))
    return _remembered(raw)


@lru_cache(maxsize=512)
def _remembered(raw: bytes) -> GraphQLRequest:
    return request_of(decode(raw))


_TEXTS = ("query", "documentId", "operationName")
_MAPS = ("variables", "extensions")


def request_of(parameters: object) -> GraphQLRequest:
    """Checks the decoded parameters; a wrong type is a BadRequest that names the parameter and the right type."""
    if not isinstance(parameters, dict):
        raise BadRequest(_not_an_object(parameters))
    get = parameters.get
    query, document_id, name = get("query"), get("documentId"), get("operationName")
    variables, extensions = get("variables"), get("extensions")
    if not (
        (query is None or isinstance(query, str))
        and (document_id is None or isinstance(document_id, str))
        and (name is None or isinstance(name, str))
        and (variables is None or isinstance(variables, dict))
        and (extensions is None or isinstance(extensions, dict))
    ):
        raise BadRequest(_wrong_type(parameters))
    return GraphQLRequest(
        query=query, document_id=document_id, operation_name=name or None, variables=variables, extensions=extensions
    )


def _not_an_object(parameters: object) -> str:
    if isinstance(parameters, list):
        return "Batches are off: send one JSON object per request, not an array."
    return 'The body must be a JSON object such as {"query": "{ genres { name } }"}.'


def _wrong_type(parameters: Mapping[str, object]) -> str:
    for name in _TEXTS:
        if not isinstance(parameters.get(name), str | None):
            return f"Parameter `{name}` must be a string."
    for name in _MAPS:
        if not isinstance(parameters.get(name), dict | None):
            return f"Parameter `{name}` must be a JSON object."
    raise AssertionError("every parameter has the right type")
