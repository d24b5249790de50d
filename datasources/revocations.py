"""Sign-ins that ended before their tokens did: written once to `ops`, read by every process, asked in memory alone."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from datasources.dynamodb import Database, Item, Query, Write
from datasources.tables import OPS
from domain.viewers import Viewer

PARTITION = "SIGNOUT"
LONGEST = timedelta(days=1)
"""The longest life that Cognito gives an access token: after it nothing is left to be refused."""
LATE = timedelta(minutes=1)
"""How late an entry may become visible, clocks that differ included: so much is read again at each look."""

log = logging.getLogger(__name__)


class Revocations:
    """What was revoked, as this process knows it: its own at once, what others wrote at its next look.

    A look that fails changes nothing: what is known stays refused, and the next look reads what this one missed.
    """

    def __init__(
        self, database: Database, *, seconds: float = 5.0, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.seconds = seconds
        self.failed = 0
        """Looks that failed since the start."""
        self._database = database
        self._now = now
        self._since = ""
        self._known: dict[tuple[str, str | None], float] = {}
        """By account and sign-in, None for all sign-ins; the instant in whole seconds since the epoch."""

    def __len__(self) -> int:
        return len(self._known)

    def refuses(self, viewer: Viewer) -> bool:
        """Whether the sign-in behind a verified token was ended; costs two look-ups in memory."""
        known = self._known
        if not known or viewer.sub is None:
            return False
        everywhere = known.get((viewer.sub, None))
        if everywhere is not None and (viewer.signed_in_at or 0.0) <= everywhere:
            return True
        return viewer.sign_in is not None and (viewer.sub, viewer.sign_in) in known

    async def add(self, account: str, sign_in: str | None) -> None:
        """One PutItem: ends one sign-in of an account, or with None every one that there was until now."""
        at = self._now()
        milliseconds = int(at.timestamp() * 1000)
        item: Item = {
            "pk": PARTITION,
            "sk": f"{milliseconds:014d}#{account}#{sign_in or ''}",
            "a": account,
            "at": milliseconds,
            "ttl": int((at + LONGEST).timestamp()),
        }
        if sign_in is not None:
            item["s"] = sign_in
        await self._database.write(Write(table=OPS, action="put", item=item))
        self._learn(item)

    async def look(self) -> None:
        """One strong Query, more where many were written: what is new since the last look. Forgets what is too old."""
        now = self._now()
        after = max(self._since, _at(now - LONGEST))
        start: Item | None = None
        while True:
            query = Query(partition=PARTITION, after=after, start=start, consistent=True)
            page = await self._database.query(OPS, query)
            for item in page.items:
                self._learn(item)
            start = page.last
            if start is None:
                break
        self._since = _at(now - LATE)
        self._forget((now - LONGEST).timestamp())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks now and every `seconds`."""
        await self._try()
        looking = asyncio.create_task(self._run())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self.seconds * random.uniform(0.9, 1.0))
            await self._try()

    async def _try(self) -> None:
        try:
            await self.look()
        except Exception:
            self.failed += 1
            log.warning("revoked sign-ins could not be read; those that are known stay refused", exc_info=True)

    def _learn(self, item: Item) -> None:
        key, at = (item["a"], item.get("s")), float(item["at"] // 1000)
        former = self._known.get(key, 0.0)
        if at > former:
            self._known.pop(key, None)
            self._known[key] = at

    def _forget(self, before: float) -> None:
        """Goes through the expired alone: entries stand in the order in which they were learnt."""
        while self._known:
            key = next(iter(self._known))
            if self._known[key] >= before:
                return
            del self._known[key]


def _at(instant: datetime) -> str:
    return f"{int(instant.timestamp() * 1000):014d}"
