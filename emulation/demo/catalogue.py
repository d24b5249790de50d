"""The demo catalogue as items of the catalogue table: titles of every kind, people, genres, rankings and the feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from datasources import catalog_feed, catalog_items, catalog_series
from datasources.catalog_keys import SHARDS, shard_of
from datasources.dynamodb import Item
from datasources.tables import CATALOG, TableSpec
from domain.discovery import Change, ChangeKind, ItemKind
from domain.titles import GenreRecord, TitleStatus
from emulation.demo import films, serials
from emulation.demo.bundles import Bundle
from emulation.demo.people import Troupe
from emulation.demo.shelves import rankings
from emulation.demo.sources import Film, series
from emulation.demo.vocabulary import GENRES, LANGUAGES

DEFAULT_SCALE = 2020
"""All films of the data file and all series."""

_AGE = timedelta(days=30)
"""How long ago the demo's first title was saved; the others follow by the second."""

_TOMBSTONE_LIFE = timedelta(days=365)


def load(scale: int | None = None, *, today: date | None = None) -> Iterator[tuple[TableSpec, Item]]:
    """Every item of a catalogue of about `scale` titles, 2020 when None; the same for the same arguments.

    The series are always in it. Fewer films are the most popular ones, more are filled up with made-up variants.
    `today` is what licence windows are counted from: the present day in UTC when None.
    """
    day = today or datetime.now(UTC).date()
    for item in _Loader(day).items(DEFAULT_SCALE if scale is None else scale):
        yield CATALOG, item


class _Loader:
    """One run: counts the feed and remembers the people."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._saved_at = datetime.combine(today, time(), UTC) - _AGE
        self._sequences = [0] * SHARDS
        names = {name for film in films.ranked() for name in (*film.cast, *film.directors, *film.writers)}
        names |= {part.name for script in series() for part in script.cast}
        self._troupe = Troupe(sorted(names))

    def items(self, scale: int) -> Iterator[Item]:
        yield from self._genres()
        titles = []
        for bundle in self._bundles(scale):
            titles.append(bundle.title)
            self._troupe.join(bundle)
            yield from self._title(bundle)
        for person in self._troupe.records(self._tick()):
            change = self._change(ItemKind.PERSON, person.id, person.id)
            yield catalog_items.encode_person(person, feed_sequence=change.sequence)
            yield catalog_feed.encode_change(change)
        for ranking in rankings(titles, datetime.combine(self._today, time(), UTC)):
            yield catalog_feed.encode_ranking(ranking)
        for shard, sequence in enumerate(self._sequences):
            yield catalog_feed.encode_feed_head(shard, sequence)

    def _genres(self) -> Iterator[Item]:
        for id_, names in GENRES.items():
            genre = GenreRecord(
                id=id_, slug=id_, names=dict(zip(LANGUAGES, names, strict=True)), updated_at=self._saved_at
            )
            yield catalog_items.encode_genre(genre)

    def _bundles(self, scale: int) -> Iterator[Bundle]:
        made = 0
        for bundle in serials.bundles(self._today, self._tick()):
            made += 1
            yield bundle
        known = films.best_known()
        for cut in films.cuts(max(len(films.DEMO_PLAYABLE), scale - made)):
            yield films.bundle_of(cut, self._today, self._tick(), _elsewhere(cut.film, known[cut.film.directors[0]]))

    def _title(self, bundle: Bundle) -> Iterator[Item]:
        title = bundle.title
        entry = self._entry(bundle)
        yield catalog_items.encode_title(title, feed_sequence=entry.sequence if entry else None)
        yield catalog_items.encode_slug(title.slug, title.id)
        yield from (catalog_items.encode_text(title.id, text) for text in bundle.texts)
        yield from map(catalog_items.encode_credit, bundle.credits)
        if entry is not None:
            gone = entry.kind is ChangeKind.REMOVED
            yield catalog_feed.encode_change(entry, expires_at=self._saved_at + _TOMBSTONE_LIFE if gone else None)
        if title.status is TitleStatus.PUBLISHED:
            yield from (catalog_items.encode_genre_link(title, genre) for genre in title.genre_ids)
        yield from self._parts(bundle)

    def _entry(self, bundle: Bundle) -> Change | None:
        """The title's place in the feed: what was published once is told, what was taken back as a removal."""
        title = bundle.title
        if title.status not in (TitleStatus.PUBLISHED, TitleStatus.UNPUBLISHED):
            return None
        kind = ChangeKind.UPSERTED if title.status is TitleStatus.PUBLISHED else ChangeKind.REMOVED
        return self._change(ItemKind.of_title(title.kind), title.id, title.id, kind)

    def _parts(self, bundle: Bundle) -> Iterator[Item]:
        for season in bundle.seasons:
            change = self._change(ItemKind.SEASON, season.series_id, f"{season.series_id}/{season.id}")
            yield catalog_series.encode_season(season, feed_sequence=change.sequence)
            yield catalog_feed.encode_change(change)
        for episode in bundle.episodes:
            path = f"{episode.series_id}/{episode.season_id}/{episode.id}"
            change = self._change(ItemKind.EPISODE, episode.series_id, path)
            yield catalog_series.encode_episode(episode, feed_sequence=change.sequence)
            yield catalog_feed.encode_change(change)
            for language in (language for language in episode.names if language != episode.original_language):
                text = catalog_series.EpisodeText(
                    episode_id=episode.id,
                    language=language,
                    name=episode.names[language],
                    synopsis=episode.synopses[language],
                )
                yield catalog_series.encode_episode_text(episode.series_id, episode.season_id, text)

    def _change(self, kind: ItemKind, owner: str, path: str, what: ChangeKind = ChangeKind.UPSERTED) -> Change:
        shard = shard_of(owner)
        self._sequences[shard] += 1
        return Change(
            shard=shard, sequence=self._sequences[shard], kind=what, item_kind=kind, path=path, at=self._saved_at
        )

    def _tick(self) -> datetime:
        self._saved_at += timedelta(seconds=1)
        return self._saved_at


def _elsewhere(film: Film, best: Sequence[Film]) -> str | None:
    return next((other.title for other in best if other.id != film.id), None)
