"""What viewers did with titles that were shown to them, told to the event lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import Invalid
from domain.recommending import ImpressionAction, profile_pseudonym
from domain.watching import ProfileKey, observation
from resolvers.attribution import opened
from resolvers.context import Context
from resolvers.ids import decode_id

MOST = 100
"""Impressions of one call."""

_OLDEST = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impression:
    """One title that was shown; `title_id` is global, `attribution` the token that came with it."""

    attribution: str
    title_id: str
    action: ImpressionAction
    at: datetime


async def record(ctx: Context, impressions: Sequence[Impression]) -> int:
    """How many were taken. Tokens that are over, foreign or of another title are not; raises Invalid for too many."""
    if len(impressions) > MOST:
        raise Invalid(f"Send at most {MOST} impressions at a time.", path=("input", "impressions"))
    profile = _profile(ctx)
    return sum(_told(ctx, profile, one) for one in impressions)


def _told(ctx: Context, profile: ProfileKey | None, seen: Impression) -> bool:
    shown = opened(ctx, seen.attribution, ctx.now)
    at = observation(seen.at, ctx.now)
    if shown is None or _path(seen.title_id) != (shown.title_id,) or ctx.now - at > _OLDEST:
        return False
    mine = None if profile is None else profile_pseudonym(ctx.sources.pseudonym_key, profile)
    if shown.owner is not None and shown.owner != mine:
        return False
    if ctx.sources.events is not None:
        ctx.sources.events.impression(profile, shown.title_id, at, seen.action, shown.facts)
    return True


def _path(global_id: str) -> tuple[str, ...]:
    id_ = decode_id(global_id)
    return tuple(id_.path) if id_.type_name in ("Movie", "Series") else ()


def _profile(ctx: Context) -> ProfileKey | None:
    """The active profile; events of everybody else have none."""
    if ctx.viewer.profile is None or ctx.viewer.sub is None:
        return None
    return ProfileKey(account=ctx.viewer.sub, profile=ctx.viewer.profile.id)
