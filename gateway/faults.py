"""The answers to requests that end before anything is executed: JSON with a code, and what the status asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

import orjson
from graphql import GraphQLError

from domain.errors import Refused
from gateway.masking import format_errors, refusal_entry
from gateway.middleware.cors import HeaderList
from gateway.statuses import Case, Rejected, case_of

FormatError = Callable[[GraphQLError], dict[str, Any]]


def refusal_body(refusal: Refused) -> bytes:
    """One error with its code, and no `data` key."""
    entry = refusal_entry(refusal)
    if refusal.retry_after is not None:
        entry["extensions"]["retryAfter"] = ceil(refusal.retry_after)
    return orjson.dumps({"errors": [entry]})


def errors_body(errors: Sequence[GraphQLError], format_error: FormatError) -> bytes:
    """The errors of a document that was refused."""
    return orjson.dumps({"errors": format_errors(errors, format_error)})


def internal_body(error: Exception, format_error: FormatError) -> bytes:
    """One masked error whose id is in the log; masking takes it for a field's, so the path comes off again."""
    entry = format_error(GraphQLError("internal", path=["request"], original_error=error))
    entry.pop("path", None)
    return orjson.dumps({"errors": [entry]})


def refusal_headers(refusal: Refused) -> HeaderList:
    """What the status itself asks for: when to come back, which methods there are, how to sign in."""
    headers: HeaderList = list(refusal.headers) if isinstance(refusal, Rejected) else []
    case = case_of(refusal)
    if refusal.retry_after is not None or case in (Case.OVERLOAD, Case.RATE, Case.UNAVAILABLE):
        headers.append((b"retry-after", b"%d" % max(1, ceil(refusal.retry_after or 1))))
    if case is Case.UNAUTHENTICATED:
        headers.append((b"www-authenticate", b'Bearer realm="marquee", error="invalid_token"'))
    return headers
