"""Everything personal, in one table: accounts, leases and what profiles did, and one reader of it per operation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from datasources.account_items import account_key, account_of, membership_key, membership_of
from datasources.accounts import AccountSource
from datasources.dynamodb import Database, Item, Key
from datasources.leases import LeaseSource, lease_key, leases_of
from datasources.tables import VIEWERS
from datasources.turns import Column, Found, Turn
from datasources.watching import (
    ASKED_ALONE,
    WatchingSource,
    begun_query,
    marker_key,
    marker_of,
    progress_keys,
    progress_records,
    series_of,
    state_key,
    state_of,
)
from domain.accounts import AccountRecord
from domain.plans import MembershipRecord
from domain.playback import Leases
from domain.watching import MarkerRecord, ProfileKey, ProgressRecord, TitleStateRecord


class Viewers:
    """The adapters of the viewers table, for the life of the process."""

    def __init__(self, *, database: Database) -> None:
        self.database = database
        self.accounts = AccountSource(database)
        self.watching = WatchingSource(database)
        self.leases = LeaseSource(database)


class ViewerReader:
    """Reads of one operation: all keys of one turn of the loop are one BatchGetItem, each key is asked for once.

    Lists answer in the order of what was asked; an Exception stands for what could not be read. A read that is `lone`
    waits for no others to join it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[Key, Item | Exception | None] = {}
        self._first: Callable[[], Found] | None = None
        """What a lone read found: most operations read once, and then nobody looks anything up."""
        self._open: Turn | None = None
        self._under_way: list[Turn] = []
        """The open one among them."""
        self._states: dict[tuple[ProfileKey, str], TitleStateRecord] = {}
        """By profile and title: what this operation itself has written."""
        self._taken_over: set[asyncio.Task[None]] = set()

    def _items(self, keys: Sequence[Key], lone: bool = False) -> Awaitable[Column]:
        """One waiting for a whole column, not one for each key: a page asks for dozens at a time."""
        if lone and self._untouched:
            return self._alone(keys)
        return self._with_others(keys, lone)

    async def _with_others(self, keys: Sequence[Key], lone: bool) -> Column:
        known, others = self._remembered(), []
        fresh = [key for key in keys if key not in known] if known else keys
        for turn in self._under_way:
            if not turn.keys.keys().isdisjoint(fresh):
                others.append(turn)
                fresh = [key for key in fresh if key not in turn.keys]
        mine = self._join(fresh) if fresh else None
        if mine is not None:
            await self._lead(mine, lone)
            if mine.found is not None and len(fresh) == len(keys):
                return [*map(mine.found.get, keys)]
        elif fresh and self._open is not None:
            others.append(self._open)
        found = {**known, **(mine.found or {})} if mine is not None else dict(known)
        for turn in others:
            found.update(turn.found or await turn.wait())
        return [*map(found.get, keys)]

    @property
    def _untouched(self) -> bool:
        """Whether nothing was read, and nothing is being read."""
        return self._first is None and not self._known and not self._under_way

    async def _alone(self, keys: Sequence[Key]) -> Column:
        """A read that nobody can join: nothing is prepared for others."""
        found = await self._found(keys)
        self._first = lambda: dict(zip(keys, found, strict=True))
        return found

    def _remembered(self) -> dict[Key, Item | Exception | None]:
        """All that was found until now."""
        if self._first is not None:
            self._known.update(self._first())
            self._first = None
        return self._known

    def _join(self, keys: Sequence[Key]) -> Turn | None:
        """Has them read with the others of this turn; gives the turn to whom has to lead it."""
        if self._open is not None:
            self._open.keys.update(dict.fromkeys(keys))
            return None
        turn = self._open = Turn(dict.fromkeys(keys))
        self._under_way.append(turn)
        return turn

    async def _lead(self, turn: Turn, lone: bool) -> None:
        """Reads for all; who is cancelled leaves the reading to a task of its own when others wait for it."""
        try:
            if not lone:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            await self._read(turn)
        except BaseException:
            if turn.others is not None:
                task = asyncio.ensure_future(self._read(turn))
                self._taken_over.add(task)
                task.add_done_callback(self._taken_over.discard)
            else:
                self._leave(turn)
            raise

    def _leave(self, turn: Turn) -> bool:
        """Whether it was under way until now, and not forgotten."""
        if self._open is turn:
            self._open = None
        if turn not in self._under_way:
            return False
        self._under_way.remove(turn)
        return True

    async def _read(self, turn: Turn) -> None:
        if self._open is turn:
            self._open = None
        keys = [*turn.keys]
        found = dict(zip(keys, await self._found(keys), strict=True))
        if self._leave(turn):
            self._known.update(found)
        turn.end(found)

    async def _found(self, keys: Sequence[Key]) -> Column:
        try:
            if len(keys) == 1:
                return [await self._database.get(VIEWERS, keys[0])]
            return await self._database.get_many(VIEWERS, keys)
        except Exception as error:
            return [error] * len(keys)

    async def account(self, account: str) -> tuple[AccountRecord | None, MembershipRecord | None]:
        """The household and what it has bought, in one call."""
        stored, bought = await self._items([account_key(account), membership_key(account)])
        return account_of(_item(stored)), membership_of(_item(bought))

    async def for_start(self, account: str) -> tuple[MembershipRecord | None, Leases]:
        """Membership and leases, read strongly and never remembered: what a stream's start is decided on."""
        keys = (membership_key(account), lease_key(account))
        bought, leases = map(_item, await self._database.get_many(VIEWERS, keys, consistent=True))
        return membership_of(bought), leases_of(account, leases)

    async def progress(
        self, profile: ProfileKey, playables: Sequence[str], *, lone: bool = False
    ) -> list[ProgressRecord | Exception | None]:
        """How far the profile is in each playable.

        Many episodes of one series are read by one Query: it costs what was begun, not what was asked for.
        """
        if lone and len(playables) > ASKED_ALONE and self._untouched:
            series = series_of(playables)
            begun = None if series is None else await self._begun(profile, series, playables)
            if begun is not None:
                return begun
        return progress_records(await self._items(progress_keys(profile, playables), lone))

    async def _begun(
        self, profile: ProfileKey, series: str, playables: Sequence[str]
    ) -> list[ProgressRecord | Exception | None] | None:
        """The same out of all that the profile has begun of the series; None where that is too much to read."""
        try:
            page = await self._database.query(VIEWERS, begun_query(profile, series))
        except Exception as error:
            return [error] * len(playables)
        if page.last is not None:
            return None
        items = {item["sk"]: item for item in page.items}
        self._first = lambda: {key: items.get(key[1]) for key in progress_keys(profile, playables)}
        records = {record.playable: record for record in progress_records(page.items)}
        return [*map(records.get, playables)]

    async def markers(self, profile: ProfileKey, title_ids: Sequence[str]) -> list[MarkerRecord | Exception | None]:
        """Where the profile is in each title."""
        found = await self._items([marker_key(profile, one) for one in title_ids])
        return [one if one is None or isinstance(one, Exception) else marker_of(one) for one in found]

    async def states(
        self, profile: ProfileKey, title_ids: Sequence[str], *, lone: bool = False
    ) -> list[TitleStateRecord | Exception]:
        """Watchlist and feedback of each title; what this operation itself has written is not read again."""
        mine = self._states
        if mine and all((profile, one) in mine for one in title_ids):
            return [mine[profile, one] for one in title_ids]
        found = await self._items([state_key(profile, one) for one in title_ids], lone)
        return [
            item if isinstance(item, Exception) else mine.get((profile, title_id)) or state_of(title_id, item)
            for title_id, item in zip(title_ids, found, strict=True)
        ]

    def forget(self) -> None:
        """After a write of this operation: what was read before is read again."""
        self._known, self._first = {}, None
        self._under_way.clear()
        self._open = None
        self._states.clear()

    def stored(self, profile: ProfileKey, state: TitleStateRecord) -> None:
        """After a write that answered what is stored now: other reads are made again, this one is not."""
        self.forget()
        self._states[profile, state.title_id] = state


def _item(found: Item | Exception | None) -> Item | None:
    if isinstance(found, Exception):
        raise found
    return found
