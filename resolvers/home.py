"""The home page: the active profile's own rails, then rankings, hand-made shelves and genres."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

from datasources import doubt
from domain.accounts import ADULT_AGE
from domain.discovery import HOME, Ranking
from domain.errors import Refused
from domain.rails import RailKind, RailRecord, RailSource
from domain.titles import GenreRecord, TitleRecord
from resolvers import personal
from resolvers.attribution import Chooser
from resolvers.context import Context
from resolvers.households import active
from resolvers.listing import Listing, pages
from resolvers.paging import Page, Seal, page_size, place_after

TRENDING, POPULAR, NEW = "trending", "popular", "new"
"""Scopes of rankings."""

_GLANCE = 25
"""Titles of a rail that are looked at to see whether anything in it is for a child: what its first page reads."""

_KINDS = {
    TRENDING: (RailKind.TRENDING, RailSource.RANKING),
    POPULAR: (RailKind.TRENDING, RailSource.RANKING),
    NEW: (RailKind.NEW, RailSource.RANKING),
    "genre": (RailKind.GENRE, RailSource.RANKING),
    "editorial": (RailKind.EDITORIAL, RailSource.EDITORIAL),
}
_OWN = frozenset({personal.CONTINUE, personal.LIST, personal.RECOMMENDED, personal.BECAUSE})
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
    """A page of the rails that have titles for this caller; without a profile they are those of the country."""
    size = page_size(first, 8)
    if personal.applies(ctx):
        if after is None:
            personal.begin(ctx)
        return await _rails(ctx, size, after, personal.SLOTS)
    key = ("rails", size)
    known: Page[RailRecord] | None = ctx.loaders.memory.pages.get(key) if after is None else None
    if known is not None:
        return known
    page = await _rails(ctx, size, after, ())
    if after is None and all(rail.failure is None for rail in page.nodes) and not doubt.raised():
        ctx.loaders.memory.keep(key, page)
    return page


def is_own(scope: str) -> bool:
    """Whether the rail is one of a profile's own."""
    return scope.partition(":")[0] in _OWN


async def rails_by_scope(ctx: Context, scopes: Sequence[str]) -> list[RailRecord | Exception | None]:
    """The rail of each scope, or None where there is none."""
    known = [scope for scope in scopes if scope.partition(":")[0] in _KINDS]
    own = [scope for scope in scopes if is_own(scope)]
    found = dict(zip(known, await _read(ctx, known), strict=True))
    if own:
        found |= zip(own, await personal.rails_by_scope(ctx, own), strict=True)
    return [found.get(scope) for scope in scopes]


def titles(
    ctx: Context, rails: Sequence[RailRecord], first: int | None, after: str | None
) -> list[Page[TitleRecord] | Exception] | Awaitable[list[Page[TitleRecord] | Exception]]:
    """A page of each rail's titles; a plain list when others of the same audience have just asked for the same."""
    size = page_size(first, 20)
    if after is None:
        known = ctx.loaders.memory.pages
        remembered = [known.get((rail.scope, size)) if _is_shared(rail) else None for rail in rails]
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
    return None if rail is None else (await _pages(ctx, [rail], size, None))[0]


async def _titles(
    ctx: Context, rails: Sequence[RailRecord], size: int, after: str | None
) -> list[Page[TitleRecord] | Exception]:
    told = [rail for rail in rails if rail.failure is None]
    found = dict(zip((rail.scope for rail in told), await _pages(ctx, told, size, after), strict=True))
    return [found[rail.scope] if rail.failure is None else rail.failure for rail in rails]


async def _pages(ctx: Context, rails: Sequence[RailRecord], size: int, after: str | None) -> list[Page[TitleRecord]]:
    listings = []
    for rail in rails:
        seal = Seal(ctx.sources.cursor_key, "rail", rail.scope, *([rail.owner] if rail.owner else []))
        begin = place_after(rail.title_ids, str, seal.open(after)) if after is not None else 0
        listings.append(Listing(rail.title_ids, begin, seal, _chooser(rail)))
    found = await pages(ctx, listings, size)
    if after is None and not doubt.raised():
        for rail, page in zip(rails, found, strict=True):
            if _is_shared(rail):
                ctx.loaders.memory.keep((rail.scope, size), page)
    return found


def _chooser(rail: RailRecord) -> Chooser | None:
    """Who chose the titles; a profile's own lists were chosen by nobody else."""
    if rail.source is RailSource.PERSONAL:
        return None
    return Chooser.of(rail.scope, rail.source.value, rail.choice, rail.owner)


def _is_shared(rail: RailRecord) -> bool:
    return rail.owner is None and rail.failure is None


