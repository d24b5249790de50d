"""Guards that let the same callers through: one is asked for all of them, and each refuses in its own words."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, build_schema

from engine import FIELD, GUARD, Attribute, Engine

Asked = list[str]


def guard(name: str, group: str | None) -> Any:
    def asked(context: Asked) -> GraphQLError | None:
        context.append(name)
        return GraphQLError(f"{name} is not for you") if "stranger" in context else None

    if group is not None:
        setattr(asked, "alike", group)  # noqa: B010
    return asked


@pytest.fixture
def schema() -> GraphQLSchema:
    made = build_schema("type Query { box: Box boxes: [Box] } type Box { a: Int b: Int c: Int open: Int }")
    fields = made.type_map["Box"].fields  # type: ignore[attr-defined]
    for name, group in (("a", "members"), ("b", "members"), ("c", None)):
        fields[name].extensions |= {GUARD: guard(name, group), FIELD: Attribute(name)}
    return made


BOX = SimpleNamespace(a=1, b=2, c=3, open=4)
TEXT = "{ box { open b c a } boxes { a b } }"


async def ask(engine: Engine, context: Asked) -> Any:
    answer = await engine.execute(engine.prepare(TEXT), None, context, root={"box": BOX, "boxes": [BOX, BOX]})
    return json.loads(answer.body)


async def test_where_one_lets_through_its_like_need_not_be_asked(schema: GraphQLSchema) -> None:
    engine = Engine(schema)
    for _ in range(4):
        context: Asked = []
        answer = await ask(engine, context)
        assert answer["data"] == {"box": {"open": 4, "b": 2, "c": 3, "a": 1}, "boxes": [{"a": 1, "b": 2}] * 2}
    assert context == ["b", "c", "a"], "the box asks for b and c, the boxes for a: once each"


async def test_each_refuses_in_its_own_words(schema: GraphQLSchema) -> None:
    engine = Engine(schema)
    for _ in range(4):
        answer = await ask(engine, ["stranger"])
        assert answer["data"] == {
            "box": {"open": 4, "b": None, "c": None, "a": None},
            "boxes": [{"a": None, "b": None}] * 2,
        }
        told = [(error["path"][-1], error["message"]) for error in answer["errors"]]
        assert told == [(name, f"{name} is not for you") for name in "bcaabab"]
