"""Payloads of single objects: a memoised record whose gap is called for it alone, and everything that may go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema

from engine import FIELD, GUARD, MEMO, Attribute, Batched, Direct, Engine, Memo
from engine.answers import default_format_error
from engine.classic import Classic
from tests.engine.compare import schema_of

SDL = """
interface Problem { message: String! }
type Wrong implements Problem { message: String! }
type State { listed: Boolean! }
type Film { name: String!  state: State  must: State! }
type Payload { film: Film  other: Film  errors: [Problem!]!  count: Int  total: Int }
type Query { q: Int }
type Mutation { put: Payload  listed: Boolean }
"""
USUAL = "mutation { put { film { name state { listed } } errors { message } } }"
FILM = SimpleNamespace(name="x", version=1)

Answer = Callable[[list[Any], Any], Any]
"""What a batched function answers: `answer(films, context)`."""


class Context:
    """Who asks, what was called, and what the engine has told of single calls."""

    lone = False

    def __init__(self, stranger: bool = False) -> None:
        self.stranger = stranger
        self.calls: list[Any] = []


def usual(films: list[Any], _context: Any) -> list[Any]:
    return [SimpleNamespace(listed=True) for _ in films]


def made(state: Answer = usual, payload: Callable[[], Any] | None = None) -> GraphQLSchema:
    """A schema whose gaps are answered by `state`."""
    schema = schema_of(SDL)
    types: Any = schema.type_map
    types["Problem"].resolve_type = lambda _value, _info, _type: "Wrong"
    types["Film"].extensions[MEMO] = Memo(lambda film: film.version)
    for type_, name in (("Payload", "film"), ("Payload", "other"), ("Payload", "errors"), ("Film", "name")):
        types[type_].fields[name].extensions[FIELD] = Attribute(name)
    for name in ("state", "must"):
        _batched(types["Film"].fields[name], name, state)
    _direct(types["Mutation"].fields["put"], "put", payload or _payload)
    _direct(types["Mutation"].fields["listed"], "listed", lambda: True)
    return schema


def _payload(**parts: Any) -> SimpleNamespace:
    return SimpleNamespace(**({"film": FILM, "other": None, "errors": []} | parts))


def _batched(field: Any, name: str, answer: Answer) -> None:
    async def load(films: list[Any], info: Any, _given: dict[str, Any]) -> Any:
        info.context.calls.append((name, len(films)))
        await asyncio.sleep(0)
        return answer(films, info.context)

    field.extensions[FIELD] = Batched(load)
    field.resolve = lambda film, info: answer([film], info.context)[0]


def _direct(field: Any, name: str, answer: Callable[[], Any]) -> None:
    def call(_source: Any, info: Any, _given: dict[str, Any]) -> Any:
        info.context.calls.append(name)
        return answer()

    field.extensions[FIELD] = Direct(call)
    field.resolve = lambda source, info: call(source, info, {})


async def hot(engine: Engine, text: str = USUAL, context: Context | None = None) -> tuple[Any, Context]:
    """The answer once code is generated and a segment is kept, which has to be graphql-core's; and its context."""
    plan = engine.prepare(text)
    for _ in range(4):
        await engine.execute(plan, None, Context())
    context = context or Context()
    answer = await engine.execute(plan, None, context)
    calls = context.calls
    context.calls = []
    classic = Classic(engine.schema, default_format_error, 50)
    expected = await classic.execute(plan, None, context, None, None)
    context.calls = calls
    assert json.loads(answer.body) == json.loads(expected.body)
    return json.loads(answer.body), context


async def test_a_kept_record_is_asked_for_its_gap_alone() -> None:
    engine = Engine(made())
    answer, context = await hot(engine)
    assert answer == {"data": {"put": {"film": {"name": "x", "state": {"listed": True}}, "errors": []}}}
    assert context.calls == ["put", ("state", 1)]
    assert context.lone
    assert engine.stats.surprises == 0


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("mutation { listed }", ["listed"]),
        ("mutation { put { other { name } errors { message } __typename } }", ["put"]),
        ("mutation { put { film { name } } }", ["put"]),
        ("mutation { a: put { film { state { listed } } } listed }", ["put", ("state", 1), "listed"]),
        ("mutation { put { film { state { listed } must { listed } } } }", ["put", ("state", 1), ("must", 1)]),
    ],
)
async def test_root_fields_of_every_shape_are_usual(text: str, calls: list[Any]) -> None:
    engine = Engine(made())
    _, context = await hot(engine, text)
    assert context.calls == calls
    assert engine.stats.surprises == 0


