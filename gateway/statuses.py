"""The one table of what goes wrong over HTTP: its code, and its status for either media type."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from domain.errors import Refused


class Case(Enum):
    """A way for a request to end: code, status as application/graphql-response+json, status as application/json.

    The specification's draft moves VALIDATION to 422; clients of today expect 400, so that move is made here when
    they follow.
    """

    MALFORMED = ("BAD_REQUEST", 400, 400)
    PARSE = ("GRAPHQL_PARSE_FAILED", 400, 200)
    LIMITS = ("TOO_COMPLEX", 400, 200)
    VALIDATION = ("GRAPHQL_VALIDATION_FAILED", 400, 200)
    OPERATION = ("BAD_REQUEST", 400, 400)
    VARIABLES = ("GRAPHQL_VALIDATION_FAILED", 400, 200)
    UNKNOWN_DOCUMENT = ("PERSISTED_DOCUMENT_NOT_FOUND", 404, 200)
    UNKNOWN_HASH = ("PERSISTED_QUERY_NOT_FOUND", 404, 200)
    WRONG_HASH = ("PERSISTED_QUERY_HASH_MISMATCH", 400, 400)
    UNAUTHENTICATED = ("UNAUTHENTICATED", 401, 401)
    FORBIDDEN = ("FORBIDDEN", 403, 403)
    NOT_FOUND = ("BAD_REQUEST", 404, 404)
    METHOD = ("BAD_REQUEST", 405, 405)
    NOT_ACCEPTABLE = ("BAD_REQUEST", 406, 406)
    TIME = ("BAD_REQUEST", 408, 408)
    BODY_SIZE = ("BAD_REQUEST", 413, 413)
    CONTENT_TYPE = ("BAD_REQUEST", 415, 415)
    HOST = ("BAD_REQUEST", 421, 421)
    HEADER_SIZE = ("BAD_REQUEST", 431, 431)
    RATE = ("RATE_LIMITED", 429, 429)
    INTERNAL = ("INTERNAL", 500, 500)
    OVERLOAD = ("OVERLOADED", 503, 503)
    UNAVAILABLE = ("UNAVAILABLE", 503, 503)
    DEADLINE = ("DEADLINE_EXCEEDED", 504, 504)

    def __init__(self, code: str, strict: int, plain: int) -> None:
        self.code = code
        self.strict = strict
        self.plain = plain


STAGES = {"parse": Case.PARSE, "limits": Case.LIMITS, "validation": Case.VALIDATION, "operation": Case.OPERATION}
"""What the engine's refusals are, by the stage that refused."""

_BY_CODE = {
    "BAD_REQUEST": Case.MALFORMED,
    "UNAUTHENTICATED": Case.UNAUTHENTICATED,
    "FORBIDDEN": Case.FORBIDDEN,
    "RATE_LIMITED": Case.RATE,
    "TOO_COMPLEX": Case.LIMITS,
    "GRAPHQL_VALIDATION_FAILED": Case.VARIABLES,
    "PERSISTED_QUERY_NOT_FOUND": Case.UNKNOWN_HASH,
    "PERSISTED_QUERY_HASH_MISMATCH": Case.WRONG_HASH,
    "PERSISTED_DOCUMENT_NOT_FOUND": Case.UNKNOWN_DOCUMENT,
    "OVERLOADED": Case.OVERLOAD,
    "DEADLINE_EXCEEDED": Case.DEADLINE,
    "UNAVAILABLE": Case.UNAVAILABLE,
    "UPSTREAM_THROTTLED": Case.UNAVAILABLE,
    "UPSTREAM_INVALID": Case.UNAVAILABLE,
}


class Rejected(Refused):
    """A request that ends before anything is executed; `case` is its row of the table."""

    def __init__(
        self,
        case: Case,
        message: str,
        *,
        retry_after: float | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.case = case
        self.headers = tuple(headers)


def case_of(refusal: Refused) -> Case:
    """The row of a refusal raised by any room."""
    return refusal.case if isinstance(refusal, Rejected) else _BY_CODE.get(refusal.code, Case.INTERNAL)


def code_of(refusal: Refused) -> str:
    """The published code of a refusal."""
    return refusal.case.code if isinstance(refusal, Rejected) else refusal.code
