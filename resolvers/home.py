"""The public home page: rails of rankings, hand-made shelves and genres."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

from domain.discovery import HOME, Ranking
from domain.rails import RailKind, RailRecord, RailSource
from domain.titles import GenreRecord, TitleRecord
from resolvers.context import Context
from resolvers.listing import Listing, pages
from resolvers.paging import Page, Seal, page_size, place_after

TRENDING, POPULAR, NEW = "trending", "popular", "new"
"""Scopes of rankings."""

_KINDS = {
    TRENDING: (RailKind.TRENDING, RailSource.RANKING),
    POPULAR: (RailKind.TRENDING, RailSource.RANKING),
    NEW: (RailKind.NEW, RailSource.RANKING),
    "genre": (RailKind.GENRE, RailSource.RANKING),
    "editorial": (RailKind.EDITORIAL, RailSource.EDITORIAL),
}
_NAMES = {
    TRENDING: {
        "en": "Trending now",
        "nl": "Nu populair",
        "de": "Gerade beliebt",
        "fr": "Tendances",
        "es": "Tendencias",
        "ja": "急上昇",
    },
    POPULAR: {
        "en": "Most popular",
        "nl": "Populairst",
        "de": "Am beliebtesten",
        "fr": "Les plus vus",
        "es": "Lo más visto",
        "ja": "人気作品",
    },
    NEW: {
        "en": "New",
        "nl": "Nieuw",
        "de": "Neu",
        "fr": "Nouveautés",
        "es": "Novedades",
        "ja": "新着",
    },
}
"""Headings of rankings that bring none."""


async def rails(ctx: Context, first: int | None, after: str | None) -> Page[RailRecord]:
    """A page of the rails that have a ranking in the caller's country."""
    size = page_size(first, 8)
    key = ("rails", size)
    known: Page[RailRecord] | None = ctx.loaders.memory.pages.get(key) if after is None else None
    if known is not None:
        return known
    page = await _rails(ctx, size, after)
    if after is None:
        ctx.loaders.memory.keep(key, page)
    return page


async def rails_by_scope(ctx: Context, scopes: Sequence[str]) -> list[RailRecord | Exception | None]:
    """The rail of each scope, or None where there is none."""
    known = [scope for scope in scopes if scope.partition(":")[0] in _KINDS]
    found = dict(zip(known, await _read(ctx, known), strict=True))
    return [found.get(scope) for scope in scopes]


def titles(
    ctx: Context, rails: Sequence[RailRecord], first: int | None, after: str | None
) -> list[Page[TitleRecord]] | Awaitable[list[Page[TitleRecord]]]:
    """A page of each rail's titles; a plain list when others of the same audience have just asked for the same."""
    size = page_size(first, 20)
    if after is None:
        known = ctx.loaders.memory.pages
        remembered = [known.get((rail.scope, size)) for rail in rails]
        if None not in remembered:
            return [page for page in remembered if page is not None]
    return _titles(ctx, rails, size, after)


async def trending(ctx: Context, first: int | None) -> Page[TitleRecord] | None:
    """What the caller's country watches most; None when there is no ranking."""
    size = page_size(first, 20)
    known: Page[TitleRecord] | None = ctx.loaders.memory.pages.get((TRENDING, size))
    if known is not None:
        return known
    (rail,) = await rails_by_scope(ctx, [TRENDING])
    if isinstance(rail, Exception):
        raise rail
    return None if rail is None else (await _titles(ctx, [rail], size, None))[0]


async def _titles(ctx: Context, rails: Sequence[RailRecord], size: int, after: str | None) -> list[Page[TitleRecord]]:
    listings = []
    for rail in rails:
        seal = Seal(ctx.sources.cursor_key, "rail", rail.scope)
        begin = place_after(rail.title_ids, str, seal.open(after)) if after is not None else 0
        listings.append(Listing(rail.title_ids, begin, seal, f"rail:{rail.scope}"))
    found = await pages(ctx, listings, size)
    if after is None:
        for rail, page in zip(rails, found, strict=True):
            ctx.loaders.memory.keep((rail.scope, size), page)
    return found


async def _rails(ctx: Context, size: int, after: str | None) -> Page[RailRecord]:
    scopes = await _scopes(ctx)
    seal = Seal(ctx.sources.cursor_key, "home")
    begin = at = place_after(scopes, str, seal.open(after)) if after is not None else 0
    shown: list[tuple[int, RailRecord]] = []
    while len(shown) <= size and at < len(scopes):
        window = scopes[at : at + size + 1]
        rails = await _read(ctx, window)
        shown += [(place, rail) for place, rail in enumerate(rails, at) if isinstance(rail, RailRecord)]
        at += len(window)
    return Page(
        nodes=[rail for _, rail in shown[:size]],
        positions=[(place, rail.scope) for place, rail in shown[:size]],
        seal=seal,
        has_next_page=len(shown) > size,
        has_previous_page=begin > 0,
    )


async def _scopes(ctx: Context) -> Sequence[str]:
    """The rails of the page in order: as the editors listed them, else every ranking that there may be."""
    (listed,) = await ctx.loaders.rankings.by_scopes([HOME])
    if isinstance(listed, Ranking):
        return listed.title_ids
    return [TRENDING, POPULAR, NEW, *(f"genre:{id_}" for id_ in await ctx.loaders.genres.by_id())]


async def _read(ctx: Context, scopes: Sequence[str]) -> list[RailRecord | Exception | None]:
    if not any(scope.startswith("genre:") for scope in scopes):
        return _rails_of(await ctx.loaders.rankings.by_scopes(scopes), {})
    return _rails_of(*await asyncio.gather(ctx.loaders.rankings.by_scopes(scopes), ctx.loaders.genres.by_id()))


def _rails_of(
    rankings: Sequence[Ranking | Exception | None], genres: Mapping[str, GenreRecord]
) -> list[RailRecord | Exception | None]:
    return [_rail(one, genres) if isinstance(one, Ranking) else one for one in rankings]


def _rail(ranking: Ranking, genres: Mapping[str, GenreRecord]) -> RailRecord:
    head, _, tail = ranking.scope.partition(":")
    kind, source = _KINDS[head]
    genre = genres.get(tail)
    return RailRecord(
        scope=ranking.scope,
        kind=kind,
        source=source,
        title_ids=ranking.title_ids,
        names=ranking.names or (genre.names if genre else _NAMES.get(ranking.scope, {"en": tail or head})),
    )
