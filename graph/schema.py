"""build_schema(): the whole graph, for the engine and for the exported contract."""

from __future__ import annotations

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from engine.binding import bind
from graph.directives import ARGUMENTS
from graph.queries import Query
from graph.scalars import SCALARS


def strawberry_schema() -> strawberry.Schema:
    """The schema as Strawberry holds and prints it."""
    schema = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))
    for directive in schema._schema.directives:
        for name, argument in directive.args.items():
            argument.description = argument.description or ARGUMENTS.get((directive.name, name))
    return schema


def build_schema() -> GraphQLSchema:
    """The graph to execute, with the engine's markers."""
    return bind(strawberry_schema())
