"""build_schema(): the whole graph, for the engine and for the exported contract."""

from __future__ import annotations

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from engine.binding import bind
from graph.directives import ARGUMENTS
from graph.errors import ERROR_TYPES
from graph.guards import install_guards
from graph.idempotency import idempotent
from graph.mutations import Mutation
from graph.queries import Query
from graph.scalars import SCALARS
from graph.subscriptions import Subscription
from graph.types.genres import Genre
from graph.types.home import Rail
from graph.types.people import Person
from graph.types.playback import PlaybackSession
from graph.types.profiles import Profile
from graph.types.series import Episode, Season, Series
from graph.types.titles import Movie
from graph.types.viewers import Viewer

_TYPES = [Movie, Series, Season, Episode, Person, Genre, Rail, Profile, Viewer, PlaybackSession, *ERROR_TYPES]
"""What fields reach through interfaces only."""


def strawberry_schema() -> strawberry.Schema:
    """The schema as Strawberry holds and prints it."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=_TYPES,
        directives=[idempotent],
        config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
    )
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType) and type_.extensions["strawberry-definition"].is_one_of:
            # graphql-core's own check refuses documents and variables, and says it once.
            type_.is_one_of = True
            type_.out_type = GraphQLInputObjectType.out_type  # type: ignore[method-assign]
    for directive in schema._schema.directives:
        for name, argument in directive.args.items():
            argument.description = ARGUMENTS.get((directive.name, name)) or argument.description
    return schema


def build_schema() -> GraphQLSchema:
    """The graph to execute, with the engine's markers and a guard on every protected field."""
    return install_guards(bind(strawberry_schema()))
