"""The active profile's lists: watchlist, continue watching, history and feedback, newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from datasources.dynamodb import Item
from datasources.watching import CONTINUE, FINISHED, LISTED, marker_of
from domain.titles import TitleRecord
from domain.watching import MarkerRecord, ProgressRecord, TitleStateRecord, milliseconds
from resolvers.context import Context
from resolvers.households import active
from resolvers.paging import Page, Position, Seal, ordered_page, page_size
from resolvers.watching import Playable, playables, runtime_of

Node = TypeVar("Node")
Shown = Callable[[Sequence[Item]], Awaitable[Sequence[Node | Exception | None]]]
"""What a profile sees of the items of a list, None for what is hidden from it."""

_READS = 3
"""How often a page is read on because of what is hidden; then it stays short."""


async def watchlist(ctx: Context, first: int | None, after: str | None) -> Page[TitleRecord]:
    """The list, newest first; titles that became unavailable stay on it, and their availability says why."""

    async def shown(items: Sequence[Item]) -> Sequence[TitleRecord | Exception | None]:
        return await ctx.loaders.titles.kept([item["sk"].removeprefix("ST#") for item in items])

    return await _recent(ctx, LISTED, page_size(first, 20), after, shown, consistent=after is None)


async def continue_watching(ctx: Context, first: int | None, after: str | None) -> Page[ProgressRecord]:
    """What was begun and not finished, newest first."""
    return await _played(ctx, CONTINUE, first, after)


async def history(ctx: Context, first: int | None, after: str | None) -> Page[ProgressRecord]:
    """What was watched to its end, newest first."""
    return await _played(ctx, FINISHED, first, after)


async def _played(ctx: Context, prefix: str, first: int | None, after: str | None) -> Page[ProgressRecord]:
    async def shown(items: Sequence[Item]) -> Sequence[ProgressRecord | Exception | None]:
        markers = [*map(marker_of, items)]
        paths = [one.playable for one in markers]
        visible, seen = await asyncio.gather(playables(ctx, paths), ctx.loaders.viewers.progress(active(ctx), paths))
        return [
            _begun(marker, progress, visible[marker.playable]) if marker.playable in visible else None
            for marker, progress in zip(markers, seen, strict=True)
        ]

    return await _recent(ctx, prefix, page_size(first, 20), after, shown)


def _begun(marker: MarkerRecord, seen: ProgressRecord | Exception | None, playable: Playable) -> ProgressRecord:
    """The progress of a marker; the next episode of a series has none yet and stands at its beginning."""
    if isinstance(seen, ProgressRecord):
        return seen
    return ProgressRecord(
        playable=marker.playable,
        position_seconds=0,
        duration_seconds=runtime_of(playable),
        completed=False,
        observed_ms=milliseconds(marker.at),
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
    ctx: Context, prefix: str, size: int, after: str | None, shown: Shown[Node], *, consistent: bool = False
) -> Page[Node]:
    """A page of what `shown` makes of the items; what is hidden from this profile leaves no hole. Raises what failed.

    Where something was hidden the list is read on, a few times, until the page is full; its end cursor is where reading
    stopped, so that even a page of hidden items alone can be gone on from.
    """
    key = active(ctx)
    seal = Seal(ctx.sources.cursor_key, prefix, key.account, key.profile)
    before = str(seal.open(after)[0]) if after is not None else None
    nodes: list[Node] = []
    positions: list[Position] = []
    at, more = before, True
    for _ in range(_READS):
        wanted = size - len(nodes)
        # One more tells whether there is more; the item of the bound itself counts where it is still there.
        limit = wanted + (1 if at is None else 2)
        read = await ctx.sources.viewers.watching.recent(key, prefix, limit=limit, before=at, consistent=consistent)
        items, more = read.items[:wanted], len(read.items) > wanted
        for item, node in zip(items, await shown(items), strict=True):
            if isinstance(node, Exception):
                raise node
            if node is not None:
                nodes.append(node)
                positions.append((item["rk"],))
        at = items[-1]["rk"] if items else at
        if not more or len(nodes) == size:
            break
    return Page(
        nodes=nodes,
        positions=positions,
        seal=seal,
        has_next_page=more,
        has_previous_page=before is not None,
        read_to=(at,) if more and at is not None else None,
    )
