"""Accounts with their profiles and PIN attempts, in the viewers table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from datasources.account_items import account_item, account_key, account_of
from datasources.dynamodb import ConditionFailed, Database, Item, Key, Query, Write
from datasources.tables import VIEWERS
from domain.accounts import PIN_LOCK, PIN_TRIES, AccountRecord, PinAttempts
from domain.errors import Conflict


class AccountSource:
    """Households and their PIN attempts; every method is one call unless it says otherwise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, account: AccountRecord) -> AccountRecord:
        """Stores a new account; answers the one that is there when another request was quicker (two calls then)."""
        write = Write(table=VIEWERS, action="put", item=account_item(account), condition="attribute_not_exists(pk)")
        try:
            await self._database.write(write)
        except ConditionFailed:
            return account_of(await self._database.get(VIEWERS, account_key(account.id), consistent=True)) or account
        return account

    async def of(self, account: str) -> AccountRecord | None:
        """The account as last written, read strongly; None when it was never opened."""
        return account_of(await self._database.get(VIEWERS, account_key(account), consistent=True))

    async def save(self, account: AccountRecord) -> AccountRecord:
        """Stores a changed account over the version it was read with; raises Conflict when someone saved first."""
        saved = replace(account, version=account.version + 1)
        write = Write(
            table=VIEWERS,
            action="put",
            item=account_item(saved),
            condition="#v = :v",
            names={"#v": "v"},
            values={":v": account.version},
        )
        try:
            await self._database.write(write)
        except ConditionFailed as lost:
            raise Conflict(
                "The household was changed at the same moment. Read it again and repeat.", current=account_of(lost.item)
            ) from None
        return saved

    async def take_pin_attempt(self, account: str, profile: str, now: datetime) -> PinAttempts:
        """Counts an attempt before the PIN is compared, so that a burst of guesses cannot outrun the count.

        A locked profile answers its `locked_until` and counts nothing; after a lock the count begins anew (two calls).
        """
        try:
            stored = await self._attempt(
                account, profile, now, "attribute_not_exists(n) OR n < :tries", {":tries": PIN_TRIES}
            )
        except ConditionFailed as full:
            until = _lock_end(full.item)
            if until > now:
                return PinAttempts(allowed=False, failures=PIN_TRIES, locked_until=until)
            return await self._first_attempt_after_lock(account, profile, now, full.item)
        return _attempts(stored, now)

    async def forget_pin_attempts(self, account: str, profile: str) -> None:
        """Begins the count again after the right PIN."""
        await self._database.write(Write(table=VIEWERS, action="delete", key=_pin_key(account, profile)))

    async def _attempt(
        self, account: str, profile: str, now: datetime, condition: str, values: Mapping[str, Any]
    ) -> Item | None:
        write = Write(
            table=VIEWERS,
            action="update",
            key=_pin_key(account, profile),
            update="SET n = if_not_exists(n, :zero) + :one, #at = :now, #ttl = :ttl",
            condition=condition,
            names={"#at": "at", "#ttl": "ttl"},
            values={":zero": 0, ":one": 1, ":now": _ms(now), ":ttl": int((now + 2 * PIN_LOCK).timestamp()), **values},
        )
        return await self._database.write(write, returning="ALL_NEW")

    async def _first_attempt_after_lock(
        self, account: str, profile: str, now: datetime, seen: Item | None
    ) -> PinAttempts:
        """Starts the count anew; the write is bound to the lock that was seen, so only one of many may do it."""
        write = Write(
            table=VIEWERS,
            action="update",
            key=_pin_key(account, profile),
            update="SET n = :one, #at = :now",
            condition="#at = :seen",
            names={"#at": "at"},
            values={":one": 1, ":now": _ms(now), ":seen": (seen or {}).get("at", 0)},
        )
        try:
            return _attempts(await self._database.write(write, returning="ALL_NEW"), now)
        except ConditionFailed:
            return PinAttempts(allowed=False, failures=PIN_TRIES, locked_until=now + PIN_LOCK)

    async def everything(self, account: str, profiles: tuple[str, ...]) -> list[Item]:
        """All items of an account and of its profiles: one Query a page and partition, for export and erasure."""
        found = await self._partition(f"A#{account}")
        for profile in profiles:
            found += await self.of_profile(account, profile)
        return found

    async def of_profile(self, account: str, profile: str) -> list[Item]:
        """All items of one profile: one Query a page."""
        return await self._partition(f"P#{account}#{profile}")

    async def _partition(self, partition: str) -> list[Item]:
        found: list[Item] = []
        start: Item | None = None
        while True:
            page = await self._database.query(VIEWERS, Query(partition=partition, start=start, consistent=True))
            found += page.items
            if (start := page.last) is None:
                return found

    async def erase(self, items: list[Item]) -> None:
        """Deletes the items that `everything` found; safe to repeat when it was interrupted."""
        await self._database.erase(VIEWERS, [(item["pk"], item["sk"]) for item in items])


def _pin_key(account: str, profile: str) -> Key:
    return f"A#{account}", f"PIN#{profile}"


def _attempts(item: Item | None, now: datetime) -> PinAttempts:
    failures = item["n"] if item else 1
    return PinAttempts(allowed=True, failures=failures, locked_until=now + PIN_LOCK if failures >= PIN_TRIES else None)


def _lock_end(item: Item | None) -> datetime:
    return datetime.fromtimestamp((item or {}).get("at", 0) / 1000, UTC) + PIN_LOCK


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
