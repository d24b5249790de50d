"""Playing: starting, prolonging, stopping and watching over streams."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from datasources import Sources
from domain.entitlement import Wish, best_quality, refusal
from domain.errors import Conflict, Invalid, NotAvailable, NotFound, UserFault
from domain.playback import DeviceKind, Protocol, SessionRecord, SessionStatus, lease_end
from domain.titles import Quality, TitleKind, TitleRecord, TitleStatus
from domain.watching import MarkerRecord, ProfileKey, observation, title_of
from resolvers.context import Context
from resolvers.delivery import DeliveryRecord, deliver
from resolvers.households import active, preferences_of, subject
from resolvers.ids import decode_id, id_of
from resolvers.watching import Playable, check_position, mark, observed, save

LOOK_SECONDS = 5.0
"""How often a stream of events looks for what other processes did."""

_MAX_DEVICE = 100
_ENDED = {
    SessionStatus.STOPPED: "This stream was stopped. Start playback again.",
    SessionStatus.REVOKED: "Another device took over this stream, or it was ended for the account.",
    SessionStatus.EXPIRED: "This stream ran out: no heartbeat came in time. Start playback again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a device asks for; ids are global, `max_quality` is what the device can show."""

    playable_id: str
    device_id: str
    device_name: str
    device_kind: DeviceKind
    protocol: Protocol = Protocol.HLS
    max_quality: Quality | None = None
    replace_session_id: str | None = None


async def start(ctx: Context, wanted: Start) -> SessionRecord:
    """A live session; raises NotEntitled, NotReady, StreamLimit or NotFound, and then nothing was written."""
    _check(wanted)
    profile = active(ctx)
    path, wish = await _wish(ctx, wanted.playable_id)
    replacing = id_of(wanted.replace_session_id, "PlaybackSession") if wanted.replace_session_id else None
    (bought, leases), liked = await asyncio.gather(
        ctx.loaders.viewers.for_start(profile.account), preferences_of(ctx, profile.profile)
    )
    if (refused := refusal(wish, bought, ctx.audience)) is not None:
        raise refused
    assert bought is not None and wish.media is not None
    session = SessionRecord(
        id=secrets.token_hex(8),
        account=profile.account,
        profile_id=profile.profile,
        playable=path,
        device_id=wanted.device_id,
        device_name=wanted.device_name,
        device_kind=wanted.device_kind,
        protocol=wanted.protocol,
        quality=best_quality(bought, wish.media, wanted.max_quality, liked.max_quality),
        sign_in=ctx.viewer.sign_in or "",
        started_at=ctx.now,
        expires_at=lease_end(ctx.now),
    )
    source = ctx.sources.viewers.leases
    await source.start(leases, session, limit=bought.plan.max_streams, now=ctx.now, replacing=replacing)
    ctx.sources.signals.tell(profile.account)
    if ctx.sources.views is not None:
        ctx.sources.views.add(ctx.country, title_of(path))
    marker = MarkerRecord(title_id=title_of(path), playable=path, at=ctx.now, finished=False)
    await ctx.sources.viewers.watching.mark(profile, marker)
    return session


def _check(wanted: Start) -> None:
    for field, value in (("deviceId", wanted.device_id), ("deviceName", wanted.device_name)):
        if not value.strip() or len(value) > _MAX_DEVICE:
            raise Invalid(f"`{field}` has 1 to {_MAX_DEVICE} characters.", path=("input", field))
    if wanted.protocol is Protocol.DASH:
        raise Invalid("This film is delivered as HLS only. Send `protocol: HLS`.", path=("input", "protocol"))


async def _wish(ctx: Context, global_id: str) -> tuple[str, Wish]:
    """The path of what is to be played, and its record whoever asks: the refusal tells why it may not be."""
    id_ = decode_id(global_id)
    if id_.type_name not in ("Movie", "Episode"):
        raise NotFound("Nothing playable has that id. Take one from the catalogue.", path=("input", "playableId"))
    path = "/".join(id_.path)
    title, playable = await _stored(ctx, path)
    return path, Wish(title=title if playable else None, media=playable.media if playable else None)


async def _stored(ctx: Context, path: str) -> tuple[TitleRecord | None, Playable | None]:
    """The title of a playable path and the playable itself, whoever asks; raises what failed."""
    title_id, *below = path.split("/")
    (title,) = await ctx.loaders.titles.stored([title_id])
    if isinstance(title, Exception):
        raise title
    if title is None or not below:
        return title, title if title and title.kind is TitleKind.MOVIE else None
    (episode,) = await ctx.loaders.series.stored_episodes([(title_id, below[0], below[1])])
    if isinstance(episode, Exception):
        raise episode
    return title, episode


async def _playing(ctx: Context, session: SessionRecord) -> Playable | None:
    """What a session plays: a licence that ends meanwhile lets it finish, None when it left the catalogue."""
    title, playable = await _stored(ctx, session.playable)
    return playable if title is not None and title.status is TitleStatus.PUBLISHED else None


