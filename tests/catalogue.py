"""A small catalogue for tests: films, two series, people, genres, shelves; and how a test asks the graph for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from graphql import GraphQLError, GraphQLSchema

from datasources import Sources
from datasources.audiences import Audiences
from datasources.cache import Cache
from datasources.calls import Calls, counted
from datasources.catalog import Catalog
from datasources.catalog_feed import encode_change, encode_feed_head, encode_ranking
from datasources.catalog_items import (
    encode_credit,
    encode_genre,
    encode_person,
    encode_slug,
    encode_text,
    encode_title,
)
from datasources.catalog_keys import SHARDS, shard_of
from datasources.catalog_series import EpisodeText, encode_episode, encode_episode_text, encode_season
from datasources.dynamodb import Database, Item
from datasources.search import EmbeddedSearch
from datasources.upkeep import Upkeep
from datasources.viewers import Viewers
from domain.discovery import Change, ChangeKind, ItemKind, Ranking
from domain.titles import (
    AvailabilityWindow,
    CreditRecord,
    CreditRole,
    EpisodeRecord,
    GenreRecord,
    ImageKind,
    ImageRecord,
    MaturityRating,
    PersonRecord,
    PlanTier,
    Quality,
    SeasonRecord,
    TextRecord,
    TitleKind,
    TitleRecord,
    TitleStatus,
)
from engine import Engine, RequestRefused
from graph.schema import build_schema
from resolvers.context import Context

NOW = datetime(2026, 11, 23, 20, 15, 30, tzinfo=UTC)
SAVED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
EVERYWHERE = AvailabilityWindow(countries=frozenset("*"), starts_at=datetime(2020, 1, 1, tzinfo=UTC))
MEDIA = "http://media.test"


def movie(number: int, **changes: Any) -> TitleRecord:
    """The film "m<number>", released so many days after 2000-01-01, the lower the number the more popular."""
    id_ = f"m{number:03d}"
    made = TitleRecord(
        id=id_,
        kind=TitleKind.MOVIE,
        slug=f"film-{number}",
        names={"en": f"Film {number}", "nl": f"Filmpje {number}"},
        original_language="en",
        release_date=date(2000, 1, 1) + timedelta(days=number),
        maturity=MaturityRating(code="PG", system="MPA", minimum_age=8, advisories=("language",)),
        genre_ids=("drama", "crime") if number % 2 else ("drama",),
        images=(
            ImageRecord(kind=ImageKind.POSTER, path=f"/art/{id_}-342.svg", width=342, height=513, blurhash="L|~,"),
            ImageRecord(kind=ImageKind.POSTER, path=f"/art/{id_}.svg", width=1000, height=1500),
        ),
        windows=(EVERYWHERE,),
        status=TitleStatus.PUBLISHED,
        version=3,
        updated_at=SAVED,
        popularity=1000.0 - number,
        runtime_seconds=5400 + number,
        audio_languages=("en",),
        subtitle_languages=("en", "nl"),
        max_quality=Quality.UHD,
    )
    return replace(made, **changes)


def series(id_: str, name: str, *, seasons: int, episodes: int) -> TitleRecord:
    return movie(
        900,
        id=id_,
        kind=TitleKind.SERIES,
        slug=id_,
        names={"en": name, "nl": f"{name} (NL)"},
        genre_ids=("crime",),
        runtime_seconds=0,
        season_count=seasons,
        episode_count=seasons * episodes,
    )


def season(series_id: str, number: int, episodes: int, **changes: Any) -> SeasonRecord:
    made = SeasonRecord(
        id=f"s{number}",
        series_id=series_id,
        number=number,
        names={},
        synopses={"en": f"The {number}."},
        release_date=date(2020 + number, 1, 1),
        episode_count=episodes,
        images=(),
        version=1,
        updated_at=SAVED,
    )
    return replace(made, **changes)


def episode(series_id: str, season_number: int, number: int) -> EpisodeRecord:
    return EpisodeRecord(
        id=f"e{number}",
        series_id=series_id,
        season_id=f"s{season_number}",
        number=number,
        names={"en": f"Episode {number}"},
        synopses={"en": f"What happens in {season_number}.{number}."},
        original_language="en",
        release_date=date(2020 + season_number, 1, 1) + timedelta(days=number),
        runtime_seconds=2400,
        images=(ImageRecord(kind=ImageKind.STILL, path=f"/art/e{number}.svg", width=640, height=360),),
        version=1,
        updated_at=SAVED,
    )


def person(number: int) -> PersonRecord:
    return PersonRecord(
        id=f"p{number:02d}",
        name=f"Person {number}",
        biographies={"en": f"Born in {1900 + number}."},
        born=date(1900 + number, 5, 6),
        images=(ImageRecord(kind=ImageKind.PORTRAIT, path=f"/art/p{number:02d}.svg", width=400, height=400),),
        updated_at=SAVED,
    )


GENRES = [
    GenreRecord(id=id_, slug=id_, names={"en": en, "nl": nl}, updated_at=SAVED)
    for id_, en, nl in [("crime", "Crime", "Misdaad"), ("drama", "Drama", "Drama"), ("war", "War", "Oorlog")]
]


@dataclass(kw_only=True)
class World:
    """What the tables are filled with; every film has four credits of the first ten people."""

    movies: list[TitleRecord] = field(default_factory=lambda: [movie(n) for n in range(1, 41)])
    series: list[tuple[TitleRecord, int, int]] = field(
        default_factory=lambda: [(series("noir", "Noir", seasons=2, episodes=3), 2, 3)]
    )
    people: list[PersonRecord] = field(default_factory=lambda: [person(n) for n in range(1, 11)])
    rankings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def items(self) -> Iterator[Item]:
        """Everything as items of the catalogue table."""
        for title in [*self.movies, *(one for one, _, _ in self.series)]:
            yield encode_title(title)
            yield encode_slug(title.slug, title.id)
            for tag in title.names:
                yield encode_text(
                    title.id, TextRecord(language=tag, tagline=f"{tag}!", synopsis=f"{title.id} in {tag}.")
                )
            yield from map(encode_credit, self.credits_of(title))
        for title, seasons, episodes in self.series:
            for number in range(1, seasons + 1):
                yield encode_season(season(title.id, number, episodes))
                for one in range(1, episodes + 1):
                    yield encode_episode(episode(title.id, number, one))
                    text = EpisodeText(episode_id=f"e{one}", language="nl", name=f"Aflevering {one}", synopsis="In NL.")
                    yield encode_episode_text(title.id, f"s{number}", text)
        yield from map(encode_person, self.people)
        yield from map(encode_genre, GENRES)
        for scope, ids in self.rankings.items():
            country, _, scope = scope.rpartition("/")
            yield encode_ranking(
                Ranking(
                    country=country or "*", scope=scope, title_ids=tuple(ids), updated_at=SAVED, names=_names(scope)
                )
            )
        yield from self._feed()

    def credits_of(self, title: TitleRecord) -> Iterator[CreditRecord]:
        first = int(title.id[1:]) if title.id[1:].isdigit() else 0
        roles = [CreditRole.ACTOR, CreditRole.ACTOR, CreditRole.DIRECTOR, CreditRole.ACTOR]
        for order, role in enumerate(roles):
            yield CreditRecord(
                title_id=title.id,
                person_id=self.people[(first + order) % len(self.people)].id,
                role=role,
                order=order,
                character=f"Role {order}" if role is CreditRole.ACTOR else None,
                release_date=title.release_date,
            )

    def _feed(self) -> Iterator[Item]:
        sequences = dict.fromkeys(range(SHARDS), 0)
        for kind, path in self._told():
            shard = shard_of(path.partition("/")[0])
            sequences[shard] += 1
            yield encode_change(change(sequences[shard], path, kind=kind, shard=shard))
        for shard, sequence in sequences.items():
            yield encode_feed_head(shard, sequence)

    def _told(self) -> Iterator[tuple[ItemKind, str]]:
        for title in [*self.movies, *(one for one, _, _ in self.series)]:
            if title.status is TitleStatus.PUBLISHED:
                yield ItemKind.of_title(title.kind), title.id
        for title, seasons, episodes in self.series:
            for number in range(1, seasons + 1):
                yield ItemKind.SEASON, f"{title.id}/s{number}"
                yield from ((ItemKind.EPISODE, f"{title.id}/s{number}/e{one}") for one in range(1, episodes + 1))
        for person in self.people:
            yield ItemKind.PERSON, person.id


def change(
    sequence: int, path: str, *, kind: ItemKind = ItemKind.MOVIE, shard: int = 0, at: datetime = SAVED
) -> Change:
    return Change(shard=shard, sequence=sequence, kind=ChangeKind.UPSERTED, item_kind=kind, path=path, at=at)


def _names(scope: str) -> Mapping[str, str]:
    head, _, slug = scope.partition(":")
    return {"en": slug.title()} if head == "editorial" else {}


@cache
def schema() -> GraphQLSchema:
    return build_schema()


def engine() -> Engine:
    """A fresh one, as segments are remembered from one operation to the next."""
    return Engine(schema(), format_error=told)


def told(error: GraphQLError) -> dict[str, Any]:
    """An error as a test states it: message, path and code."""
    code = getattr(error.original_error, "code", None) or getattr(error, "extensions", {}).get("code")
    formed = {"message": error.message, "path": error.path, "code": code}
    return {name: value for name, value in formed.items() if value is not None}


async def upkeep_of(database: Database) -> Upkeep:
    """The index built from the tables, a cold cache, and what follows the feed."""
    upkeep = Upkeep(database, Catalog(database, Cache()), Audiences(), EmbeddedSearch())
    await upkeep.build()
    return upkeep


async def sources(database: Database, upkeep: Upkeep | None = None) -> Sources:
    """Cold sources over the tables."""
    upkeep = upkeep or await upkeep_of(database)
    return Sources(
        catalog=upkeep.catalog,
        audiences=upkeep.audiences,
        search=upkeep.search,
        viewers=Viewers(database=database),
        media_base_url=MEDIA,
        cursor_key=b"a key of thirty-two bytes, or so",
        pseudonym_key=b"another key that is never changed",
    )


@dataclass(kw_only=True)
class Asker:
    """Asks the graph as one caller; `calls` are the AWS calls of the last operation."""

    sources: Sources
    upkeep: Upkeep | None = None
    engine: Engine = field(default_factory=engine)
    calls: Calls = field(default_factory=Calls)

    async def __call__(self, document: str, variables: Mapping[str, Any] | None = None, **caller: Any) -> Any:
        """The whole response as JSON."""
        context = Context(sources=self.sources, **{"country": "NL", "languages": ("en",), "now": NOW, **caller})
        with counted() as self.calls:
            try:
                plan = self.engine.prepare(document)
            except RequestRefused as refused:
                return {"refused": refused.stage, "errors": [told(error) for error in refused.errors]}
            root = None if context.viewer.staff else 0
            answer = await self.engine.execute(plan, variables, context, root=root)
        return json.loads(answer.body)


PREMIUM = PlanTier.PREMIUM
