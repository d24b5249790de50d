"""Titles like a title: as the model says, else the nearest among the popular ones of its genres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datasources import doubt
from domain.discovery import Ranking
from domain.rails import RailSource
from domain.recommending import Choice
from domain.titles import TitleRecord
from resolvers import recommendations
from resolvers.attribution import Chooser
from resolvers.context import Context
from resolvers.listing import Listing, pages
from resolvers.paging import Page, Seal, page_size

POOL = 30
"""How many of the most popular titles of each genre are compared."""


async def similar(ctx: Context, titles: Sequence[TitleRecord], first: int | None) -> list[Page[TitleRecord]]:
    """A page for each title; its tokens say whether the model chose or its stand-in."""
    size = page_size(first, 20)
    choices = await recommendations.similar(ctx, [title.id for title in titles], size)
    if ctx.sources.recommendations is not None and any(choice is None or choice.stale for choice in choices):
        doubt.cast()
    silent = [title for title, choice in zip(titles, choices, strict=True) if not _tells(choice)]
    stand_ins = dict(zip((one.id for one in silent), await alike(ctx, silent), strict=True))
    listings = [_listing(ctx, title, choice, stand_ins) for title, choice in zip(titles, choices, strict=True)]
    return await pages(ctx, listings, size)


def _listing(
    ctx: Context, title: TitleRecord, choice: Choice | None, stand_ins: Mapping[str, Sequence[str]]
) -> Listing:
    seal, rail = Seal(ctx.sources.cursor_key, "similar", title.id), f"similar:{title.id}"
    if choice is None or title.id in stand_ins:
        source = RailSource.RANKING if ctx.sources.recommendations is None else RailSource.FALLBACK
        return Listing(stand_ins[title.id], 0, seal, Chooser(rail=rail, source=source.value))
    source = RailSource.FALLBACK if choice.stale else RailSource.MODEL
    ids = [pick.title_id for pick in choice.picks if pick.title_id != title.id]
    return Listing(ids, 0, seal, Chooser.of(rail, source.value, choice))


def _tells(choice: Choice | None) -> bool:
    return choice is not None and bool(choice.picks)


async def alike(ctx: Context, titles: Sequence[TitleRecord]) -> list[list[str]]:
    """For each title the ids of the most alike among the popular ones of its genres, best first.

    Raises only when nothing at all could be read.
    """
    if not titles:
        return []
    scopes = [*dict.fromkeys(f"genre:{genre}" for title in titles for genre in title.genre_ids)]
    ranked = dict(zip(scopes, await ctx.loaders.rankings.by_scopes(scopes), strict=True))
    failures = [one for one in ranked.values() if isinstance(one, Exception)]
    if failures and len(failures) == len(ranked):
        raise failures[0]
    pools = [_pool(title, ranked) for title in titles]
    listed = await ctx.loaders.titles.listed([*dict.fromkeys(id_ for pool in pools for id_ in pool)])
    found = []
    for title, pool in zip(titles, pools, strict=True):
        distances = {id_: _distance(title, listed[id_], rank) for id_, rank in pool.items() if id_ in listed}
        found.append(sorted(distances, key=distances.__getitem__))
    return found


def _pool(title: TitleRecord, ranked: Mapping[str, Ranking | Exception | None]) -> dict[str, int]:
    """Popular titles of its genres with their best rank, without itself; a genre whose ranking failed adds none."""
    pool: dict[str, int] = {}
    for genre in title.genre_ids:
        ranking = ranked[f"genre:{genre}"]
        for rank, id_ in enumerate(ranking.title_ids[:POOL] if isinstance(ranking, Ranking) else ()):
            pool[id_] = min(rank, pool.get(id_, rank))
    pool.pop(title.id, None)
    return pool


def _distance(title: TitleRecord, other: TitleRecord, rank: int) -> tuple[float, str]:
    """Small for shared genres, near years, the same kind and a high rank."""
    mine, theirs = set(title.genre_ids), set(other.genre_ids)
    genres = 1 - len(mine & theirs) / len(mine | theirs)
    kind = 0.0 if title.kind is other.kind else 0.1
    return genres + min(_years(title, other), 40) / 100 + kind + rank / 100, other.id


def _years(title: TitleRecord, other: TitleRecord) -> int:
    if title.release_date is None or other.release_date is None:
        return 40
    return abs(title.release_date.year - other.release_date.year)
