"""Strawberry's ASGI application with its DataLoaders on uvicorn; BENCH_SOURCE=caches adds its parser and validation caches."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import strawberry
import uvicorn
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

sys.path.append(str(Path(__file__).resolve().parent.parent))
import facts  # noqa: E402


class Loaders:
    def __init__(self) -> None:
        self.titles = DataLoader(facts.titles)
        self.credits = DataLoader(facts.credits)
        self.people = DataLoader(facts.people)
        self.genres = DataLoader(facts.genres)
        self.seasons = DataLoader(facts.seasons)
        self.episodes = DataLoader(facts.episodes)
        self.progress = DataLoader(facts.progress)
        self.listed = DataLoader(facts.listed)


Info = strawberry.Info[dict[str, Any], None]


@strawberry.enum
class CreditRole(Enum):
    ACTOR = "ACTOR"
    DIRECTOR = "DIRECTOR"
    WRITER = "WRITER"
    PRODUCER = "PRODUCER"
    COMPOSER = "COMPOSER"


@strawberry.type
class MaturityRating:
    code: str
    minimum_age: int


@strawberry.type
class Genre:
    id: strawberry.ID
    name: str


@strawberry.type
class Person:
    id: strawberry.ID
    name: str


@strawberry.type
class Progress:
    position_seconds: int
    fraction: float
    completed: bool


async def progress_of(info: Info, path: str) -> Progress | None:
    if info.context["profile"] is None:
        return None
    found = await info.context["loaders"].progress.load(path)
    return found and Progress(
        position_seconds=found["positionSeconds"], fraction=found["fraction"], completed=found["completed"]
    )


@strawberry.type
class Credit:
    role: CreditRole
    character: str | None
    person_id: strawberry.Private[str]

    @strawberry.field
    async def person(self, info: Info) -> Person:
        return Person(**await info.context["loaders"].people.load(self.person_id))


@strawberry.type
class CreditConnection:
    nodes: list[Credit]


@strawberry.type
class TitleState:
    key: strawberry.Private[str]

    @strawberry.field
    async def in_watchlist(self, info: Info) -> bool:
        return await info.context["loaders"].listed.load(self.key)


@strawberry.type
class Episode:
    id: strawberry.ID
    number: int
    name: str
    synopsis: str
    runtime_seconds: int
    path: strawberry.Private[str]

    @strawberry.field
    async def progress(self, info: Info) -> Progress | None:
        return await progress_of(info, self.path)


@strawberry.type
class EpisodeConnection:
    nodes: list[Episode]


@strawberry.type
class Season:
    id: strawberry.ID
    number: int
    name: str
    key: strawberry.Private[str]

    @strawberry.field
    async def episodes(self, info: Info, first: int | None = 40) -> EpisodeConnection:
        found = await info.context["loaders"].episodes.load(self.key)
        return EpisodeConnection(
            nodes=[
                Episode(
                    id=one["id"],
                    number=one["number"],
                    name=one["name"],
                    synopsis=one["synopsis"],
                    runtime_seconds=one["runtimeSeconds"],
                    path=one["path"],
                )
                for one in found[:first]
            ]
        )


@strawberry.type
class SeasonConnection:
    nodes: list[Season]


@strawberry.interface
class Title:
    id: strawberry.ID
    name: str
    tagline: str | None
    synopsis: str
    release_date: str | None
    maturity: MaturityRating
    key: strawberry.Private[str]
    genre_ids: strawberry.Private[list[str]]

    @strawberry.field
    async def genres(self, info: Info) -> list[Genre]:
        return [Genre(**one) for one in await info.context["loaders"].genres.load_many(self.genre_ids)]

    @strawberry.field
    async def credits(self, info: Info, role: CreditRole | None = None, first: int | None = 20) -> CreditConnection:
        every = await info.context["loaders"].credits.load(self.key)
        chosen = [one for one in every if role is None or one["role"] == role.value][:first]
        return CreditConnection(
            nodes=[
                Credit(role=CreditRole(one["role"]), character=one["character"], person_id=one["personId"])
                for one in chosen
            ]
        )

    @strawberry.field
    def viewer_state(self, info: Info) -> TitleState | None:
        return TitleState(key=self.key) if info.context["profile"] else None


@strawberry.type
class Movie(Title):
    runtime_seconds: int

    @strawberry.field
    async def progress(self, info: Info) -> Progress | None:
        return await progress_of(info, self.key)


@strawberry.type
class Series(Title):
    episode_count: int

    @strawberry.field
    async def seasons(self, info: Info, first: int | None = 20) -> SeasonConnection:
        found = await info.context["loaders"].seasons.load(self.key)
        return SeasonConnection(nodes=[Season(**one) for one in found[:first]])


def title_of(found: dict[str, Any]) -> Title:
    common = {
        "id": found["id"],
        "name": found["name"],
        "tagline": found["tagline"],
        "synopsis": found["synopsis"],
        "release_date": found["releaseDate"],
        "maturity": MaturityRating(code=found["maturity"]["code"], minimum_age=found["maturity"]["minimumAge"]),
        "key": found["key"],
        "genre_ids": found["genreIds"],
    }
    if found["__typename"] == "Movie":
        return Movie(**common, runtime_seconds=found["runtimeSeconds"])
    return Series(**common, episode_count=found["episodeCount"])


@strawberry.type
class TitleConnection:
    nodes: list[Title]


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Rail(Node):
    name: str
    keys: strawberry.Private[list[str]]

    @strawberry.field
    async def titles(self, info: Info, first: int | None = 20) -> TitleConnection:
        found = await info.context["loaders"].titles.load_many(self.keys[:first])
        return TitleConnection(nodes=[title_of(one) for one in found])


@strawberry.type
class RailConnection:
    nodes: list[Rail]


@strawberry.input(one_of=True)
class TitleBy:
    id: strawberry.Maybe[strawberry.ID]
    slug: strawberry.Maybe[str]


@strawberry.input
class SetWatchlistInput:
    title_id: strawberry.ID
    in_watchlist: bool


@strawberry.type
class UserError:
    message: str


@strawberry.type
class TitleStatePayload:
    title: Title | None
    errors: list[UserError]


def rail_of(found: dict[str, Any]) -> Rail:
    return Rail(id=found["id"], name=found["name"], keys=found["titles"])


@strawberry.type
class Query:
    @strawberry.field
    async def nodes(self, ids: list[strawberry.ID]) -> list[Node | None]:
        return [(found := facts.RAILS_BY_ID.get(id_)) and rail_of(found) for id_ in ids]

    @strawberry.field
    async def home(self, first: int | None = 8) -> RailConnection | None:
        return RailConnection(nodes=[rail_of(one) for one in facts.FACTS["rails"][:first]])

    @strawberry.field
    async def title(self, by: TitleBy) -> Title | None:
        found = facts.TITLES_BY_ID.get(by.id.value) if by.id else None
        return found and title_of(found)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def set_watchlist(self, input: SetWatchlistInput) -> TitleStatePayload | None:
        found = facts.TITLES_BY_ID.get(input.title_id)
        if found is None:
            return TitleStatePayload(title=None, errors=[UserError(message="No title has that id.")])
        await facts.put_on_list(found["key"], input.in_watchlist)
        return TitleStatePayload(title=title_of(found), errors=[])


class Application(GraphQL):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"profile": request.headers.get("x-profile-token"), "loaders": Loaders()}


caches = [lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)]
schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[Movie, Series, Rail],
    extensions=caches if os.environ["BENCH_SOURCE"] == "caches" else [],
)
app = Application(schema)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
