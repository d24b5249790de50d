"""The event lake: what profiles did, under pseudonyms, as files of JSON lines in S3 in the layout of a Firehose stream.

Events are told without waiting. They are written together, by the hour of their writing:
`dt=YYYY-MM-DD/HH/part-<uuid>.jsonl`. What does not fit into the queue is dropped and counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from datasources.calls import record
from datasources.dependency import Dependency, Limits, Observe
from domain.errors import Unavailable
from domain.recommending import ImpressionAction, profile_pseudonym
from domain.watching import Feedback, ProfileKey, ProgressRecord, title_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffering:
    """A file is written when `lines` wait or the oldest has waited `seconds`; no more than `waiting` lines wait.

    `farewell` is how long the process tries to write what is left when it stops.
    """

    lines: int = 500
    seconds: float = 5.0
    waiting: int = 20_000
    farewell: float = 5.0


@dataclass(slots=True)
class LakeStats:
    """Events since the start: written, and dropped because the queue was full or the process ended."""

    written: int = 0
    dropped: int = 0


class EventLake:
    """Tells events; `client` is an aiobotocore S3 client, `key` makes the pseudonyms."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        key: bytes,
        *,
        buffering: Buffering | None = None,
        observe: Observe | None = None,
    ) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self._buffering = buffering or Buffering()
        self._lines: deque[bytes] = deque()
        self._enough = asyncio.Event()
        self._any = asyncio.Event()
        limits = Limits(seconds=4.0, in_flight=1, waiting=1, least_calls=5, open_seconds=5.0)
        self.dependency = Dependency("events", limits, observe=observe)
        self.stats = LakeStats()

    def progress(self, profile: ProfileKey, seen: ProgressRecord) -> None:
        """How far a profile is in a playable; `fraction` is 0 to 1."""
        self._tell(
            {
                "type": "progress",
                "profile": profile_pseudonym(self._key, profile),
                "title": title_of(seen.playable),
                "at": _text(seen.observed_at),
                "fraction": round(seen.fraction, 4),
                "completed": seen.completed,
            }
        )

    def feedback(self, profile: ProfileKey, title_id: str, value: Feedback | None, at: datetime) -> None:
        """What a profile thinks of a title; None takes it back."""
        self._tell(
            {
                "type": "feedback",
                "profile": profile_pseudonym(self._key, profile),
                "title": title_id,
                "at": _text(at),
                "value": None if value is None else value.value,
            }
        )

    def impression(
        self,
        profile: ProfileKey | None,
        title_id: str,
        at: datetime,
        action: ImpressionAction,
        shown: Mapping[str, Any],
    ) -> None:
        """What was done with a title that was shown; `shown` says as what: rail, position, model, variant, source."""
        self._tell(
            {
                "type": "impression",
                "profile": None if profile is None else profile_pseudonym(self._key, profile),
                "title": title_id,
                "at": _text(at),
                "action": action.value,
                **shown,
            }
        )

    def _tell(self, event: Mapping[str, Any]) -> None:
        if len(self._lines) >= self._buffering.waiting:
            self.stats.dropped += 1
            return
        # A copy: what orjson returns holds its whole buffer of 4 kB, and thousands may wait.
        self._lines.append(bytes(memoryview(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))))
        self._any.set()
        if len(self._lines) >= self._buffering.lines:
            self._enough.set()

    async def flush(self) -> None:
        """Writes what waits; raises Unavailable and keeps the rest when the bucket does not take it."""
        while self._lines:
            lines = [*islice(self._lines, self._buffering.lines)]
            await self.dependency.call(lambda lines=lines: self._put(lines))  # type: ignore[misc]
            for _ in lines:
                self._lines.popleft()
            self.stats.written += len(lines)

    async def _put(self, lines: Sequence[bytes]) -> None:
        key = f"dt={datetime.now(UTC):%Y-%m-%d/%H}/part-{uuid4()}.jsonl"
        record("s3", "PutObject", self._bucket, (key,))
        try:
            await self._client.put_object(
                Bucket=self._bucket, Key=key, Body=b"".join(lines), ContentType="application/x-ndjson"
            )
        except (ClientError, BotoCoreError, OSError) as error:
            raise Unavailable("The event lake did not take the events.", retry_after=1) from error

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes beside the operations; at the end what is left, for a bounded time."""
        writing = asyncio.create_task(self._write())
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await self._farewell()

    async def _write(self) -> None:
        while True:
            await self._any.wait()
            try:
                async with asyncio.timeout(self._buffering.seconds):
                    await self._enough.wait()
            except TimeoutError:
                pass
            self._any.clear()
            self._enough.clear()
            try:
                await self.flush()
            except Unavailable:
                # Counted by the dependency; the lines stay and go with the next ones.
                self._any.set()
                await asyncio.sleep(self._buffering.seconds)

    async def _farewell(self) -> None:
        try:
            async with asyncio.timeout(self._buffering.farewell):
                await self.flush()
        except (Unavailable, TimeoutError):
            self.stats.dropped += len(self._lines)


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
