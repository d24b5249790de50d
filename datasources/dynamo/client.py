"""A signed DynamoDB call from request bytes to parsed answer, with everything that can go wrong on the way.

An attempt whose answer is lost is made again, as AWS's own clients do, although it may have been carried out: a read or
a write of given values comes to the same, a transaction has a token that DynamoDB knows it by, a conditional write may
find its own first attempt, and ADD may count twice. What was refused was not carried out.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from zlib import crc32

import orjson

from datasources.deadline import exceeded, remaining
from datasources.dynamo.credentials import Credentials
from datasources.dynamo.failures import SKEWED, STALE_KEYS, THROTTLED, TRANSIENT, Rejected, nonsense, unreachable
from datasources.dynamo.http import Answer, Broken, Pool, Silent, Unreadable
from datasources.dynamo.options import Options
from datasources.dynamo.rejections import rejection
from datasources.dynamo.retries import Kind, Retries
from datasources.dynamo.signing import Clock, Signer
from domain.errors import Unavailable

_READS = frozenset({"GetItem", "BatchGetItem", "Query"})
"""What may be sent twice as a matter of course; a write is only sent again as an attempt that is counted and paid."""


class _Failed(Exception):
    """An attempt that failed: the caller's error, and what another attempt needs (None: none can succeed)."""

    def __init__(self, error: Exception, kind: Kind | None, again_at_once: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.kind = kind
        self.again_at_once = again_at_once


class Client:
    """Calls one endpoint; shares connections, credentials, clock and retry budget between all calls."""

    def __init__(self, options: Options, signer: Signer, clock: Clock, credentials: Credentials, pool: Pool) -> None:
        self._signer, self._clock, self._credentials, self._pool = signer, clock, credentials, pool
        self._retries = Retries(options.attempts)
        self._call_seconds, self._read_seconds = options.call_seconds, options.read_seconds

    async def call(self, operation: str, body: bytes) -> dict[str, Any]:
        """The parsed answer; raises Unavailable (or a kind of it) when there is none in the operation's time.

        A failed condition raises ConditionFailed, a cancelled transaction TransactionFailed.
        """
        left = remaining()
        if left <= 0:
            raise exceeded()
        end = time.monotonic() + min(left, self._call_seconds)
        try:
            return await self._attempts(operation, body, end)
        except _Failed as failed:
            late = isinstance(failed.error, Unavailable) and time.monotonic() >= end
            cut = late and left <= self._call_seconds
            raise exceeded() if cut else failed.error from failed.__cause__

    async def _attempts(self, operation: str, body: bytes, end: float) -> dict[str, Any]:
        number, last, corrected = 1, None, False
        while True:
            try:
                answer = await self._attempt(operation, body, end)
            except _Failed as failed:
                if failed.again_at_once and not corrected:
                    corrected = True
                    continue
                last = failed.kind
                delay = self._retries.delay(number, failed.kind) if failed.kind else None
                if delay is None or time.monotonic() + delay >= end:
                    raise
                number += 1
                await asyncio.sleep(delay)
            else:
                self._retries.succeeded(last)
                return answer

    async def _attempt(self, operation: str, body: bytes, end: float) -> dict[str, Any]:
        try:
            keys = await self._credentials.current(end)
        except Unavailable as error:
            raise _Failed(error, None) from error
        request = self._signer.request(operation, body, keys)
        try:
            answer = await self._pool.exchange(request, self._read_seconds, end, replace=operation in _READS)
        except Silent as error:
            raise _Failed(unreachable(), "timeout") from error
        except Broken as error:
            raise _Failed(unreachable(), "transient") from error
        except Unreadable as error:
            raise _Failed(nonsense(), None) from error
        if answer.status != 200:
            raise self._refused(answer)
        return _parsed(answer)

    def _refused(self, answer: Answer) -> _Failed:
        code, message, body = _error_of(answer.body)
        error = rejection(answer.status, code, message, body)
        failed = _Failed(error, _retryable(answer.status, code))
        failed.__cause__ = Rejected(answer.status, code, message)
        if code in SKEWED and self._clock.correct(answer.headers.get(b"date", b"").decode("latin-1")):
            failed.again_at_once = True
        if code in STALE_KEYS:
            self._credentials.forget()
            failed.again_at_once = True
        return failed


def _retryable(status: int, code: str) -> Kind | None:
    if code in THROTTLED:
        return "throttled"
    return "transient" if status in (500, 502, 503, 504) or code in TRANSIENT else None


def _parsed(answer: Answer) -> dict[str, Any]:
    checksum = answer.headers.get(b"x-amz-crc32")
    if checksum is not None and checksum != b"%d" % crc32(answer.body):
        raise _Failed(nonsense(), "transient")
    try:
        parsed = orjson.loads(answer.body)
    except ValueError as error:
        raise _Failed(nonsense(), None) from error
    if type(parsed) is not dict:
        raise _Failed(nonsense(), None)
    return parsed


def _error_of(body: bytes) -> tuple[str, str, dict[str, Any]]:
    """Code and message of an error answer, and the whole of it; empty where it is not of DynamoDB's making."""
    try:
        parsed = orjson.loads(body)
        name, message = parsed.get("__type", ""), parsed.get("message", parsed.get("Message", ""))
        return str(name).split(":", 1)[0].rsplit("#", 1)[-1], str(message), parsed
    except (AttributeError, ValueError):
        return "", body[:200].decode("latin-1"), {}
