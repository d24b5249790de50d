"""What the model chooses for the active profile, and for a title's page; who stands in for it when it is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datasources.histories import History
from domain.recommending import (
    Asking,
    Choice,
    RailForm,
    RailWish,
    history_of,
    profile_pseudonym,
    pseudonym,
)
from domain.watching import Feedback, ProfileKey, TitleStateRecord
from resolvers.context import Context
from resolvers.households import active

_LIKED = frozenset({Feedback.LIKE, Feedback.LOVE})


def reserve(size: int) -> int:
    """How many to ask for where `size` are to be left when each was looked at once more."""
    return size + size // 2


def owner_of(ctx: Context, profile: ProfileKey) -> str:
    """The profile's pseudonym."""
    return profile_pseudonym(ctx.sources.pseudonym_key, profile)


async def personal(ctx: Context, wishes: Sequence[RailWish]) -> list[Choice | None]:
    """The model's rails for the active profile; None where it says nothing now. Raises what its history fails with."""
    profile = active(ctx)
    history = await ctx.loaders.histories.of(profile)
    if history.failure is not None:
        raise history.failure
    asking = _asking(ctx, profile, history)
    remembered = ctx.loaders.recommendations.remembered(asking, wishes)
    progress = {} if remembered else await ctx.loaders.histories.progress(profile, history)
    told = history_of(history.markers, progress, _states(history), ctx.now)
    return await ctx.loaders.recommendations.rails(replace(asking, history=told), wishes)


async def similar(ctx: Context, seeds: Sequence[str], size: int) -> list[Choice | None]:
    """The model's titles like each of `seeds`, the same for everybody who may see the same titles."""
    wishes = [RailWish(form=RailForm.SIMILAR, size=reserve(size), seed=seed) for seed in seeds]
    nobody = Asking(
        account=pseudonym(ctx.sources.pseudonym_key, ctx.viewer.sub) if ctx.viewer.sub else "",
        country=ctx.audience.country,
        max_age=ctx.audience.max_age,
    )
    return await ctx.loaders.recommendations.rails(nobody, wishes)


def seeds(history: History) -> list[str]:
    """The titles that "because you watched" can start from, newest first: finished or liked ones, else begun ones."""
    states = _states(history)
    liked = [(one.feedback_at, one.title_id) for one in states if one.feedback in _LIKED and one.feedback_at]
    finished = [(one.at, one.title_id) for one in history.markers if one.finished]
    begun = [one.title_id for one in history.markers if not one.finished]
    best = [title_id for _, title_id in sorted(liked + finished, reverse=True)]
    return [id_ for id_ in dict.fromkeys(best or begun) if id_ not in history.disliked]


def _states(history: History) -> Sequence[TitleStateRecord]:
    return () if isinstance(history.states, Exception) else history.states


def _asking(ctx: Context, profile: ProfileKey, history: History) -> Asking:
    return Asking(
        id=owner_of(ctx, profile),
        account=pseudonym(ctx.sources.pseudonym_key, profile.account),
        exclude=history.touched,
        stamp=history.stamp,
        country=ctx.audience.country,
        max_age=ctx.audience.max_age,
    )