async def test_two_records_of_one_level_are_one_call() -> None:
    text = "mutation { put { film { state { listed } } other { state { listed } } } }"
    other = SimpleNamespace(name="y", version=2)
    _, context = await hot(Engine(made(payload=lambda: _payload(other=other))), text)
    assert context.calls == ["put", ("state", 2)]


def _raising(_films: list[Any], _context: Any) -> Any:
    raise ValueError("not today")


ODD: dict[str, Answer] = {
    "nothing": lambda films, _context: [None for _ in films],
    "an error": lambda films, _context: [ValueError("not today") for _ in films],
    "raises": _raising,
    "a wrong leaf": lambda films, _context: [SimpleNamespace(listed="x") for _ in films],
    "a leaf that is not there": lambda films, _context: [SimpleNamespace() for _ in films],
    "a null leaf": lambda films, _context: [SimpleNamespace(listed=None) for _ in films],
    "a list": lambda films, _context: [[SimpleNamespace(listed=True)] for _ in films],
}


@pytest.mark.parametrize("gap", ["state", "must"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_an_unusual_gap_is_told_as_graphql_core_tells_it_and_asked_for_once(odd: Answer, gap: str) -> None:
    _, context = await hot(Engine(made(odd)), f"mutation {{ put {{ film {{ name {gap} {{ listed }} }} }} listed }}")
    assert context.calls == ["put", (gap, 1), "listed"]


@pytest.mark.parametrize("values", [None, [], [1, 2], 5])
async def test_a_function_that_answers_no_list_of_one_is_told_so(values: Any) -> None:
    answers: list[Any] = [lambda films: usual(films, None)]
    engine = Engine(made(lambda films, _context: answers[0](films)))
    await hot(engine)
    answers[0] = lambda _films: values
    context = Context()
    answer = await engine.execute(engine.prepare(USUAL), None, context)
    assert [error.path for error in answer.errors] == [["put", "film", "state"]]
    assert "Film.state" in answer.errors[0].message
    assert context.calls == ["put", ("state", 1)]


@pytest.mark.parametrize(
    "payload",
    [
        lambda: None,
        lambda: _payload(film=None),
        lambda: _payload(film=ValueError("gone")),
        lambda: _payload(errors=[SimpleNamespace(message="no")]),
        lambda: _payload(errors=None),
        lambda: _payload(film=SimpleNamespace(name="new", version=None)),
        lambda: _payload(film=SimpleNamespace(name="unhashable", version=[])),
    ],
    ids=range(7),
)
async def test_an_unusual_payload_is_called_for_once(payload: Callable[[], Any]) -> None:
    answers: list[Callable[[], Any]] = [_payload]
    engine = Engine(made(payload=lambda: answers[0]()))
    await hot(engine)
    answers[0] = payload
    _, context = await hot(engine)
    assert len(context.calls) == len(set(context.calls))
    assert context.calls[0] == "put"


async def test_a_segment_that_is_forgotten_while_its_gap_is_asked_for_is_made_anew() -> None:
    engines: list[Engine] = []

    def forgetting(films: list[Any], context: Any) -> list[Any]:
        for engine in engines:
            engine.forget_segments()
        return usual(films, context)

    engines.append(Engine(made(forgetting)))
    _, context = await hot(engines[0])
    assert context.calls == ["put", ("state", 1)]


async def test_a_refused_gap_is_not_called() -> None:
    schema = made()
    types: Any = schema.type_map
    types["Film"].fields["state"].extensions[GUARD] = lambda context: (
        GraphQLError("not for you") if context.stranger else None
    )
    engine = Engine(schema)
    await hot(engine)
    context = Context(stranger=True)
    answer = await engine.execute(engine.prepare(USUAL), None, context)
    assert [(error.message, error.path) for error in answer.errors] == [("not for you", ["put", "film", "state"])]
    assert context.calls == ["put"]


async def test_several_called_fields_are_awaited_at_the_same_time() -> None:
    schema = made()
    types: Any = schema.type_map
    barrier = asyncio.Barrier(2)

    async def call(_source: Any, _info: Any, _given: Any) -> int:
        await barrier.wait()
        return 1

    for name in ("count", "total"):
        types["Payload"].fields[name].extensions[FIELD] = Direct(call)
    engine = Engine(schema)
    plan = engine.prepare("mutation { put { count total } }")
    for _ in range(4):
        answer = await asyncio.wait_for(engine.execute(plan, None, Context()), 5)
        assert answer.body == b'{"data":{"put":{"count":1,"total":1}}}'
