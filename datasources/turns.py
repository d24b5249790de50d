"""What one operation asks for in one turn of the event loop, as those who wait for it see it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from datasources.dynamodb import Item, Key

Column = list[Item | Exception | None]
"""One answer for each key that was asked for, in its order."""
Found = Mapping[Key, Item | Exception | None]


class Turn:
    """The keys of one turn: one read for all of them, made by the first who asks."""

    __slots__ = ("found", "keys", "others")

    def __init__(self, keys: dict[Key, None]) -> None:
        self.keys = keys
        self.found: Found | None = None
        self.others: asyncio.Future[None] | None = None

    async def wait(self) -> Found:
        """For those who came later; one of them going away does not concern the rest."""
        if self.found is None:
            self.others = self.others or asyncio.get_running_loop().create_future()
            await asyncio.shield(self.others)
        assert self.found is not None
        return self.found

    def end(self, found: Found) -> None:
        """Tells those who wait."""
        self.found = found
        if self.others is not None:
            self.others.set_result(None)
