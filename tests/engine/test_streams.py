"""Subscriptions and incremental delivery: one answer or frame at a time, fresh contexts, formatted errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLField, GraphQLInt, GraphQLObjectType, GraphQLSchema

from engine import GUARD, Engine, Frame
from tests.engine.compare import schema_of
from tests.engine.shop import CLOSED, Shop, engine

TICKS = "subscription ($n: Int!) { ticks(count: $n) { name label stock { viewer } } }"


async def test_every_event_is_executed_with_a_context_of_its_own() -> None:
    shops: list[Shop] = []

    def context() -> Shop:
        shops.append(Shop(viewer=f"viewer {len(shops)}"))
        return shops[-1]

    made = engine()
    answers = [answer async for answer in made.subscribe(made.prepare(TICKS), {"n": 5}, context)]
    assert [json.loads(answer.body)["data"]["ticks"]["name"] for answer in answers] == [f"item {n}" for n in range(5)]
    assert json.loads(answers[3].body)["data"]["ticks"]["stock"] == {"viewer": "viewer 4"}
    assert [len(shop.calls) for shop in shops] == [0, 2, 2, 2, 2, 2]
    assert (made.stats.compiled, made.stats.fallback) == (5, {})


async def test_closing_ends_the_source_stream() -> None:
    made = engine()
    CLOSED.clear()
    answers: Any = made.subscribe(made.prepare(TICKS), {"n": 4}, Shop)
    await anext(answers)
    assert CLOSED == []
    await answers.aclose()
    assert CLOSED == [4]


async def test_an_error_of_the_source_goes_to_the_consumer_after_the_events_before_it() -> None:
    made = engine()
    seen = 0
    with pytest.raises(RuntimeError, match="five is too many"):
        async for _ in made.subscribe(made.prepare(TICKS), {"n": 9}, Shop):
            seen += 1
    assert seen == 5


async def test_a_stream_that_cannot_begin_is_one_answer_without_data() -> None:
    made = engine()
    answers = [answer async for answer in made.subscribe(made.prepare(TICKS), {"n": "x"}, Shop)]
    assert [(answer.request_error, len(answer.errors)) for answer in answers] == [(True, 1)]

    def fails(*_: Any) -> Any:
        raise RuntimeError("no stream")

    for subscribe in (fails, lambda *_: 5):
        field = GraphQLField(GraphQLInt, subscribe=subscribe)
        query = GraphQLObjectType("Query", {"q": GraphQLField(GraphQLInt)})
        schema = GraphQLSchema(query, subscription=GraphQLObjectType("Subscription", {"s": field}))
        broken = Engine(schema, format_error=lambda error: {"message": "masked", "path": error.path})
        answers = [answer async for answer in broken.subscribe(broken.prepare("subscription { s }"), None, Shop)]
        assert [answer.body for answer in answers] == [b'{"errors":[{"message":"masked","path":["s"]}]}']


async def test_a_guarded_subscription_is_refused_before_its_stream_is_made() -> None:
    def subscribe(*_: Any) -> Any:
        raise AssertionError("asked")

    field = GraphQLField(GraphQLInt, subscribe=subscribe, extensions={GUARD: lambda _context: GraphQLError("no")})
    query = GraphQLObjectType("Query", {"q": GraphQLField(GraphQLInt)})
    schema = GraphQLSchema(query, subscription=GraphQLObjectType("Subscription", {"s": field}))
    made = Engine(schema)
    for text in ("subscription { x: s }", "subscription { ...F } fragment F on Subscription { x: s }"):
        answers = [answer async for answer in made.subscribe(made.prepare(text), None, Shop)]
        (error,) = json.loads(answers[0].body)["errors"]
        assert (error["message"], error["path"], len(error["locations"])) == ("no", ["x"], 1)
        assert answers[0].request_error


DEFER = """
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
type Query { now: String  slow: Slow  list: [Int] }
type Slow { value: String  fails: String! }
"""


def deferring() -> Engine:
    async def value(*_: Any) -> str:
        await asyncio.sleep(0)
        return "late"

    async def fails(*_: Any) -> str:
        await asyncio.sleep(0)
        raise RuntimeError("secret")

    schema = schema_of(
        DEFER,
        Query_now=lambda *_: "now",
        Query_slow=lambda *_: {},
        Query_list=lambda *_: [1, 2, 3],
        Slow_value=value,
        Slow_fails=fails,
    )
    return Engine(schema, format_error=lambda error: {"message": "masked", "path": error.path})


async def frames(made: Engine, text: str, variables: Any = None) -> list[Frame]:
    plan = made.prepare(text)
    return [frame async for frame in made.execute_incrementally(plan, variables, None)]


async def test_deferred_parts_come_in_later_frames_and_their_errors_are_formatted() -> None:
    made = deferring()
    found = await frames(made, "{ now slow { ... @defer { value } ... @defer { fails } } }")
    bodies = [json.loads(frame.body) for frame in found]
    assert bodies[0]["data"] == {"now": "now", "slow": {}}
    assert [frame.has_next for frame in found] == [body["hasNext"] for body in bodies]
    assert found[-1].has_next is False
    text = b"".join(frame.body for frame in found)
    assert b"secret" not in text and text.count(b"masked") == 1 and b'"late"' in text
    assert [str(error.original_error) for frame in found for error in frame.errors] == ["secret"]
    assert made.stats.fallback == {"incremental": 1}


async def test_streamed_lists_begin_with_what_was_asked_for() -> None:
    found = await frames(deferring(), "{ list @stream(initialCount: 1) }")
    assert json.loads(found[0].body)["data"] == {"list": [1]}
    assert len(found) > 1


async def test_what_is_not_deferred_after_all_is_one_frame() -> None:
    text = "query ($later: Boolean!) { now slow { ... @defer(if: $later) { value } } }"
    (frame,) = await frames(deferring(), text, {"later": False})
    assert (json.loads(frame.body), frame.has_next) == ({"data": {"now": "now", "slow": {"value": "late"}}}, False)
    (frame,) = await frames(deferring(), text, {"later": 1})
    assert list(json.loads(frame.body)) == ["errors"]


async def test_an_ordinary_execution_ignores_defer() -> None:
    made = deferring()
    answer = await made.execute(made.prepare("{ slow { ... @defer { value } } }"), None, None)
    assert answer.body == b'{"data":{"slow":{"value":"late"}}}'


async def test_an_abandoned_delivery_ends_its_work() -> None:
    ended: list[bool] = []

    async def endless(*_: Any) -> AsyncIterator[int]:
        try:
            while True:
                await asyncio.sleep(0)
                yield 1
        finally:
            ended.append(True)

    schema = schema_of(DEFER, Query_list=endless)
    made = Engine(schema)
    delivery: Any = made.execute_incrementally(made.prepare("{ list @stream }"), None, None)
    await anext(delivery)
    await anext(delivery)
    await delivery.aclose()
    assert ended == [True]
