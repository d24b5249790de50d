"""Browsing: every title by filter and order, as the caller may see it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from domain.errors import Refused
from domain.search import ANY, Place, TitleFilter, TitleSort
from domain.titles import GenreRecord, TitleRecord
from resolvers.context import Context
from resolvers.paging import Page, Seal, page_size

_HIDDEN_SHARE = 4
_MAX_WINDOW = 100


async def titles(
    ctx: Context, filter: TitleFilter, sort: TitleSort, first: int | None, after: str | None
) -> Page[TitleRecord]:
    """A page of the titles that pass the filter."""
    size = page_size(first, 20)
    seal = Seal(ctx.sources.cursor_key, "titles", sort, filter)
    bound = seal.open(after) if after is not None else None
    shown: list[tuple[Place, TitleRecord]] = []
    at, more, asked = bound, True, suited(ctx, filter)
    while more and len(shown) <= size:
        found = await ctx.sources.search.titles(filter=asked, sort=sort, first=window(size), after=at)
        listed = await ctx.loaders.titles.listed(found.ids)
        pairs = zip(found.places, found.ids, strict=True)
        shown += [(place, listed[id_]) for place, id_ in pairs if id_ in listed]
        at, more = (found.places[-1] if found.places else at), found.more
    return Page(
        nodes=[title for _, title in shown[:size]],
        positions=[place for place, _ in shown[:size]],
        seal=seal,
        has_next_page=len(shown) > size,
        has_previous_page=bound is not None,
    )


async def of_genres(
    ctx: Context, genres: Sequence[GenreRecord], sort: TitleSort, first: int | None, after: str | None
) -> list[Page[TitleRecord] | Exception]:
    """A page of each genre's titles."""

    async def page(genre: GenreRecord) -> Page[TitleRecord] | Exception:
        try:
            return await titles(ctx, TitleFilter(genre_id=genre.id), sort, first, after)
        except Refused as refusal:
            return refusal

    return [*await asyncio.gather(*map(page, genres))]


def suited(ctx: Context, filter: TitleFilter = ANY) -> TitleFilter:
    """The filter, no wider than the audience's own age limit."""
    limits = [age for age in (filter.max_age, ctx.audience.max_age) if age is not None]
    return replace(filter, max_age=min(limits)) if limits else filter


def window(size: int) -> int:
    """How many to ask for, so that a page is full although the audience may not see some of them."""
    return min(size + 1 + size // _HIDDEN_SHARE, _MAX_WINDOW + 1)
