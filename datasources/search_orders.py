"""Titles in the three orders of a catalogue, filtered; made once for a state of the index and remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from operator import itemgetter

from datasources.search_text import normalised
from domain.discovery import ItemKind
from domain.search import ANY, Place, SearchDocument, TitleFilter, TitleSort

_REMEMBERED = 64
_TITLES = (ItemKind.MOVIE, ItemKind.SERIES)

_RANKS: dict[TitleSort, Callable[[SearchDocument], float | str]] = {
    TitleSort.POPULARITY: lambda title: -title.popularity,
    TitleSort.NEWEST: lambda title: -title.release_date.toordinal() if title.release_date else 0,
    TitleSort.NAME: lambda title: normalised(title.original_name),
}
"""What each order compares, smallest first; ids decide between equals."""

Ranked = tuple[Place, SearchDocument]


class Orders:
    """Lists of places (rank and id), ascending, so that a page is found by bisection."""

    def __init__(self, titles: Iterable[SearchDocument] = ()) -> None:
        self._titles = {title.path: title for title in titles}
        self._whole: dict[TitleSort, list[Ranked]] = {}
        self._made: OrderedDict[tuple[TitleSort, TitleFilter], list[Place]] = OrderedDict()

    def replaced(self, gone: Collection[SearchDocument], added: Iterable[SearchDocument]) -> Orders:
        """Orders without and with these; what is sorted already is sorted on, which takes a fraction of the time."""
        left = {title.path for title in gone if title.kind in _TITLES}
        new = {title.path: title for title in added if title.kind in _TITLES}
        after = Orders()
        after._titles = {path: title for path, title in self._titles.items() if path not in left} | new
        for sort, whole in [*self._whole.items()]:
            kept = [ranked for ranked in whole if ranked[1].path not in left and ranked[1].path not in new]
            after._whole[sort] = _sorted([*kept, *_ranked(sort, new.values())])
        return after

    @property
    def count(self) -> int:
        return len(self._titles)

    def remembered(self, sort: TitleSort, filter: TitleFilter) -> list[Place] | None:
        return self._made.get((sort, filter))

    def make(self, sort: TitleSort, filter: TitleFilter) -> list[Place]:
        """The places of all titles that the filter lets through."""
        order = [place for place, title in self._order(sort) if filter == ANY or passes(title, filter)]
        self._made[sort, filter] = order
        if len(self._made) > _REMEMBERED:
            self._made.popitem(last=False)
        return order

    def _order(self, sort: TitleSort) -> list[Ranked]:
        whole = self._whole.get(sort)
        if whole is None:
            whole = self._whole[sort] = _sorted(_ranked(sort, self._titles.values()))
        return whole


def _ranked(sort: TitleSort, titles: Iterable[SearchDocument]) -> Iterable[Ranked]:
    rank = _RANKS[sort]
    return [((rank(title), title.path), title) for title in titles]


def _sorted(ranked: Iterable[Ranked]) -> list[Ranked]:
    return sorted(ranked, key=itemgetter(0))


def passes(title: SearchDocument, filter: TitleFilter) -> bool:
    """Whether the document is what the filter asks for; one without a release date is in no range of dates."""
    released = title.release_date
    return (
        (filter.kind is None or title.kind is ItemKind.of_title(filter.kind))
        and (filter.genre_id is None or filter.genre_id in title.genre_ids)
        and (filter.max_age is None or title.minimum_age <= filter.max_age)
        and (filter.language is None or filter.language in title.languages)
        and (filter.released_from is None or (released is not None and released >= filter.released_from))
        and (filter.released_to is None or (released is not None and released <= filter.released_to))
    )
