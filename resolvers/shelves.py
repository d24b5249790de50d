"""The active profile's lists: watchlist, continue watching, history and feedback, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from datasources.dynamodb import Item
from datasources.watching import CONTINUE, FINISHED, LISTED, marker_of
from domain.titles import TitleRecord
from domain.watching import MarkerRecord, ProgressRecord, TitleStateRecord
from resolvers.context import Context
from resolvers.households import active
from resolvers.paging import Page, Seal, ordered_page, page_size
from resolvers.watching import Playable, playables, runtime_of

Node = TypeVar("Node")


async def watchlist(ctx: Context, first: int | None, after: str | None) -> Page[TitleRecord]:
    """The list, newest first; titles that became unavailable stay on it, and their availability says why."""
    items, page = await _recent(ctx, LISTED, page_size(first, 20), after, consistent=after is None)
    found = await ctx.loaders.titles.kept([item["sk"].removeprefix("ST#") for item in items])
    return _with_nodes(page, found)


async def continue_watching(ctx: Context, first: int | None, after: str | None) -> Page[ProgressRecord]:
    """What was begun and not finished, newest first."""
    return await _played(ctx, CONTINUE, first, after)


async def history(ctx: Context, first: int | None, after: str | None) -> Page[ProgressRecord]:
    """What was watched to its end, newest first."""
    return await _played(ctx, FINISHED, first, after)


async def _played(ctx: Context, prefix: str, first: int | None, after: str | None) -> Page[ProgressRecord]:
    items, page = await _recent(ctx, prefix, page_size(first, 20), after)
    markers = [one for item in items if (one := marker_of(item))]
    shown, seen = await asyncio.gather(
        playables(ctx, [one.playable for one in markers]),
        ctx.loaders.viewers.progress(active(ctx), [one.playable for one in markers]),
    )
    found = [
        _begun(marker, progress, shown[marker.playable]) if marker.playable in shown else None
        for marker, progress in zip(markers, seen, strict=True)
    ]
    return _with_nodes(page, found)


def _begun(marker: MarkerRecord, seen: ProgressRecord | Exception | None, playable: Playable) -> ProgressRecord:
    """The progress of a marker; the next episode of a series has none yet and stands at its beginning."""
    if isinstance(seen, ProgressRecord):
        return seen
    return ProgressRecord(
        playable=marker.playable,
        position_seconds=0,
        duration_seconds=runtime_of(playable),
        completed=False,
        observed_at=marker.at,
    )


async def rated(ctx: Context, first: int | None, after: str | None) -> Page[TitleStateRecord]:
    """The titles with feedback, newest first."""
    size, key = page_size(first, 20), active(ctx)
    found = await ctx.sources.viewers.watching.rated(key)
    kept = await ctx.loaders.titles.kept([one.title_id for one in found])
    shown = [one for one, title in zip(found, kept, strict=True) if isinstance(title, TitleRecord)]
    seal = Seal(ctx.sources.cursor_key, "feedback", key.account, key.profile)
    return ordered_page(shown, _title_id, size=size, after=after, seal=seal)


def _title_id(state: TitleStateRecord) -> str:
    return state.title_id


async def _recent(
    ctx: Context, prefix: str, size: int, after: str | None, *, consistent: bool = False
) -> tuple[Sequence[Item], Page[None]]:
    """The items of a page and the page without its nodes."""
    key = active(ctx)
    seal = Seal(ctx.sources.cursor_key, prefix, key.account, key.profile)
    before = str(seal.open(after)[0]) if after is not None else None
    read = await ctx.sources.viewers.watching.recent(key, prefix, limit=size + 1, before=before, consistent=consistent)
    items = read.items[:size]
    page: Page[None] = Page(
        nodes=[None] * len(items),
        positions=[(item["rk"],) for item in items],
        seal=seal,
        has_next_page=len(read.items) > size,
        has_previous_page=before is not None,
    )
    return items, page


def _with_nodes(page: Page[None], found: Sequence[Node | Exception | None]) -> Page[Node]:
    """The page with what was found; what is hidden from this profile leaves no hole. Raises what failed."""
    failed = next((one for one in found if isinstance(one, Exception)), None)
    if failed is not None:
        raise failed
    kept = [(node, place) for node, place in zip(found, page.positions, strict=True) if node is not None]
    return Page(
        nodes=[node for node, _ in kept if not isinstance(node, Exception)],
        positions=[place for _, place in kept],
        seal=page.seal,
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
    )