async def _rails(ctx: Context, size: int, after: str | None, slots: Sequence[str]) -> Page[RailRecord]:
    scopes = [*slots, *await _scopes(ctx)]
    seal = Seal(ctx.sources.cursor_key, "home", *(active(ctx).account, active(ctx).profile) if slots else ())
    begin = at = place_after(scopes, str, seal.open(after)) if after is not None else 0
    shown: list[tuple[int, RailRecord]] = []
    while len(shown) <= size and at < len(scopes):
        window = scopes[at : at + size + 1 + len(slots)]
        rails = await _read_all(ctx, window)
        shown += [(place, rail) for place, rail in enumerate(rails, at) if rail is not None]
        at += len(window)
    return Page(
        nodes=[rail for _, rail in shown[:size]],
        positions=[(place, scopes[place]) for place, _ in shown[:size]],
        seal=seal,
        has_next_page=len(shown) > size,
        has_previous_page=begin > 0,
    )


async def _read_all(ctx: Context, places: Sequence[str]) -> list[RailRecord | None]:
    """The rail of each place of the page; one that cannot be read says so in place of its titles."""
    mine = [place for place in places if place in personal.SLOTS]
    public = [place for place in places if place not in personal.SLOTS]
    if not mine:
        return await _public(ctx, public)
    own, read = await asyncio.gather(personal.rails(ctx), _public(ctx, public))
    found = dict(zip(public, read, strict=True))
    return [own[place] if place in own else found[place] for place in places]


async def _public(ctx: Context, scopes: Sequence[str]) -> list[RailRecord | None]:
    rails = [_or_failed(scope, rail) for scope, rail in zip(scopes, await _read(ctx, scopes), strict=True)]
    age = ctx.audience.max_age
    return rails if age is None or age >= ADULT_AGE else await _fit(ctx, rails)


async def _fit(ctx: Context, rails: Sequence[RailRecord | None]) -> list[RailRecord | None]:
    """Without the rails in which nothing is for the caller's age: children are not told their headings either."""
    told = [rail for rail in rails if rail is not None]
    first = dict.fromkeys(id_ for rail in told for id_ in rail.title_ids[:_GLANCE])
    try:
        listed = await ctx.loaders.titles.listed([*first])
        doubtful = [rail for rail in told if listed.keys().isdisjoint(rail.title_ids[:_GLANCE])]
        if doubtful:
            listed |= await ctx.loaders.titles.listed([*dict.fromkeys(id_ for r in doubtful for id_ in r.title_ids)])
    except Refused:
        return [*rails]  # their titles say what is the matter
    empty = {rail.scope for rail in doubtful if rail.failure is None and listed.keys().isdisjoint(rail.title_ids)}
    return [None if rail is not None and rail.scope in empty else rail for rail in rails]


def _or_failed(scope: str, rail: RailRecord | Exception | None) -> RailRecord | None:
    if not isinstance(rail, Exception):
        return rail
    head, _, tail = scope.partition(":")
    kind, source = _KINDS[head]
    names = _NAMES.get(scope, {"en": tail or head})
    return RailRecord(scope=scope, kind=kind, source=source, title_ids=(), names=names, failure=rail)


async def _scopes(ctx: Context) -> Sequence[str]:
    """The rails of the page in order: as the editors listed them, else every ranking that there may be."""
    (listed,) = await ctx.loaders.rankings.by_scopes([HOME])
    if isinstance(listed, Ranking):
        return listed.title_ids
    return [TRENDING, POPULAR, NEW, *(f"genre:{id_}" for id_ in await ctx.loaders.genres.by_id())]


async def _read(ctx: Context, scopes: Sequence[str]) -> list[RailRecord | Exception | None]:
    """The rails as they are stored; callers of one audience share them, like the pages of their titles."""
    memory = ctx.loaders.memory
    known = [memory.pages.get(("rail", scope)) for scope in scopes]
    if None not in known:
        return known
    rails = await _fetch(ctx, scopes)
    if not doubt.raised():
        for scope, rail in zip(scopes, rails, strict=True):
            if isinstance(rail, RailRecord):
                memory.keep(("rail", scope), rail)
    return rails


async def _fetch(ctx: Context, scopes: Sequence[str]) -> list[RailRecord | Exception | None]:
    genres = ctx.loaders.genres.at_hand() if any(scope.startswith("genre:") for scope in scopes) else {}
    if genres is not None:
        return _rails_of(await ctx.loaders.rankings.by_scopes(scopes), genres)
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
        version=(ranking.country, ranking.updated_at),
    )
