"""Ariadne's ASGI application over the schema file, with aiodataloader, on uvicorn."""

import os
import sys
from pathlib import Path

import uvicorn
from aiodataloader import DataLoader
from ariadne import InterfaceType, MutationType, ObjectType, QueryType, load_schema_from_path, make_executable_schema
from ariadne.asgi import GraphQL

PEERS = Path(__file__).resolve().parent.parent
sys.path.append(str(PEERS))
import facts  # noqa: E402

query, mutation = QueryType(), MutationType()
rail, movie, series = ObjectType("Rail"), ObjectType("Movie"), ObjectType("Series")
credit, season, episode = ObjectType("Credit"), ObjectType("Season"), ObjectType("Episode")
state = ObjectType("TitleState")
node = InterfaceType("Node", lambda *_: "Rail")
title = InterfaceType("Title", lambda value, *_: value["__typename"])


class Loaders:
    def __init__(self):
        self.titles = DataLoader(facts.titles)
        self.credits = DataLoader(facts.credits)
        self.people = DataLoader(facts.people)
        self.genres = DataLoader(facts.genres)
        self.seasons = DataLoader(facts.seasons)
        self.episodes = DataLoader(facts.episodes)
        self.progress = DataLoader(facts.progress)
        self.listed = DataLoader(facts.listed)


def context_of(request, data=None):
    return {"profile": request.headers.get("x-profile-token"), "loaders": Loaders()}


def page(nodes, first):
    return {"nodes": nodes[:first]}


@query.field("nodes")
def resolve_nodes(_, info, ids):
    return [facts.RAILS_BY_ID.get(id_) for id_ in ids]


@query.field("home")
def resolve_home(_, info, first):
    return page(facts.FACTS["rails"], first)


@query.field("title")
def resolve_title(_, info, by):
    return facts.TITLES_BY_ID.get(by["id"])


@mutation.field("setWatchlist")
async def resolve_set_watchlist(_, info, input):
    found = facts.TITLES_BY_ID.get(input["titleId"])
    if found is None:
        return {"title": None, "errors": [{"message": "No title has that id."}]}
    await facts.put_on_list(found["key"], input["inWatchlist"])
    info.context["loaders"].listed.clear(found["key"])
    return {"title": found, "errors": []}


@rail.field("titles")
async def resolve_titles(parent, info, first):
    return page(await info.context["loaders"].titles.load_many(parent["titles"][:first]), first)


@movie.field("genres")
@series.field("genres")
def resolve_genres(parent, info):
    return info.context["loaders"].genres.load_many(parent["genreIds"])


@movie.field("credits")
@series.field("credits")
async def resolve_credits(parent, info, first, role=None):
    every = await info.context["loaders"].credits.load(parent["key"])
    return page([one for one in every if role is None or one["role"] == role], first)


@movie.field("viewerState")
@series.field("viewerState")
def resolve_viewer_state(parent, info):
    return {"key": parent["key"]} if info.context["profile"] else None


@state.field("inWatchlist")
def resolve_in_watchlist(parent, info):
    return info.context["loaders"].listed.load(parent["key"])


@movie.field("progress")
def resolve_progress(parent, info):
    return info.context["loaders"].progress.load(parent["key"]) if info.context["profile"] else None


@episode.field("progress")
def resolve_episode_progress(parent, info):
    return info.context["loaders"].progress.load(parent["path"]) if info.context["profile"] else None


@series.field("seasons")
async def resolve_seasons(parent, info, first):
    return page(await info.context["loaders"].seasons.load(parent["key"]), first)


@season.field("episodes")
async def resolve_episodes(parent, info, first):
    return page(await info.context["loaders"].episodes.load(parent["key"]), first)


@credit.field("person")
def resolve_person(parent, info):
    return info.context["loaders"].people.load(parent["personId"])


schema = make_executable_schema(
    load_schema_from_path(str(PEERS / "schema.graphql")),
    query, mutation, node, title, rail, movie, series, credit, season, episode, state,
)
app = GraphQL(schema, context_value=context_of)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), loop="uvloop", http="httptools", log_level="warning", access_log=False)
