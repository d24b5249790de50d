"""Lists of ids in order, shown to an audience: windows of titles are read until a page is full or the list ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.titles import TitleRecord
from resolvers.attribution import Chooser, Tokens
from resolvers.context import Context
from resolvers.paging import Page, Position, Seal

_HIDDEN_SHARE = 4
"""A window has a reserve of a quarter for titles that the audience may not see."""


@dataclass(slots=True)
class Listing:
    """One list and what was found of it: `at` is the place of the next id to look at."""

    ids: Sequence[str]
    at: int
    seal: Seal
    chooser: Chooser | None = None
    shown: list[TitleRecord] = field(default_factory=list)
    places: list[Position] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        return self.at > 0


async def pages(ctx: Context, listings: Sequence[Listing], size: int) -> list[Page[TitleRecord]]:
    """A page of each list, beginning at its `at`; the windows of all lists are read together."""
    previous = [one.begun for one in listings]
    window = size + 1 + size // _HIDDEN_SHARE
    while open_ := [one for one in listings if len(one.shown) <= size and one.at < len(one.ids)]:
        wanted = dict.fromkeys(id_ for one in open_ for id_ in one.ids[one.at : one.at + window])
        listed = await ctx.loaders.titles.listed([*wanted])
        for one in open_:
            _take(one, listed, one.at + window)
    return [_page(ctx, one, size, begun) for one, begun in zip(listings, previous, strict=True)]


def _take(one: Listing, listed: dict[str, TitleRecord], end: int) -> None:
    for place in range(one.at, min(end, len(one.ids))):
        title = listed.get(one.ids[place])
        if title is not None:
            one.shown.append(title)
            one.places.append((place, title.id))
    one.at = end


def _page(ctx: Context, one: Listing, size: int, begun: bool) -> Page[TitleRecord]:
    shown = [(place, title_id) for place, title_id in one.places[:size]]
    return Page(
        nodes=one.shown[:size],
        positions=one.places[:size],
        seal=one.seal,
        has_next_page=len(one.shown) > size,
        has_previous_page=begun,
        notes=Tokens(ctx, one.chooser, shown) if one.chooser else (),
    )
