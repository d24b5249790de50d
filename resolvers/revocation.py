"""Ending another account's streams, which staff may do; who did it, to whom and why stands in the log."""

from __future__ import annotations

import structlog

from domain.errors import Invalid
from domain.playback import SessionRecord, SessionStatus
from resolvers.context import Context
from resolvers.ids import id_of
from resolvers.playback import over_because, revoke

_MAX_REASON = 200

log = structlog.get_logger(__name__)


async def revoke_for(ctx: Context, viewer_id: str, session_id: str | None, reason: str) -> list[SessionRecord]:
    """Ends all streams of an account, or one; none at all is no error.

    Raises NotFound for a session that this account does not have, NotAvailable for one that was over.
    """
    account = id_of(viewer_id, "Viewer")
    if not reason.strip() or len(reason) > _MAX_REASON:
        raise Invalid(f"`reason` has 1 to {_MAX_REASON} characters.", path=("input", "reason"))
    if session_id is None:
        ended = await revoke(ctx.sources, account, ctx.now)
    else:
        ended = [await _one(ctx, account, id_of(session_id, "PlaybackSession"))]
    sessions = [one.id for one in ended]
    log.warning("playback_revoked", by=ctx.viewer.sub, account=account, sessions=sessions, reason=reason.strip())
    return ended


async def _one(ctx: Context, account: str, session_id: str) -> SessionRecord:
    session = await ctx.sources.viewers.leases.stop(account, session_id, SessionStatus.REVOKED, ctx.now)
    if session is None:
        raise await over_because(ctx, account, session_id)
    ctx.sources.signals.tell(account)
    return session
