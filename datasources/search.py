"""The search source: the SearchIndex protocol and its embedded implementation, a tantivy index in memory.

An index never parses a query's text: words are looked up as terms. Every update makes a new state (index snapshot and
documents) that replaces the former at once, so that readers in other threads always see one whole state.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Protocol

from tantivy import Document, Index, Searcher

from datasources.heap import give_back
from datasources.search_orders import Orders
from datasources.search_queries import SCHEMA, fields_of, query_of
from datasources.search_text import Words, highlighted, query_words
from domain.availability import Audience, availability
from domain.discovery import ItemKind
from domain.search import (
    ANY,
    MAX_COUNT,
    Place,
    SearchDocument,
    SearchHit,
    SearchPage,
    TitleFilter,
    TitlePage,
    TitleSort,
    key_of,
)
from domain.titles import AvailabilityStatus, AvailabilityWindow

_WRITER_BYTES = 15_000_000
"""tantivy's smallest."""

_MANY = 200
"""Documents of one update after which the heap is worth looking at."""

_REMEMBERED = 128
"""Queries whose hits are kept, some 12 kB each."""

_AUDIENCES = 16
"""Audiences whose counts of one query are kept."""

_INLINE_TITLES = 3000
"""Below this many titles an order is made on the spot; above it, in a thread."""


Windows = tuple[AvailabilityWindow, ...] | None


class SearchIndex(Protocol):
    """Finds documents by text, and lists titles by filter and order. Answers only what it was given: the caller
    checks every id against the catalogue before it is shown."""

    async def search(
        self,
        text: str,
        *,
        filter: TitleFilter = ANY,
        first: int,
        after: Place | None = None,
        languages: Sequence[str] = (),
        audience: Audience | None = None,
    ) -> SearchPage:
        """The hits after `after`, best first; highlights prefer `languages`. Any text is safe, none finds nothing.
        `audience` is whom `total` is counted for; None counts all."""
        ...

    async def titles(
        self, *, filter: TitleFilter = ANY, sort: TitleSort, first: int, after: Place | None = None
    ) -> TitlePage:
        """Ids of movies and series in order, after `after`."""
        ...

    async def apply(self, documents: Iterable[SearchDocument], removed: Iterable[str] = ()) -> None:
        """Adds or replaces documents and removes keys, all in one step; unknown keys are fine."""
        ...


class _State:
    """The index at one moment. `rows` numbers documents; an old number is never given again."""

    def __init__(
        self, searcher: Searcher, rows: dict[int, SearchDocument], keys: dict[str, int], orders: Orders
    ) -> None:
        self.searcher = searcher
        self.rows = rows
        self.keys = keys
        self.orders = orders
        self._found: OrderedDict[tuple[Words, TitleFilter], _Found] = OrderedDict()

    def remembered(self, words: Words, filter: TitleFilter) -> _Found | None:
        return self._found.get((words, filter))

    def find(self, words: Words, filter: TitleFilter) -> _Found:
        """Runs the query; the answer is remembered. If all words together find nothing, all but one are enough."""
        result = self.searcher.search(query_of(words, filter), limit=MAX_COUNT, weight_by_field="weight")
        if not result.hits and len(words.all) > 2:
            query = query_of(words, filter, all_but_one=True)
            result = self.searcher.search(query, limit=MAX_COUNT, weight_by_field="weight")
        rows = self.searcher.fast_field_values("row", [address for _, address in result.hits])
        places = [
            (-score, self.rows[int(row or 0)].key, int(row or 0))
            for (score, _), row in zip(result.hits, rows, strict=True)
        ]
        found = _Found(sorted(places), Counter(self._windows(row) for _, _, row in places))
        self._found[words, filter] = found
        if len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return found

    def _windows(self, row: int) -> Windows:
        """The licences that decide on a hit: an episode is seen where its series is."""
        document = self.rows[row]
        if document.kind is not ItemKind.EPISODE:
            return document.windows
        series = self.keys.get(key_of(ItemKind.SERIES, document.path.partition("/")[0]))
        return self.rows[series].windows if series is not None else ()


class _Found:
    """The hits of one query: negated score, key and row, best first; and how many there are of each licence."""

    __slots__ = ("_licences", "_totals", "places")

    def __init__(self, places: list[tuple[float, str, int]], licences: Mapping[Windows, int]) -> None:
        self.places = places
        self._licences = licences
        self._totals: dict[Audience, int] = {}

    def total(self, audience: Audience | None) -> int:
        """How many of the hits the audience may see; its clock is in minutes, so that the answer can be kept."""
        if audience is None or audience.staff or audience.partner:
            return len(self.places)
        total = self._totals.get(audience)
        if total is None:
            if len(self._totals) >= _AUDIENCES:
                self._totals.clear()
            shown = (count for windows, count in self._licences.items() if _listed(windows, audience))
            total = self._totals[audience] = sum(shown)
        return total


