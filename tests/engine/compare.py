"""Runs one document through the engine and through graphql-core and insists on the same answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from graphql import GraphQLSchema, build_schema

from engine import Engine
from engine.answers import default_format_error
from engine.classic import Classic

RUNS = 5
"""At first sight, column by column, by generated code, and with segments in memory."""


def schema_of(sdl: str, **resolvers: Callable[..., Any]) -> GraphQLSchema:
    """A schema from SDL; resolvers are given as `Type_field=function`."""
    schema = build_schema(sdl)
    for name, function in resolvers.items():
        type_name, _, field_name = name.partition("_")
        schema.type_map[type_name].fields[field_name].resolve = function  # type: ignore[attr-defined]
    return schema


async def same(
    schema: GraphQLSchema,
    text: str,
    variables: dict[str, Any] | None = None,
    *,
    root: Any = None,
    context: Any = None,
) -> dict[str, Any]:
    """The answer, which is the same from both and in every run; `root` may be a function that makes a fresh one."""
    engine = Engine(schema)
    plan = engine.prepare(text)
    classic = Classic(schema, default_format_error, 50)
    make = root if callable(root) else lambda: root
    expected = await classic.execute(plan, variables, context, make(), None)
    for run in range(RUNS):
        answer = await engine.execute(plan, variables, context, root=make())
        assert json.loads(answer.body) == json.loads(expected.body), f"run {run}"
        assert list(json.loads(answer.body)) == list(json.loads(expected.body))
        assert len(answer.errors) == len(expected.errors)
        assert (answer.request_error, answer.data_is_null) == (expected.request_error, expected.data_is_null)
    assert engine.stats.compiled == RUNS, engine.stats
    found: dict[str, Any] = json.loads(expected.body)
    return found
