"""Keys that make a write happen once: kept for a day in the ops table, claimed by a conditional put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from datasources.dynamodb import ConditionFailed, Database, Key, Write
from datasources.tables import OPS

KEPT = timedelta(hours=24)
LOCKED = timedelta(seconds=30)
"""How long a claim without a result holds others off: a process that died in between frees it then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A claim that someone else made: with other input, still running (`result` None), or done with a result."""

    same_input: bool
    result: str | None


class IdempotencySource:
    """Claims, results and releases of keys; one call each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, caller: str, key: str, digest: str, now: datetime) -> Earlier | None:
        """None when the key is now the caller's to work under; else what an earlier request made of it."""
        pk, sk = _key(caller, key)
        moment, claim = int(now.timestamp()), uuid4().hex
        write = Write(
            table=OPS,
            action="put",
            item={
                "pk": pk,
                "sk": sk,
                "h": digest,
                "st": "RUN",
                "by": claim,
                "lock": moment + int(LOCKED.total_seconds()),
                "ttl": moment + int(KEPT.total_seconds()),
            },
            # The table's TTL deletes late: what is over its time counts as gone.
            condition="attribute_not_exists(pk) OR #ttl < :now OR (#st = :run AND #lock < :now)",
            names={"#ttl": "ttl", "#st": "st", "#lock": "lock"},
            values={":now": moment, ":run": "RUN"},
        )
        try:
            await self._database.write(write)
        except ConditionFailed as taken:
            found = taken.item or {}
            if found.get("by") == claim:  # by this very call, whose first answer was lost on its way
                return None
            return Earlier(same_input=found.get("h") == digest, result=found.get("res"))
        return None

    async def done(self, caller: str, key: str, result: str) -> None:
        """Keeps the result, a global id, for those who repeat the request."""
        await self._database.write(
            Write(
                table=OPS,
                action="update",
                key=_key(caller, key),
                update="SET #st = :done, #res = :res",
                names={"#st": "st", "#res": "res"},
                values={":done": "DONE", ":res": result},
            )
        )

    async def release(self, caller: str, key: str) -> None:
        """After a failure that changed nothing: the request may be repeated at once."""
        await self._database.write(Write(table=OPS, action="delete", key=_key(caller, key)))


def _key(caller: str, key: str) -> Key:
    return f"IDEM#{caller}#{key}", "-"
