"""Root fields of mutations with a resolver of their own: the usual payload, and everything that is not one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLField, GraphQLSchema

from engine import FIELD, GUARD, Attribute, Direct, Engine
from tests.engine.compare import same, schema_of

SDL = """
interface Problem { message: String! }
type Wrong implements Problem { message: String! }
type Thing { name: String!  size: Int  maker: Maker }
type Maker { name: String }
type Payload { thing: Thing  sure: Thing!  things: [Thing!]  errors: [Problem!]!  order: [Int!]!
  count: Int  secret: Maker  own: Maker }
type Query { q: Int }
type Mutation {
  one(to: Int): Payload
  two(to: Int): Payload!
  list: [Payload!]
  leaf: Int
  guarded: Payload
}
"""
THING = SimpleNamespace(name="x", size=3, maker=SimpleNamespace(name="m"))
WHOLE = """{ thing { name size maker { name } } sure { name } things { size } errors { message } order count
  secret { name } own { name } }"""


def payload(**parts: Any) -> SimpleNamespace:
    usual = {
        "thing": THING,
        "sure": THING,
        "things": [THING, THING],
        "errors": [],
        "order": [],
        "secret": THING,
        "own": THING,
    }
    return SimpleNamespace(**(usual | parts))


def changing(call: Callable[..., Any]) -> GraphQLSchema:
    """A schema whose root fields all answer what `call(info, arguments)` answers."""
    schema = schema_of(SDL)
    schema.type_map["Problem"].resolve_type = lambda _value, _info, _type: "Wrong"  # type: ignore[attr-defined]
    assert schema.mutation_type is not None
    for field in schema.mutation_type.fields.values():
        _directly(field, call)
    for name in ("Payload", "Thing", "Maker", "Wrong"):
        for attribute, field in schema.type_map[name].fields.items():  # type: ignore[attr-defined]
            field.resolve = _reading(attribute)
            field.extensions[FIELD] = Attribute(attribute)
    parts: dict[str, GraphQLField] = schema.type_map["Payload"].fields  # type: ignore[attr-defined]
    for name in ("count", "own"):
        _directly(parts[name], lambda _info, _given: None)
    parts["secret"].extensions[GUARD] = lambda context: GraphQLError("secret") if context == "stranger" else None
    guarded = schema.mutation_type.fields["guarded"]
    guarded.extensions[GUARD] = lambda context: GraphQLError("not for you") if context == "stranger" else None
    return schema


def _directly(field: GraphQLField, call: Callable[..., Any]) -> None:
    field.resolve = lambda _source, info, **given: call(info, given)
    field.extensions[FIELD] = Direct(lambda _source, info, given: call(info, given))


def _reading(attribute: str) -> Callable[..., Any]:
    return lambda source, _info: getattr(source, attribute)


class Bad:
    """An attribute that raises."""

    thing = sure = things = THING
    order: tuple[int, ...] = ()

    @property
    def errors(self) -> Any:
        raise ValueError("no errors today")


class Callable_(SimpleNamespace):
    """A payload that can be called, though nobody should."""

    def __call__(self) -> None:
        raise AssertionError


ANSWERS: dict[str, Callable[[], Any]] = {
    "the usual": payload,
    "errors": lambda: payload(thing=None, errors=[SimpleNamespace(message="a"), SimpleNamespace(message="b")]),
    "nothing": lambda: None,
    "no list": lambda: payload(things=None),
    "no errors": lambda: payload(errors=None),
    "a null where none may be": lambda: payload(sure=None),
    "a null in a list": lambda: payload(things=[THING, None]),
    "an error in place of a payload": lambda: ValueError("gone"),
    "an error in place of a thing": lambda: payload(thing=ValueError("gone")),
    "an error in a list": lambda: payload(errors=[ValueError("gone")]),
    "no list where one should be": lambda: payload(things=3),
    "an empty tuple": lambda: payload(things=(), errors=()),
    "an attribute that is not there": lambda: SimpleNamespace(thing=THING),
    "an attribute that raises": Bad,
    "a number": lambda: 5,
    "a list": lambda: [payload(), payload()],
    "a wrong leaf": lambda: payload(order=["x"]),
    "what can be called": lambda: Callable_(**vars(payload())),
}


@pytest.mark.parametrize("field", ["one", "two", "list", "leaf"])
@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_every_payload_is_completed_as_graphql_core_does(
    answer: Callable[[], Any], waits: bool, field: str
) -> None:
    async def later() -> Any:
        await asyncio.sleep(0)
        return answer()

    schema = changing(lambda _info, _given: later() if waits else answer())
    rest = "" if field == "leaf" else WHOLE
    await same(schema, f"mutation {{ a: {field} {rest} b: {field} {rest} __typename }}")


@pytest.mark.parametrize("part", ["thing", "errors", "order"])
async def test_attributes_that_have_to_be_awaited_are(part: str) -> None:
    usual = payload()

    async def later() -> Any:
        await asyncio.sleep(0)
        return getattr(usual, part)

    await same(changing(lambda _info, _given: payload(**{part: later()})), f"mutation {{ one {WHOLE} }}")


async def test_a_guarded_attribute_of_a_payload_is_not_read() -> None:
    schema = changing(lambda _info, _given: payload())
    engine = Engine(schema)
    plan = engine.prepare("mutation { one { secret { name } } }")
    for _ in range(4):
        answer = await engine.execute(plan, None, "stranger")
        assert answer.body.startswith(b'{"data":{"one":{"secret":null}},"errors":[{"message":"secret"')


@pytest.mark.parametrize("stranger", [True, False])
async def test_a_guarded_field_is_refused_before_it_is_called(stranger: bool) -> None:
    called: list[str] = []

    def call(info: Any, _given: Any) -> Any:
        called.append(info.field_name)
        return payload()

    engine = Engine(changing(call))
    plan = engine.prepare(f"mutation {{ guarded {WHOLE} one {{ order }} }}")
    for run in range(4):
        answer = await engine.execute(plan, None, "stranger" if stranger else "friend")
        assert [error.message for error in answer.errors] == (["not for you"] if stranger else [])
        assert called == (["one"] if stranger else ["guarded", "one"]) * (run + 1)


async def test_arguments_that_are_wrong_are_the_fields_error_and_the_next_field_runs() -> None:
    def call(_info: Any, given: Any) -> Any:
        return payload(order=[given["to"]])

    schema = changing(call)
    schema.mutation_type.fields["one"].args["to"].type = schema.type_map["Int"]  # type: ignore[union-attr, assignment]

    def refused(values: dict[str, Any], _info: Any) -> dict[str, Any]:
        if values["to"] > 1:
            raise ValueError("too far")
        return values

    direct = schema.mutation_type.fields["one"].extensions[FIELD]  # type: ignore[union-attr]
    schema.mutation_type.fields["one"].extensions[FIELD] = Direct(direct.call, refused)  # type: ignore[union-attr]
    engine = Engine(schema)
    plan = engine.prepare("mutation($to: Int) { a: one(to: 2) { order } b: one(to: $to) { order } }")
    for _ in range(4):
        answer = await engine.execute(plan, {"to": 1}, None)
        assert [(error.message, error.path) for error in answer.errors] == [("too far", ["a"])]
        assert answer.body.startswith(b'{"data":{"a":null,"b":{"order":[1]}},')


async def test_what_a_later_field_changes_does_not_change_what_an_earlier_one_answered() -> None:
    order: list[int] = []

    def push(_info: Any, given: Any) -> Any:
        if given["to"] == 1:
            order.clear()
        order.append(given["to"])
        return payload(order=order)

    text = "mutation { a: one(to: 1) { order } b: two(to: 2) { order } c: one(to: 3) { order } }"
    answer = await same(changing(push), text)
    assert answer == {"data": {"a": {"order": [1]}, "b": {"order": [1, 2]}, "c": {"order": [1, 2, 3]}}}


async def test_the_usual_payload_needs_no_care_and_an_unusual_one_is_counted_once() -> None:
    answers = [payload()]
    engine = Engine(changing(lambda _info, _given: answers[0]))
    plan = engine.prepare(f"mutation {{ a: one {WHOLE} b: two {WHOLE} }}")
    for _ in range(5):
        await engine.execute(plan, None, None)
    assert engine.stats.surprises == 0
    answers[0] = payload(order=["x"])
    await engine.execute(plan, None, None)
    assert engine.stats.surprises == 1