def _listed(windows: Windows, audience: Audience) -> bool:
    if windows is None:
        return True
    return availability(windows, audience.country, audience.now).status is AvailabilityStatus.AVAILABLE


class EmbeddedSearch:
    """A SearchIndex in this process; empty until documents are applied. Safe to use from several threads."""

    def __init__(self) -> None:
        self._index = Index(SCHEMA)
        self._writing = Lock()
        self._next_row = 1
        self._state = _State(self._index.searcher(), {}, {}, Orders())

    def __len__(self) -> int:
        return len(self._state.rows)

    async def search(
        self,
        text: str,
        *,
        filter: TitleFilter = ANY,
        first: int,
        after: Place | None = None,
        languages: Sequence[str] = (),
        audience: Audience | None = None,
    ) -> SearchPage:
        words = query_words(text)
        if words is None:
            return SearchPage(hits=(), total=0, more=False)
        state = self._state
        found = state.remembered(words, filter)
        if found is None:
            found = await asyncio.to_thread(state.find, words, filter)
        begin = bisect_right(found.places, (after[0], after[1], _LAST_ROW)) if after is not None else 0
        shown = found.places[begin : begin + first]
        hits = [_hit(state.rows[row], (score, key), words, languages) for score, key, row in shown if row in state.rows]
        return SearchPage(hits=tuple(hits), total=found.total(audience), more=begin + first < len(found.places))

    async def titles(
        self, *, filter: TitleFilter = ANY, sort: TitleSort, first: int, after: Place | None = None
    ) -> TitlePage:
        orders = self._state.orders
        order = orders.remembered(sort, filter)
        if order is None:
            few = orders.count < _INLINE_TITLES
            order = orders.make(sort, filter) if few else await asyncio.to_thread(orders.make, sort, filter)
        begin = bisect_right(order, after) if after is not None else 0
        places = order[begin : begin + first]
        return TitlePage(ids=tuple(id_ for _, id_ in places), places=tuple(places), more=begin + first < len(order))

    async def apply(self, documents: Iterable[SearchDocument], removed: Iterable[str] = ()) -> None:
        await asyncio.to_thread(self.apply_now, documents, removed)

    def apply_now(self, documents: Iterable[SearchDocument], removed: Iterable[str] = ()) -> None:
        """As `apply`, blocking: one commit for the whole batch."""
        with self._writing:
            former = self._state
            rows, keys = dict(former.rows), dict(former.keys)
            added = {document.key: document for document in documents}
            gone = [row for key in {*removed, *added} if (row := keys.pop(key, None)) is not None]
            numbered = dict(enumerate(added.values(), self._next_row))
            self._next_row += len(numbered)
            self._write(gone, numbered)
            rows.update(numbered)
            keys.update((document.key, row) for row, document in numbered.items())
            orders = former.orders.replaced([rows.pop(row) for row in gone], added.values())
            self._state = _State(self._index.searcher(), rows, keys, orders)
        if len(added) >= _MANY:
            give_back()

    def _write(self, gone: Iterable[int], added: Mapping[int, SearchDocument]) -> None:
        """One commit. The writer is opened for it: an open one holds six threads and their buffers for nothing."""
        writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        try:
            for row in gone:
                writer.delete_documents_by_term("row", row)
            for row, document in added.items():
                writer.add_document(Document.from_dict(fields_of(document, row), SCHEMA))
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()
        self._index.reload()


_LAST_ROW = 2**62


def _hit(document: SearchDocument, place: Place, words: Words, languages: Sequence[str]) -> SearchHit:
    return SearchHit(
        kind=document.kind,
        path=document.path,
        place=place,
        highlight=highlighted(_texts(document, languages), words)
        or highlighted(_texts(document, languages), words, across=True),
    )


def _texts(document: SearchDocument, languages: Sequence[str]) -> Iterable[str]:
    """What a highlight is looked for in: names before synopses, wished languages before others, each text once."""
    for texts in (document.names, document.synopses):
        wished = [tag for language in languages for tag in (language, language.partition("-")[0]) if tag in texts]
        yield from dict.fromkeys(texts[tag] for tag in (*wished, *texts))
