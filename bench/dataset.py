"""One dataset for every server: items for the DynamoDB stub, and the same facts as JSON for servers in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from datasources import catalog_feed, catalog_items, catalog_series
from datasources.catalog import decode
from datasources.dynamo.values import encode_item
from datasources.dynamodb import Item
from datasources.tables import CATALOG, VIEWERS
from datasources.watching import progress_key
from domain.availability import Audience, Visibility, visibility
from domain.discovery import HOME, Ranking
from domain.titles import (
    CreditRecord,
    CreditRole,
    EpisodeRecord,
    GenreRecord,
    PersonRecord,
    SeasonRecord,
    TextRecord,
    TitleKind,
    TitleRecord,
    localise,
)
from domain.watching import ProfileKey
from emulation.demo import load
from resolvers.ids import encode_id

SCALE = 400
"""Titles of the catalogue."""
RAILS, PER_RAIL, SERIES_PER_RAIL, CAST, EPISODES = 3, 20, 2, 5, 40
PROFILE = ProfileKey(account="00000000-0000-4000-8000-00000000be4c", profile="benchprofile")
_SERIES, _SEASON = "benchSeries1", "benchSeason1"
_BEGUN_EVERY = 3
"""Every third playable was begun by the profile."""
_TYPES = {TitleKind.MOVIE: "Movie", TitleKind.SERIES: "Series"}
_AT = datetime(2026, 11, 1, 20, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """`items` by table name, for the stub; `facts` for servers that hold everything in memory."""

    items: list[tuple[str, Item]]
    facts: dict[str, Any]

    @property
    def viewer_items(self) -> list[Item]:
        return [item for table, item in self.items if table == VIEWERS.name]

    @property
    def rail_ids(self) -> list[str]:
        """The global ids of the three rails."""
        return [rail["id"] for rail in self.facts["rails"]]

    @property
    def movie_id(self) -> str:
        """The global id that `title(by:)` and the mutation ask for."""
        return str(next(one["id"] for one in self.facts["titles"].values() if one["__typename"] == "Movie"))

    @property
    def series_id(self) -> str:
        """The global id of the series with 40 episodes."""
        return encode_id("Series", _SERIES)

    def write(self, folder: Path) -> None:
        """`dataset.json`, and `items.jsonl` in DynamoDB's typed JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dataset.json").write_bytes(orjson.dumps(self.facts))
        lines = (orjson.dumps({"table": table, "item": encode_item(item)}) for table, item in self.items)
        (folder / "items.jsonl").write_bytes(b"\n".join(lines))


@dataclass(slots=True)
class _Catalogue:
    """The records of the generated items."""

    titles: dict[str, TitleRecord]
    credits: dict[str, list[CreditRecord]]
    texts: dict[str, dict[str, TextRecord]]
    people: dict[str, PersonRecord]
    genres: dict[str, GenreRecord]
    episodes: list[EpisodeRecord]


def build() -> Dataset:
    """The demo catalogue with a home page of 3 x 20 titles, a series of 40 episodes and a profile that has begun."""
    generated = [item for _, item in load(SCALE)]
    catalogue = _read(generated)
    shelves = _shelves(catalogue)
    added, season, episodes = _long_series(catalogue)
    progress = _progress([*catalogue.titles, *(_path(one) for one in episodes)], catalogue, episodes)
    items = [(CATALOG.name, one) for one in generated if not one["pk"].startswith("RANK#")]
    items += [(CATALOG.name, one) for one in (*_rankings(shelves), *added)]
    items += [(VIEWERS.name, one) for one in progress.values()]
    shown = [*(id_ for shelf in shelves for id_ in shelf), _SERIES]
    return Dataset(items=items, facts=_facts(catalogue, shelves, shown, season, episodes, progress))


def _read(items: Iterable[Item]) -> _Catalogue:
    found = _Catalogue({}, {}, {}, {}, {}, [])
    for item in items:
        kind, sort = item["pk"].partition("#")[0], item["sk"].partition("#")[0]
        if kind not in ("T", "P", "GENRES") or sort in ("G", "S", "EL"):
            continue
        record = decode(item)
        if isinstance(record, TitleRecord):
            found.titles[record.id] = record
        elif isinstance(record, CreditRecord):
            found.credits.setdefault(record.title_id, []).append(record)
        elif isinstance(record, TextRecord):
            found.texts.setdefault(item["pk"][2:], {})[record.language] = record
        elif isinstance(record, PersonRecord):
            found.people[record.id] = record
        elif isinstance(record, GenreRecord):
            found.genres[record.id] = record
        elif isinstance(record, EpisodeRecord):
            found.episodes.append(record)
    return found


def _shelves(catalogue: _Catalogue) -> list[list[str]]:
    """The titles of each rail: all different, visible in the US, films with at least five actors."""
    audience = Audience(country="US", now=datetime.now(UTC), max_age=18)

    def usable(title: TitleRecord) -> bool:
        actors = sum(one.role is CreditRole.ACTOR for one in catalogue.credits.get(title.id, ()))
        enough = CAST if title.kind is TitleKind.MOVIE else CAST - 2
        return actors >= enough and visibility(title, audience) is Visibility.LISTED

    every = [one for one in catalogue.titles.values() if usable(one)]
    movies = iter([one.id for one in every if one.kind is TitleKind.MOVIE])
    series = iter([one.id for one in every if one.kind is TitleKind.SERIES])
    return [[next(series if place < SERIES_PER_RAIL else movies) for place in range(PER_RAIL)] for _ in range(RAILS)]


