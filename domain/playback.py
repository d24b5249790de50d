"""Playback sessions: the lease that each stream holds, and the one rule that grants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from domain.errors import StreamLimit
from domain.titles import Quality

HEARTBEAT_SECONDS = 60
LEASE_SECONDS = 150
"""Two and a half heartbeats: one may be lost."""

_ENDED_KEPT = 8
"""How many ended sessions an account's item remembers, so that a player is told why it was stopped."""


class DeviceKind(Enum):
    """What plays."""

    WEB = "WEB"
    MOBILE = "MOBILE"
    TABLET = "TABLET"
    TV = "TV"
    CONSOLE = "CONSOLE"


class Protocol(Enum):
    """How the film is delivered."""

    HLS = "HLS"
    DASH = "DASH"


class SessionStatus(Enum):
    """ACTIVE holds a stream; STOPPED by its device, REVOKED by another or by staff, EXPIRED without heartbeats."""

    ACTIVE = "ACTIVE"
    STOPPED = "STOPPED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One stream on one device; `playable` is a path: "<movie>" or "<series>/<season>/<episode>".

    `sign_in` names the sign-in that started it: only that one is given the delivery. `quality` is the cap that was
    decided at the start.
    """

    id: str
    account: str
    profile_id: str
    playable: str
    device_id: str
    device_name: str
    device_kind: DeviceKind
    protocol: Protocol
    quality: Quality
    sign_in: str
    started_at: datetime
    expires_at: datetime
    status: SessionStatus = SessionStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Leases:
    """All streams of an account, live and lately ended; `version` is 0 when nothing was ever stored."""

    version: int = 0
    sessions: Mapping[str, SessionRecord] = field(default_factory=dict)

    def live(self, now: datetime) -> list[SessionRecord]:
        """The sessions that hold a stream at `now`, oldest first."""
        running = [s for s in self.sessions.values() if s.status is SessionStatus.ACTIVE and s.expires_at > now]
        return sorted(running, key=lambda s: (s.started_at, s.id))

    def seen(self, session_id: str, now: datetime) -> SessionRecord | None:
        """The session as it stands at `now`: a lease that ran out shows as EXPIRED."""
        session = self.sessions.get(session_id)
        if session is not None and session.status is SessionStatus.ACTIVE and session.expires_at <= now:
            return replace(session, status=SessionStatus.EXPIRED)
        return session


def lease_end(now: datetime) -> datetime:
    """When a lease that is given or renewed at `now` runs out."""
    return now + timedelta(seconds=LEASE_SECONDS)


def grant(leases: Leases, wanted: SessionRecord, *, limit: int, now: datetime, replacing: str | None = None) -> Leases:
    """The account's leases with `wanted` added; the same device and `replacing` make room.

    Raises StreamLimit when `limit` other streams are live. The version grows by one.
    """
    evicted = {s.id for s in leases.live(now) if s.device_id == wanted.device_id or s.id == replacing}
    others = [s for s in leases.live(now) if s.id not in evicted]
    if len(others) >= limit:
        raise StreamLimit(
            f"All {limit} streams of the plan are in use. Stop one, or send its id as `replaceSessionId`.",
            limit=limit,
            sessions=others,
        )
    ended = [_ended(s, now, revoked=s.id in evicted) for s in leases.sessions.values() if s not in others]
    kept = sorted(ended, key=lambda s: s.expires_at)[-_ENDED_KEPT:]
    return Leases(version=leases.version + 1, sessions={s.id: s for s in [*kept, *others, wanted]})


def revoked(leases: Leases, now: datetime, *, keep: int) -> tuple[Leases, list[SessionRecord]]:
    """The account's leases with only the `keep` oldest streams left, and those that were ended for it."""
    ended = [_ended(s, now, revoked=True) for s in leases.live(now)[keep:]]
    sessions = {**leases.sessions, **{s.id: s for s in ended}}
    return Leases(version=leases.version + 1, sessions=sessions), ended


def _ended(session: SessionRecord, now: datetime, *, revoked: bool) -> SessionRecord:
    if session.status is not SessionStatus.ACTIVE:
        return session
    if revoked:
        return replace(session, status=SessionStatus.REVOKED, expires_at=now)
    return replace(session, status=SessionStatus.EXPIRED)
