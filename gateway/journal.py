"""The end of every operation: counted always, logged when it failed, was slow, or is one of the sample."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from graphql import GraphQLError, GraphQLSyntaxError

from domain.errors import Refused, UserFault
from gateway.logs import operation_log
from gateway.operations import Prepared
from gateway.statuses import Case, code_of
from gateway.telemetry import Telemetry
from graph.callers import CallerClass

SLOW_SECONDS = 1.0
CLIENT_GONE = "CLIENT_GONE"
"""Told to nobody: the client left before its answer."""
_NOBODY = CallerClass.ANONYMOUS.value
_QUIET = frozenset({"PERSISTED_QUERY_NOT_FOUND", "OVERLOADED", "RATE_LIMITED", CLIENT_GONE})
"""Counted, and logged as rarely as success: a flood must not be paid for with lines."""


class Entry:
    """What is known of an operation so far."""

    __slots__ = ("caller", "client", "codes", "id", "prepared", "started", "status", "transport")

    def __init__(self, id_: bytes, transport: str) -> None:
        self.id = id_
        self.transport = transport
        self.started = time.perf_counter()
        self.prepared: Prepared | None = None
        self.caller = _NOBODY
        self.status: int | None = None
        self.codes: list[str] = []
        self.client: str | None = None

    def failed(self, errors: Iterable[GraphQLError]) -> None:
        """Notes the codes of errors, as they were raised."""
        self.codes += [error_code(error) for error in errors]


class Recorder(Protocol):
    """Takes finished entries."""

    def close(self, entry: Entry) -> None: ...


class Journal:
    """`sample` is the share of successful operations that are logged."""

    def __init__(self, telemetry: Telemetry, *, sample: float) -> None:
        self._telemetry = telemetry
        self._sample = sample

    def close(self, entry: Entry) -> None:
        """Counts the operation, and perhaps writes its one line."""
        seconds = time.perf_counter() - entry.started
        prepared, codes = entry.prepared, entry.codes
        operation = prepared.plan.operation if prepared is not None else "none"
        outcome = "ok" if not codes else "failed" if prepared is not None else "refused"
        cost = prepared.cost if prepared is not None else 0
        self._telemetry.operation(entry.transport, operation, entry.caller, outcome, seconds, cost)
        for code in codes:
            self._telemetry.error(code)
        if (codes and not _QUIET.issuperset(codes)) or seconds >= SLOW_SECONDS or random.random() < self._sample:
            self._log(entry, operation, seconds)

    def _log(self, entry: Entry, operation: str, seconds: float) -> None:
        prepared = entry.prepared
        operation_log(
            request_id=entry.id.decode(),
            transport=entry.transport,
            operation=operation,
            name=prepared.plan.name if prepared else None,
            document_hash=prepared.plan.document_hash if prepared else None,
            caller=entry.caller,
            cost=prepared.cost if prepared else None,
            seconds=seconds,
            status=entry.status,
            codes=sorted(set(entry.codes)),
            client=entry.client,
        )


def error_code(error: GraphQLError) -> str:
    """The published code of an error, without masking it once more."""
    code = (error.extensions or {}).get("code")
    if isinstance(code, str):
        return code
    if isinstance(error, GraphQLSyntaxError):
        return Case.PARSE.code
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, Refused):
        return code_of(cause)
    if isinstance(cause, UserFault) or error.path is None:
        return "BAD_REQUEST" if isinstance(cause, UserFault) else "GRAPHQL_VALIDATION_FAILED"
    return "INTERNAL" if cause is not None else "GRAPHQL_VALIDATION_FAILED"


def client_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The client's own name and version, where it tells them."""
    name = headers.get(b"apollographql-client-name")
    if name is None:
        return None
    version = headers.get(b"apollographql-client-version", b"")
    return (name + b"/" + version).decode("latin-1")[:100]
