"""Turns every error of an answer into what a client may know: a published code, a message that says what to do.

Whatever is not meant for clients becomes INTERNAL with an id, and the same id stands in the log beside the cause.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from domain.errors import MarqueeError, Refused, UserFault
from gateway.statuses import code_of
from graph.extensions.limits import DocumentLimits, token_refusal

FormatError = Callable[[GraphQLError], dict[str, Any]]

CODES = frozenset(
    {
        "BAD_REQUEST",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "UNAUTHENTICATED",
        "FORBIDDEN",
        "RATE_LIMITED",
        "OVERLOADED",
        "TOO_COMPLEX",
        "DEADLINE_EXCEEDED",
        "UNAVAILABLE",
        "UPSTREAM_THROTTLED",
        "UPSTREAM_INVALID",
        "CURSOR_EXPIRED",
        "PERSISTED_QUERY_NOT_FOUND",
        "PERSISTED_QUERY_HASH_MISMATCH",
        "PERSISTED_DOCUMENT_NOT_FOUND",
        "INTERNAL",
    }
)
"""Every code that a response error can have."""

SUGGESTS = "suggests"
"""Marks, in its extensions, an error whose suggestions are for its caller whatever the formatter; never told."""

MAX_ERRORS = 20
MAX_MESSAGE = 1000
MAX_BYTES = 32_768
MAX_LOCATIONS = 5
MAX_PATH = 32

_SUGGESTION = re.compile(r" Did you mean .*\Z", re.DOTALL)
_CAUSE = re.compile(r", but encountered error '.*?'; found", re.DOTALL)
_OPERATION = re.compile(r"Must provide (an )?operation|Unknown operation named ")
_ARGUMENT = re.compile(r"Argument '\w+' ")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Formatter:
    """Makes the JSON of an error, and of all errors of an answer together, which bounds them."""

    suggestions: bool
    bounds: DocumentLimits
    maximum: int

    def __call__(self, error: GraphQLError) -> dict[str, Any]:
        message, extensions = _told(error, self.bounds)
        if not self.suggestions and SUGGESTS not in (error.extensions or ()):
            message = _SUGGESTION.sub("", message)
        return _shape(error, message, extensions)

    def many(self, errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
        """At most `maximum`, equal ones once."""
        return format_errors(errors, self, maximum=self.maximum)


def error_formatter(
    *, suggestions: bool = False, limits: DocumentLimits | None = None, maximum: int = MAX_ERRORS
) -> FormatError:
    """The formatter of one audience; `suggestions` lets "Did you mean" through, `maximum` bounds an answer's errors."""
    return Formatter(suggestions, limits or DocumentLimits(), maximum)


def format_error(error: GraphQLError) -> dict[str, Any]:
    """The formatter for everyone: no suggestions."""
    return _EVERYONE(error)


def format_errors(
    errors: Sequence[GraphQLError], formatter: FormatError = format_error, *, maximum: int = MAX_ERRORS
) -> list[dict[str, Any]]:
    """The errors of one answer: equal ones once, `maximum` and MAX_BYTES at most; the last says what was left out."""
    shown: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    size = dropped = 0
    for error in errors:
        if len(shown) >= maximum or size > MAX_BYTES:
            dropped += 1
            continue
        entry = formatter(error)
        key = (entry["message"], str(entry.get("path")))
        if key not in seen:
            seen.add(key)
            shown.append(entry)
            size += len(entry["message"]) + 20 * len(entry.get("path", ())) + 200
    if dropped:
        shown[-1]["extensions"] = {**shown[-1]["extensions"], "omittedErrors": dropped}
    return shown


def refusal_entry(refusal: Refused) -> dict[str, Any]:
    """The response error of a request that was refused before anything ran."""
    return {"message": refusal.message, "extensions": _of_refusal(refusal)}


def codes_of(entries: Iterable[dict[str, Any]]) -> list[str]:
    """The distinct codes of formatted errors, for logs and metrics."""
    return sorted({entry["extensions"]["code"] for entry in entries})


def _told(error: GraphQLError, limits: DocumentLimits) -> tuple[str, dict[str, Any]]:
    """Message and extensions for a client, whatever the audience."""
    cause = _cause(error)
    code = (error.extensions or {}).get("code")
    if code in CODES:
        return error.message, dict(error.extensions or {})
    if isinstance(cause, Refused):
        return cause.message, _of_refusal(cause)
    if isinstance(cause, UserFault):
        return cause.message, {"code": "BAD_REQUEST", "reason": cause.code}
    if isinstance(error, GraphQLSyntaxError):
        refusal = token_refusal(error, limits)
        if refusal is not None:
            return refusal.message, dict(refusal.extensions or {})
        return error.message, {"code": "GRAPHQL_PARSE_FAILED"}
    if error.path is None:
        return _request_message(error, cause), {"code": _request_code(error)}
    if cause is None and _ARGUMENT.match(error.message):
        return error.message, {"code": "GRAPHQL_VALIDATION_FAILED"}
    return _masked(error, cause)


def _request_code(error: GraphQLError) -> str:
    return "BAD_REQUEST" if _OPERATION.match(error.message) else "GRAPHQL_VALIDATION_FAILED"


def _request_message(error: GraphQLError, cause: BaseException | None) -> str:
    """graphql-core puts a scalar's exception into its message: ours explain, any other one is nobody's business."""
    friendly = cause is None or isinstance(cause, ValueError | MarqueeError)
    return error.message if friendly else _CAUSE.sub(", found", error.message)


def _cause(error: GraphQLError) -> BaseException | None:
    """The first cause that is no GraphQLError."""
    cause: BaseException | None = error.original_error
    for _ in range(8):
        if not isinstance(cause, GraphQLError):
            break
        cause = cause.original_error
    return cause if not isinstance(cause, GraphQLError) else None


def _of_refusal(refusal: Refused) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": code_of(refusal)}
    if refusal.retry_after is not None:
        extensions["retryAfter"] = refusal.retry_after
    return extensions


def _masked(error: GraphQLError, cause: BaseException | None) -> tuple[str, dict[str, Any]]:
    id_ = secrets.token_hex(8)
    log.error(
        "internal_error",
        error_id=id_,
        error=type(cause or error).__name__,
        path=".".join(map(str, error.path or ()))[:200],
        exc_info=cause or error,
    )
    message = f"Something failed on our side. Try again, and name the id {id_} when you report it."
    return message, {"code": "INTERNAL", "id": id_}


def _shape(error: GraphQLError, message: str, extensions: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": message if len(message) <= MAX_MESSAGE else f"{message[: MAX_MESSAGE - 1]}…"}
    if error.locations:
        entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations[:MAX_LOCATIONS]]
    if error.path is not None:
        entry["path"] = error.path[:MAX_PATH]
    entry["extensions"] = extensions
    return entry


_EVERYONE = error_formatter()
