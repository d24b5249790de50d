"""What the active profile does with titles: progress, watchlist, feedback, and what the play button starts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from domain.errors import Invalid, NotFound
from domain.titles import EpisodeRecord, TitleKind, TitleRecord
from domain.watching import (
    Feedback,
    MarkerRecord,
    ProfileKey,
    ProgressRecord,
    TitleStateRecord,
    is_completed,
    milliseconds,
    observation,
    title_of,
)
from resolvers.context import Context
from resolvers.households import active
from resolvers.ids import decode_id, id_of
from resolvers.series import following

Playable = TitleRecord | EpisodeRecord
"""A movie or an episode."""

_LONGEST = 24 * 3600


def runtime_of(playable: Playable) -> int:
    """The length in seconds: of the delivered files where there are any."""
    return playable.media.duration_seconds if playable.media else playable.runtime_seconds


async def playables(ctx: Context, paths: Sequence[str]) -> dict[str, Playable]:
    """The records of playable paths that this audience may see; hidden and vanished ones are left out."""
    wanted = list(dict.fromkeys(paths))
    parts = [path.split("/") for path in wanted]
    movies = [one[0] for one in parts if len(one) == 1]
    episodes = [(one[0], one[1], one[2]) for one in parts if len(one) == 3]
    found_movies, found_episodes = await asyncio.gather(
        ctx.loaders.titles.by_ids(movies), ctx.loaders.series.episodes_by_path(episodes, ctx.languages)
    )
    found = [one for one in (*found_movies, *found_episodes) if isinstance(one, TitleRecord | EpisodeRecord)]
    return {one.path: one for one in found}


async def playable_by_id(ctx: Context, global_id: str, field: str = "playableId") -> Playable:
    """The playable of a global id; raises NotFound when it is hidden, gone or no playable."""
    id_ = decode_id(global_id)
    if id_.type_name in ("Movie", "Episode"):
        found = (await playables(ctx, ["/".join(id_.path)])).get("/".join(id_.path))
        if found is not None and (isinstance(found, EpisodeRecord) or found.kind is TitleKind.MOVIE):
            return found
    raise NotFound("Nothing playable has that id. Take one from the catalogue.", path=("input", field))


async def progress(ctx: Context, of: Sequence[Playable]) -> list[ProgressRecord | Exception | None]:
    """How far the active profile is in each; None for what it never began, and without a profile."""
    if ctx.viewer.profile is None:
        return [None] * len(of)
    return await ctx.loaders.viewers.progress(active(ctx), [one.path for one in of], lone=ctx.lone)


async def states(ctx: Context, titles: Sequence[TitleRecord]) -> list[TitleStateRecord | Exception | None]:
    """What the active profile did with each title; None without a profile."""
    if ctx.viewer.profile is None:
        return [None] * len(titles)
    return [*await ctx.loaders.viewers.states(active(ctx), [title.id for title in titles], lone=ctx.lone)]


async def up_next(ctx: Context, title_ids: Sequence[str]) -> list[Playable | Exception | None]:
    """What the play button of each title starts: the film or episode in progress, else the first one."""
    markers = await ctx.loaders.viewers.markers(active(ctx), title_ids)
    begun = await playables(ctx, [one.playable for one in markers if isinstance(one, MarkerRecord)])
    answers: list[Playable | Exception | None] = []
    for title_id, marker in zip(title_ids, markers, strict=True):
        known = begun.get(marker.playable) if isinstance(marker, MarkerRecord) else None
        answers.append(marker if isinstance(marker, Exception) else known or await _first_of(ctx, title_id))
    return answers


async def _first_of(ctx: Context, title_id: str) -> Playable | None:
    (title,) = await ctx.loaders.titles.by_ids([title_id])
    if not isinstance(title, TitleRecord) or title.kind is TitleKind.MOVIE:
        return title if isinstance(title, TitleRecord) else None
    (seasons,) = await ctx.loaders.series.seasons([title_id])
    if isinstance(seasons, Exception) or not seasons:
        return None
    (episodes,) = await ctx.loaders.series.episodes([(title_id, seasons[0].id)], ctx.languages)
    return episodes[0] if isinstance(episodes, tuple) and episodes else None


async def set_watchlist(ctx: Context, title_id: str, listed: bool) -> TitleRecord:
    """The title, put on the active profile's list or taken off it."""
    title, profile = await _title(ctx, title_id), active(ctx)
    stored = await ctx.sources.viewers.watching.set_watchlist(profile, title.id, listed, ctx.now)
    ctx.loaders.viewers.stored(profile, stored)
    return title


