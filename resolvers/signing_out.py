"""Ending sign-ins before their tokens end: one's own, all of one's own, or another account's by staff."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from datasources.revocations import Revocations
from domain.errors import Forbidden, Invalid, Unavailable
from resolvers.context import Context
from resolvers.households import subject
from resolvers.ids import id_of
from resolvers.playback import revoke

_MAX_REASON = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """Sign-ins that ended; every process refuses their tokens after `within_seconds` at the latest."""

    within_seconds: int


async def sign_out(ctx: Context, *, everywhere: bool) -> SignedOut:
    """Ends the caller's sign-in; `everywhere` ends all of the account, with its streams and refresh tokens.

    Raises Forbidden to a kids' profile that would sign everybody out, Invalid for a token that names no sign-in.
    """
    account = subject(ctx)
    if everywhere:
        if ctx.viewer.profile is not None and ctx.viewer.profile.kids:
            raise Forbidden("A kids' profile cannot sign the household out.")
        return await _everywhere(ctx, account)
    if ctx.viewer.sign_in is None:
        raise Invalid("This token does not say which sign-in it is from. Send `everywhere: true`.", path=("input",))
    revocations = _revocations(ctx)
    await revocations.add(account, ctx.viewer.sign_in)
    return _within(revocations)


async def revoke_sign_ins(ctx: Context, viewer_id: str, reason: str) -> SignedOut:
    """Ends all sign-ins of another account, for staff; who did it, to whom and why stands in the log."""
    account = id_of(viewer_id, "Viewer")
    if not reason.strip() or len(reason) > _MAX_REASON:
        raise Invalid(f"`reason` has 1 to {_MAX_REASON} characters.", path=("input", "reason"))
    done = await _everywhere(ctx, account)
    log.warning("sign_ins_revoked", by=ctx.viewer.sub, account=account, reason=reason.strip())
    return done


async def _everywhere(ctx: Context, account: str) -> SignedOut:
    """Our own refusal first: it holds also when the directory, which ends the refresh tokens, does not answer."""
    revocations = _revocations(ctx)
    await revocations.add(account, None)
    await revoke(ctx.sources, account, ctx.now)
    if ctx.sources.directory is not None:
        await ctx.sources.directory.sign_out(account)
    return _within(revocations)


def _revocations(ctx: Context) -> Revocations:
    if ctx.sources.revocations is None:
        raise Unavailable("This deployment does not end sign-ins before their tokens end.")
    return ctx.sources.revocations


def _within(revocations: Revocations) -> SignedOut:
    return SignedOut(within_seconds=round(revocations.seconds + 1))
