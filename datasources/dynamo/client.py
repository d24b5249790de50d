"""A signed DynamoDB call from request bytes to parsed answer, with everything that can go wrong on the way.

Meant for reads: an attempt whose answer is lost is made again.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any
from zlib import crc32

import orjson

from datasources.deadline import exceeded, remaining
from datasources.dynamo.credentials import Credentials
from datasources.dynamo.failures import (
    SKEWED,
    STALE_KEYS,
    THROTTLED,
    TRANSIENT,
    Rejected,
    nonsense,
    refusal,
    unreachable,
)
from datasources.dynamo.http import Answer, Broken, Pool, Silent, Unreadable
from datasources.dynamo.options import Options
from datasources.dynamo.retries import Kind, Retries
from datasources.dynamo.signing import Clock, Signer
from domain.errors import Unavailable


class _Failed(Exception):
    """An attempt that failed: the caller's error, and what another attempt needs (None: none can succeed)."""

    def __init__(self, error: Unavailable, kind: Kind | None, again_at_once: bool = False) -> None:
        super().__init__(error.message)
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
        """The parsed answer; raises Unavailable (or a kind of it) when there is none in the operation's time."""
        left = remaining()
        if left <= 0:
            raise exceeded()
        end = time.monotonic() + min(left, self._call_seconds)
        try:
            return await self._attempts(operation, body, end)
        except _Failed as failed:
            cut = left <= self._call_seconds and time.monotonic() >= end
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
            answer = await self._pool.exchange(request, self._read_seconds, end)
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
        code, message = _error_of(answer.body)
        failed = _Failed(refusal(answer.status, code), _retryable(answer.status, code))
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


def _error_of(body: bytes) -> tuple[str, str]:
    """Code and message of an error answer; empty where it is not of DynamoDB's making."""
    try:
        parsed = orjson.loads(body)
        name, message = parsed.get("__type", ""), parsed.get("message", parsed.get("Message", ""))
        return str(name).split(":", 1)[0].rsplit("#", 1)[-1], str(message)
    except (AttributeError, ValueError):
        return "", body[:200].decode("latin-1")
