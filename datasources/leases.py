"""Stream leases in DynamoDB: all streams of an account in one item, granted by compare-and-swap.

Expiry is compared in code and in conditions; the table's TTL only removes the items of idle accounts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from datasources.dynamodb import ConditionFailed, Database, Item, Write
from datasources.tables import VIEWERS
from domain.errors import RateLimited
from domain.playback import (
    DeviceKind,
    Leases,
    Protocol,
    SessionRecord,
    SessionStatus,
    grant,
    lease_end,
    revoked,
)
from domain.titles import Quality

SORT = "LEASES"
_TRIES = 8
_KEEP = timedelta(days=1)


def lease_key(account: str) -> tuple[str, str]:
    """Where an account's leases are stored."""
    return f"A#{account}", SORT


class LeaseSource:
    """Grants, renews and ends streams; every change is one conditional write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, account: str, *, consistent: bool = True) -> Leases:
        """One GetItem: the account's streams."""
        return leases_of(account, await self._database.get(VIEWERS, lease_key(account), consistent=consistent))

    async def start(
        self, first: Leases, wanted: SessionRecord, *, limit: int, now: datetime, replacing: str | None = None
    ) -> Leases:
        """Adds `wanted`, starting from `first` as read; raises StreamLimit, or RateLimited after eight lost races."""
        leases = first
        for attempt in range(_TRIES):
            granted = grant(leases, wanted, limit=limit, now=now, replacing=replacing)
            try:
                await self._database.write(_swap(wanted.account, leases.version, granted))
                return granted
            except ConditionFailed as lost:
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
                leases = leases_of(wanted.account, lost.item)
        raise RateLimited("Too many devices are starting at once on this account. Try again.", retry_after=1)

    async def renew(self, account: str, session_id: str, now: datetime) -> SessionRecord | None:
        """Prolongs a live lease without reading it; None when it has ended, and then nothing was written."""
        until = lease_end(now)
        return await self._change(
            account,
            session_id,
            "SET l.#sid.#exp = :until, ver = ver + :one, #ttl = :ttl",
            {":until": _ms(until), ":ttl": _ttl(until)},
            now,
        )

    async def stop(self, account: str, session_id: str, status: SessionStatus, now: datetime) -> SessionRecord | None:
        """Ends a live lease as `status`; None when it had ended before."""
        return await self._change(
            account,
            session_id,
            "SET l.#sid.#end = :end, l.#sid.#exp = :now, ver = ver + :one",
            {":end": status.value},
            now,
        )

    async def revoke(self, account: str, now: datetime, *, keep: int = 0) -> list[SessionRecord]:
        """Ends all but the `keep` oldest live streams and answers the ended ones; without any, nothing is written.

        Raises RateLimited after eight lost races.
        """
        leases = await self.of(account)
        for attempt in range(_TRIES):
            left, ended = revoked(leases, now, keep=keep)
            if not ended:
                return []
            try:
                await self._database.write(_swap(account, leases.version, left))
                return ended
            except ConditionFailed as lost:
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
                leases = leases_of(account, lost.item)
        raise RateLimited("The account's streams are changing too fast. Try again.", retry_after=1)

    async def _change(
        self, account: str, session_id: str, update: str, values: Mapping[str, Any], now: datetime
    ) -> SessionRecord | None:
        """One UpdateItem on a lease that is live; a vanished path is a failed condition as well."""
        names = {"#sid": session_id, "#exp": "exp", "#end": "end"} | ({"#ttl": "ttl"} if "#ttl" in update else {})
        write = Write(
            table=VIEWERS,
            action="update",
            key=lease_key(account),
            update=update,
            condition="l.#sid.#exp > :now AND attribute_not_exists(l.#sid.#end)",
            names=names,
            values={":now": _ms(now), ":one": 1, **values},
        )
        try:
            stored = await self._database.write(write, returning="ALL_NEW")
        except ConditionFailed:
            return None
        return leases_of(account, stored).sessions[session_id]


def _swap(account: str, version: int, granted: Leases) -> Write:
    until = max(s.expires_at for s in granted.sessions.values())
    return Write(
        table=VIEWERS,
        action="update",
        key=lease_key(account),
        update="SET l = :l, ver = :next, #ttl = :ttl",
        condition="ver = :ver" if version else "attribute_not_exists(ver)",
        names={"#ttl": "ttl"},
        values={":l": {s.id: _stored(s) for s in granted.sessions.values()}, ":next": version + 1, ":ttl": _ttl(until)}
        | ({":ver": version} if version else {}),
    )


def leases_of(account: str, item: Item | None) -> Leases:
    """The leases in a stored item; none at all when there is no item."""
    if item is None:
        return Leases()
    return Leases(version=item["ver"], sessions={sid: _session(account, sid, one) for sid, one in item["l"].items()})


def _session(account: str, session_id: str, stored: Mapping[str, Any]) -> SessionRecord:
    return SessionRecord(
        id=session_id,
        account=account,
        profile_id=stored["p"],
        playable=stored["play"],
        device_id=stored["dev"],
        device_name=stored["dn"],
        device_kind=DeviceKind(stored["dk"]),
        protocol=Protocol(stored["pr"]),
        quality=Quality(stored["q"]),
        sign_in=stored["by"],
        started_at=_instant(stored["st"]),
        expires_at=_instant(stored["exp"]),
        status=SessionStatus(stored["end"]) if "end" in stored else SessionStatus.ACTIVE,
    )


def _stored(session: SessionRecord) -> dict[str, Any]:
    stored = {
        "p": session.profile_id,
        "play": session.playable,
        "dev": session.device_id,
        "dn": session.device_name,
        "dk": session.device_kind.value,
        "pr": session.protocol.value,
        "q": session.quality.value,
        "by": session.sign_in,
        "st": _ms(session.started_at),
        "exp": _ms(session.expires_at),
    }
    return stored if session.status is SessionStatus.ACTIVE else stored | {"end": session.status.value}


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _ttl(until: datetime) -> int:
    return int((until + _KEEP).timestamp())
