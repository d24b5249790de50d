"""Seasons and episodes: pages of them, the one with a number, the one that follows."""

from __future__ import annotations

from collections.abc import Sequence

from domain.titles import EpisodeRecord, SeasonRecord, TitleRecord, localise
from resolvers.context import Context
from resolvers.paging import Page, Position, Seal, each, page_of, page_size

_SEASON = {"en": "Season", "nl": "Seizoen", "de": "Staffel", "fr": "Saison", "es": "Temporada"}


def season_name(ctx: Context, season: SeasonRecord) -> str:
    """The season's own name in the caller's language, else its number in words."""
    return localise(season.names, ctx.languages) or f"{localise(_SEASON, ctx.languages, 'en')} {season.number}"


async def seasons(
    ctx: Context, series: Sequence[TitleRecord], first: int | None, after: str | None
) -> list[Page[SeasonRecord] | Exception]:
    """A page of each series' seasons, by number."""
    size = page_size(first, 20)

    def page(one: TitleRecord, found: tuple[SeasonRecord, ...]) -> Page[SeasonRecord]:
        seal = Seal(ctx.sources.cursor_key, "seasons", one.id)
        return page_of(found, _place, size=size, after=after, seal=seal)

    return each(page, series, await ctx.loaders.series.seasons([one.id for one in series]))


async def season(ctx: Context, series: Sequence[TitleRecord], number: int) -> list[SeasonRecord | Exception | None]:
    """The season of each series that has the number, or None."""
    found = await ctx.loaders.series.seasons([one.id for one in series])
    return [
        every if isinstance(every, Exception) else next((one for one in every if one.number == number), None)
        for every in found
    ]


async def episodes(
    ctx: Context, seasons: Sequence[SeasonRecord], first: int | None, after: str | None
) -> list[Page[EpisodeRecord] | Exception]:
    """A page of each season's episodes, by number."""
    size = page_size(first, 40)

    def page(one: SeasonRecord, found: tuple[EpisodeRecord, ...]) -> Page[EpisodeRecord]:
        seal = Seal(ctx.sources.cursor_key, "episodes", one.series_id, one.id)
        return page_of(found, _place, size=size, after=after, seal=seal)

    paths = [(one.series_id, one.id) for one in seasons]
    return each(page, seasons, await ctx.loaders.series.episodes(paths, ctx.languages))


async def series_of(
    ctx: Context, parts: Sequence[SeasonRecord | EpisodeRecord]
) -> list[TitleRecord | Exception | None]:
    """The series of each season or episode."""
    return await ctx.loaders.titles.by_ids([part.series_id for part in parts])


async def season_of(ctx: Context, episodes: Sequence[EpisodeRecord]) -> list[SeasonRecord | Exception | None]:
    """The season of each episode."""
    return await ctx.loaders.series.seasons_by_path([(one.series_id, one.season_id) for one in episodes])


async def following(ctx: Context, episodes: Sequence[EpisodeRecord]) -> list[EpisodeRecord | Exception | None]:
    """The episode after each, over the end of its season; None after the last."""
    own = await ctx.loaders.series.episodes([(one.series_id, one.season_id) for one in episodes], ctx.languages)
    answers: list[EpisodeRecord | Exception | None] = [
        every if isinstance(every, Exception) else _after(one, every or ())
        for one, every in zip(episodes, own, strict=True)
    ]
    last = [at for at, answer in enumerate(answers) if answer is None]
    if last:
        begins = await _first_of_next_season(ctx, [episodes[at] for at in last])
        for at, answer in zip(last, begins, strict=True):
            answers[at] = answer
    return answers


async def _first_of_next_season(
    ctx: Context, episodes: Sequence[EpisodeRecord]
) -> list[EpisodeRecord | Exception | None]:
    every = await ctx.loaders.series.seasons([one.series_id for one in episodes])
    coming = [
        seasons if isinstance(seasons, Exception) else _next_season(one, seasons)
        for one, seasons in zip(episodes, every, strict=True)
    ]
    paths = {(one.series_id, one.id): None for one in coming if isinstance(one, SeasonRecord)}
    found = dict(zip(paths, await ctx.loaders.series.episodes([*paths], ctx.languages), strict=True)) if paths else {}
    answers: list[EpisodeRecord | Exception | None] = []
    for one in coming:
        first = found.get((one.series_id, one.id)) if isinstance(one, SeasonRecord) else one
        answers.append(first if first is None or isinstance(first, Exception) else next(iter(first), None))
    return answers


def _after(episode: EpisodeRecord, every: Sequence[EpisodeRecord]) -> EpisodeRecord | None:
    return next((one for one in every if _place(one) > _place(episode)), None)


def _next_season(episode: EpisodeRecord, seasons: Sequence[SeasonRecord]) -> SeasonRecord | None:
    """The season after the episode's own that has any episodes."""
    own = next((one.number for one in seasons if one.id == episode.season_id), None)
    return next((one for one in seasons if own is not None and one.number > own and one.episode_count), None)


def _place(part: SeasonRecord | EpisodeRecord) -> Position:
    return part.number, part.id