async def set_feedback(ctx: Context, title_id: str, feedback: Feedback | None) -> TitleRecord:
    """The title with what the active profile thinks of it."""
    title, profile = await _title(ctx, title_id), active(ctx)
    stored = await ctx.sources.viewers.watching.set_feedback(profile, title.id, feedback, ctx.now)
    if ctx.sources.events is not None:
        ctx.sources.events.feedback(profile, title.id, feedback, ctx.now)
    ctx.loaders.viewers.stored(profile, stored)
    return title


async def _title(ctx: Context, global_id: str) -> TitleRecord:
    (found,) = await ctx.loaders.titles.kept([id_of(global_id, "Movie", "Series")])
    if isinstance(found, Exception):
        raise found
    if found is None:
        raise NotFound("No title has that id. Take it from the catalogue.", path=("input", "titleId"))
    return found


async def set_progress(
    ctx: Context, global_id: str, *, position: int, completed: bool | None, observed_at: datetime
) -> ProgressRecord:
    """What is stored after an observation that was made offline; a newer one of another device stays.

    Raises ClockAhead for one from the future, and then nothing was read or written.
    """
    at = observation(observed_at, ctx.now)
    playable = await playable_by_id(ctx, global_id)
    seen = observed(playable, position, at)
    if completed is not None:
        seen = seen._replace(completed=completed)
    stored = await save(ctx, active(ctx), seen)
    if stored == seen:
        await mark(ctx, active(ctx), playable, stored)
    ctx.loaders.viewers.forget()
    return stored


async def save(ctx: Context, profile: ProfileKey, seen: ProgressRecord) -> ProgressRecord:
    """What is stored now; an observation that counts is told to the event lake."""
    stored = await ctx.sources.viewers.watching.save_progress(profile, seen)
    if stored == seen and ctx.sources.events is not None:
        ctx.sources.events.progress(profile, stored)
    return stored


def check_position(position: int) -> None:
    """Raises Invalid for a position that no film has."""
    if not 0 <= position <= _LONGEST:
        raise Invalid("`positionSeconds` is 0 or more, within the film.", path=("input", "positionSeconds"))


def observed(playable: Playable, position: int, at: datetime) -> ProgressRecord:
    """An observation as it is stored, `at` a time that was checked; raises Invalid for a position that no film has."""
    check_position(position)
    duration = runtime_of(playable)
    return ProgressRecord(
        playable=playable.path,
        position_seconds=min(position, duration) if duration else position,
        duration_seconds=duration,
        completed=is_completed(position, duration, playable.media),
        observed_ms=milliseconds(at),
    )


async def mark(ctx: Context, profile: ProfileKey, playable: Playable, seen: ProgressRecord) -> None:
    """Moves the title to the front of continue watching, with the next episode when this one is done."""
    following = await next_episode(ctx, playable) if seen.completed and isinstance(playable, EpisodeRecord) else None
    marker = MarkerRecord(
        title_id=title_of(seen.playable),
        playable=following.path if following else seen.playable,
        at=ctx.now,
        finished=seen.completed and following is None,
    )
    await ctx.sources.viewers.watching.mark(profile, marker)


async def next_episode(ctx: Context, playable: EpisodeRecord) -> EpisodeRecord | None:
    """The one after, over the season's end; None after the last."""
    (found,) = await following(ctx, [playable])
    return found if isinstance(found, EpisodeRecord) else None