def _rankings(shelves: Sequence[Sequence[str]]) -> list[Item]:
    scopes = [f"editorial:shelf-{number}" for number in range(1, RAILS + 1)]
    listed = Ranking(country="*", scope=HOME, title_ids=tuple(scopes), updated_at=_AT)
    rails = (
        Ranking(country="*", scope=scope, title_ids=tuple(ids), updated_at=_AT, names={"en": _shelf_name(number)})
        for number, (scope, ids) in enumerate(zip(scopes, shelves, strict=True), 1)
    )
    return [catalog_feed.encode_ranking(one) for one in (listed, *rails)]


def _shelf_name(number: int) -> str:
    return f"Shelf number {number}"


def _long_series(catalogue: _Catalogue) -> tuple[list[Item], SeasonRecord, list[EpisodeRecord]]:
    """A series made of one season of 40 English episodes of others; its items, and its records."""
    model = next(one for one in catalogue.titles.values() if one.slug == "court-of-crows")
    title = replace(model, id=_SERIES, slug="bench-series", season_count=1, episode_count=EPISODES)
    season = SeasonRecord(
        id=_SEASON,
        series_id=_SERIES,
        number=1,
        names={},
        synopses={},
        release_date=title.release_date,
        episode_count=EPISODES,
        images=(),
        version=1,
        updated_at=_AT,
    )
    english = [one for one in catalogue.episodes if one.original_language == model.original_language][:EPISODES]
    episodes = [
        replace(one, id=f"benchEpisode{number:02}", series_id=_SERIES, season_id=_SEASON, number=number, media=None)
        for number, one in enumerate(english, 1)
    ]
    catalogue.titles[_SERIES] = title
    catalogue.texts[_SERIES] = catalogue.texts[model.id]
    catalogue.credits[_SERIES] = [replace(one, title_id=_SERIES) for one in catalogue.credits[model.id]]
    items = [
        catalog_items.encode_title(title),
        catalog_items.encode_slug(title.slug, title.id),
        *(catalog_items.encode_text(title.id, text) for text in catalogue.texts[_SERIES].values()),
        *map(catalog_items.encode_credit, catalogue.credits[_SERIES]),
        catalog_series.encode_season(season),
        *map(catalog_series.encode_episode, episodes),
    ]
    return items, season, episodes


def _path(episode: EpisodeRecord) -> str:
    return f"{episode.series_id}/{episode.season_id}/{episode.id}"


def _progress(paths: Sequence[str], catalogue: _Catalogue, episodes: Sequence[EpisodeRecord]) -> dict[str, Item]:
    """The PROG# item of every third playable, by its path."""
    lengths = {one.id: one.runtime_seconds for one in catalogue.titles.values()}
    lengths |= {_path(one): one.runtime_seconds for one in episodes}
    found = {}
    for place, path in enumerate(paths):
        if place % _BEGUN_EVERY == 0 and lengths[path]:
            pk, sk = progress_key(PROFILE, path)
            position = lengths[path] * (place % 9 + 1) // 10
            found[path] = {"pk": pk, "sk": sk, "pos": position, "dur": lengths[path], "done": False, "obs": place}
    return found


def _facts(
    catalogue: _Catalogue,
    shelves: Sequence[Sequence[str]],
    shown: Sequence[str],
    season: SeasonRecord,
    episodes: Sequence[EpisodeRecord],
    progress: dict[str, Item],
) -> dict[str, Any]:
    people = {credit.person_id for id_ in shown for credit in catalogue.credits[id_]}
    return {
        "rails": [
            {"id": encode_id("Rail", f"editorial:shelf-{number}"), "name": _shelf_name(number), "titles": ids}
            for number, ids in enumerate(shelves, 1)
        ],
        "titles": {id_: _title(catalogue.titles[id_], catalogue) for id_ in shown},
        "credits": {id_: [_credit(one) for one in catalogue.credits[id_]] for id_ in shown},
        "people": {id_: {"id": encode_id("Person", id_), "name": catalogue.people[id_].name} for id_ in people},
        "genres": {
            id_: {"id": encode_id("Genre", id_), "name": localise(one.names, (), "en")}
            for id_, one in catalogue.genres.items()
        },
        "seasons": {
            _SERIES: [
                {"key": season.id, "id": encode_id("Season", _SERIES, season.id), "number": 1, "name": "Season 1"}
            ]
        },
        "episodes": {season.id: [_episode(one) for one in episodes]},
        "progress": {
            path: {
                "positionSeconds": item["pos"],
                "fraction": item["pos"] / item["dur"],
                "completed": False,
            }
            for path, item in progress.items()
        },
    }


def _title(title: TitleRecord, catalogue: _Catalogue) -> dict[str, Any]:
    text = catalogue.texts[title.id][title.original_language]
    return {
        "__typename": _TYPES[title.kind],
        "key": title.id,
        "id": encode_id(_TYPES[title.kind], title.id),
        "name": localise(title.names, (), title.original_language),
        "tagline": text.tagline,
        "synopsis": text.synopsis,
        "releaseDate": title.release_date and title.release_date.isoformat(),
        "maturity": {"code": title.maturity.code, "minimumAge": title.maturity.minimum_age},
        "genreIds": list(title.genre_ids),
        "runtimeSeconds": title.runtime_seconds,
        "episodeCount": title.episode_count,
    }


def _credit(credit: CreditRecord) -> dict[str, Any]:
    return {"role": credit.role.value, "character": credit.character, "personId": credit.person_id}


def _episode(episode: EpisodeRecord) -> dict[str, Any]:
    return {
        "path": _path(episode),
        "id": encode_id("Episode", episode.series_id, episode.season_id, episode.id),
        "number": episode.number,
        "name": localise(episode.names, (), episode.original_language),
        "synopsis": localise(episode.synopses, (), episode.original_language),
        "runtimeSeconds": episode.runtime_seconds,
    }