async def heartbeat(ctx: Context, global_id: str, *, position: int, observed_at: datetime) -> SessionRecord:
    """The session with its new end, after its progress was stored; raises NotAvailable when it is over.

    A film that has left the catalogue meanwhile ends here: its stream is revoked. An observation from the future is
    refused before anything is touched: ClockAhead.
    """
    check_position(position)
    at = observation(observed_at, ctx.now)
    owner, session_id = subject(ctx), id_of(global_id, "PlaybackSession")
    session = await ctx.sources.viewers.leases.renew(owner, session_id, ctx.now)
    if session is None:
        raise await over_because(ctx, owner, session_id)
    playable = await _playing(ctx, session)
    if playable is None:
        await ctx.sources.viewers.leases.stop(owner, session_id, SessionStatus.REVOKED, ctx.now)
        ctx.sources.signals.tell(owner)
        raise NotAvailable("This film was taken out of the catalogue.", path=("input", "sessionId"))
    await save(ctx, _profile_of(session), observed(playable, position, at))
    return session


async def stop(
    ctx: Context, global_id: str, *, position: int | None = None, observed_at: datetime | None = None
) -> SessionRecord:
    """The ended session; without a position it is another device that ends it.

    Raises NotAvailable when it was over, ClockAhead, with the stream still running, for a position from the future.
    """
    at = ctx.now
    if position is not None:
        check_position(position)
        at = observation(observed_at, ctx.now) if observed_at else ctx.now
    owner, session_id = subject(ctx), id_of(global_id, "PlaybackSession")
    status = SessionStatus.REVOKED if position is None else SessionStatus.STOPPED
    session = await ctx.sources.viewers.leases.stop(owner, session_id, status, ctx.now)
    if session is None:
        raise await over_because(ctx, owner, session_id)
    ctx.sources.signals.tell(owner)
    if position is not None and (playable := await _playing(ctx, session)) is not None:
        await _leave(ctx, session, playable, position, at)
    return session


async def revoke(sources: Sources, account: str, now: datetime, *, keep: int = 0) -> list[SessionRecord]:
    """Ends what an account streams beyond the `keep` oldest, and answers what was ended.

    For whoever confirms that a membership ended or was lowered, and for staff: heartbeats do not read the membership.
    """
    ended = await sources.viewers.leases.revoke(account, now, keep=keep)
    if ended:
        sources.signals.tell(account)
    return ended


async def _leave(ctx: Context, session: SessionRecord, playable: Playable, position: int, at: datetime) -> None:
    profile, seen = _profile_of(session), observed(playable, position, at)
    await asyncio.gather(save(ctx, profile, seen), mark(ctx, profile, playable, seen))
    ctx.loaders.viewers.forget()


async def over_because(ctx: Context, owner: str, session_id: str) -> UserFault:
    """Why a session cannot go on; costs one read, on this path alone."""
    session = (await ctx.sources.viewers.leases.of(owner)).seen(session_id, ctx.now)
    if session is None:
        return NotFound("This account has no such session.", path=("input", "sessionId"))
    if session.status is SessionStatus.ACTIVE:
        return Conflict("Another request changed this stream just now. Send this one again.")
    return NotAvailable(_ENDED[session.status], path=("input", "sessionId"))


def _profile_of(session: SessionRecord) -> ProfileKey:
    return ProfileKey(account=session.account, profile=session.profile_id)


async def sessions(ctx: Context) -> list[SessionRecord]:
    """The account's live streams, oldest first."""
    return (await ctx.sources.viewers.leases.of(subject(ctx))).live(ctx.now)


async def find(ctx: Context, session_id: str) -> SessionRecord | None:
    """A session of the caller's own account as it stands now; None for everyone else's."""
    if ctx.viewer.sub is None:
        return None
    return (await ctx.sources.viewers.leases.of(ctx.viewer.sub)).seen(session_id, ctx.now)


async def found(ctx: Context, session_id: str) -> SessionRecord:
    """As `find`; raises NotAvailable for a session that is forgotten."""
    session = await find(ctx, session_id)
    if session is None:
        raise NotAvailable("That stream is over. Start playback again with a new key.")
    return session


async def delivery(ctx: Context, session: SessionRecord) -> DeliveryRecord | None:
    """Fresh access to a live session, for the sign-in that started it; None for other devices."""
    if session.status is not SessionStatus.ACTIVE or session.sign_in != (ctx.viewer.sign_in or ""):
        return None
    playable = await _playing(ctx, session)
    if playable is None or playable.media is None or ctx.sources.delivery is None:
        return None
    return await deliver(
        ctx.sources.delivery, session, playable.media, await preferences_of(ctx, session.profile_id), ctx.now
    )


async def resume(ctx: Context, session: SessionRecord) -> int:
    """Where the session's profile left off, in seconds; a completed film begins anew."""
    (seen,) = await ctx.loaders.viewers.progress(_profile_of(session), [session.playable])
    if isinstance(seen, Exception):
        raise seen
    return 0 if seen is None or seen.completed else seen.position_seconds


async def changes(ctx: Context, global_id: str) -> AsyncIterator[SessionRecord]:
    """The session now and whenever its status changes; ends with the session. Raises NotFound for foreign ones."""
    owner, session_id = subject(ctx), id_of(global_id, "PlaybackSession")
    last: SessionStatus | None = None
    with ctx.sources.signals.listening(owner) as listener:
        while last in (None, SessionStatus.ACTIVE):
            told = listener.heard()
            leases = await ctx.sources.viewers.leases.of(owner, consistent=told)
            session = leases.seen(session_id, datetime.now(UTC))
            if session is None:
                raise NotFound("This account has no such session.")
            if session.status is not last:
                last = session.status
                yield session
            if last is SessionStatus.ACTIVE:
                await listener.wait(LOOK_SECONDS)
