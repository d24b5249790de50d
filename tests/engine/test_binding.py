"""Strawberry's decorators: batched, pure and memoised fields, and arguments as Strawberry converts them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import strawberry
from graphql import print_type

from engine import Attribute, Batched, Direct, Pure
from engine.binding import batched, bind, pure
from engine.markers import marker_of, memo_of
from tests.engine.shop import SCHEMA, Shop, core, engine

THINGS = """
query ($n: Int) { things { __typename id name tags label(unit: CENT) reviews(first: $n) { stars by }
  stock(where: {text: "x", prices: [{low: 1, units: [CENT]}]}) { count viewer } loud seller
  ... on Game { players rivals { name } } } }
"""


def test_the_schema_shows_element_types_descriptions_and_arguments() -> None:
    assert print_type(core().type_map["Thing"]) == (
        "interface Thing {\n  id: ID!\n  name: String!\n  price: Float!\n  tags: [String!]!\n"
        "  label(unit: Unit! = EURO, times: Int! = 1): String!\n\n"
        '  """What people say."""\n  reviews(first: Int! = 2): [Review!]!\n'
        "  stock(where: Search = null): Stock\n  loud: String!\n  seller: String!\n}"
    )


def test_every_field_is_marked_for_what_it_is() -> None:
    fields = core().type_map["Book"].fields  # type: ignore[attr-defined]
    kinds = {name: type(marker_of(field)) for name, field in fields.items()}
    assert kinds == {
        "id": Attribute,
        "name": Attribute,
        "price": Attribute,
        "tags": Attribute,
        "label": Pure,
        "reviews": Batched,
        "stock": Batched,
        "loud": type(None),
        "seller": Direct,
    }
    assert memo_of(core().type_map["Book"]) == memo_of(core().type_map["Game"]) is not None


async def test_the_engine_and_strawberry_itself_give_the_same_answer_with_the_same_calls() -> None:
    plain = Shop()
    expected = await SCHEMA.execute(THINGS, {"n": 1}, context_value=plain)
    assert expected.errors and [error.path for error in expected.errors] == [["things", 1, "rivals", 1]]
    made = engine()
    for _ in range(5):
        made.forget_segments()
        shop = Shop()
        answer = await made.execute(made.prepare(THINGS), {"n": 1}, shop)
        assert json.loads(answer.body)["data"] == expected.data
        assert [error.message for error in answer.errors] == ["gone"]
        assert sorted(map(repr, _batches(shop))) == sorted(map(repr, _batches(plain)))


def _batches(shop: Shop) -> list[Any]:
    """The calls of batched fields; their parents come type by type, or in the order of the list."""
    return [(name, sorted(ids), *rest) for name, ids, *rest in shop.calls if name != "label"]


async def test_one_level_is_one_call_whatever_the_types_and_aliases() -> None:
    text = "{ things { a: stock { count } b: stock { viewer } reviews { by } r: reviews(first: 1) { by } } }"
    made = engine()
    for run in range(4):
        shop = Shop()
        made.forget_segments()
        await made.execute(made.prepare(text), None, shop)
        assert [call[0] for call in shop.calls] == ["stock", "reviews", "reviews"], run
        assert sorted(shop.calls[0][1]) == sorted([*range(6), *range(6)])


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ('{text: "t"}', "Search(text='t', prices=None, after=None)"),
        (
            '{text: "t", prices: [{}, {low: 2, high: 3, units: [EURO, CENT]}], after: 4}',
            "Search(text='t', prices=[Between(low=0, high=None, units=[]), Between(low=2.0, high=3.0, "
            "units=[<Unit.EURO: 'eur'>, <Unit.CENT: 'ct'>])], after=Some(4))",
        ),
        ('{text: "t", prices: null}', "Search(text='t', prices=None, after=None)"),
    ],
)
async def test_inputs_become_what_strawberry_makes_of_them(literal: str, expected: str) -> None:
    text = f"{{ search(by: {literal}) }}"
    made = engine()
    for _ in range(4):
        answer = await made.execute(made.prepare(text), None, Shop())
        assert json.loads(answer.body)["data"]["search"].replace("Some(value=4)", "Some(4)") == expected
    reference = await SCHEMA.execute(text, context_value=Shop())
    assert reference.data == json.loads(answer.body)["data"]


async def test_strawberrys_own_validation_rules_hold() -> None:
    from engine import RequestRefused

    with pytest.raises(RequestRefused, match="cannot be explicitly set to null"):
        engine().prepare('{ search(by: {text: "t", after: null}) }')


async def test_a_batched_function_that_answers_nonsense_is_an_error_of_every_parent() -> None:
    @strawberry.type
    class Child:
        n: int

    @strawberry.type
    class Query:
        @batched
        @staticmethod
        async def short(roots: list[Any]) -> list[int | None]:
            return []

        @batched
        @staticmethod
        def wrong(roots: list[Any]) -> list[int | None]:
            return 5  # type: ignore[return-value]

        @batched
        @staticmethod
        async def fails(roots: list[Any]) -> list[int | None]:
            raise RuntimeError("all of it")

    from engine import Engine

    schema = strawberry.Schema(Query, types=[Child])
    made = Engine(bind(schema))
    text = "{ short wrong fails }"
    told = {
        "Query.short": "returned 0 values for 1 parents; one for each is needed.",
        "Query.wrong": "must return a list with one value for each parent.",
    }
    for _ in range(4):
        answer = await made.execute(made.prepare(text), None, None)
        messages = [error.message for error in answer.errors]
        assert messages == [*(f"{name} {problem}" for name, problem in told.items()), "all of it"]


def test_what_cannot_be_bound_says_so_at_once() -> None:
    with pytest.raises(TypeError, match="must not wait"):

        @pure
        async def waits(root: Any) -> int:
            return 1

    with pytest.raises(TypeError, match="annotated to return list"):

        @batched
        async def single(roots: list[Any]) -> int:
            return 1

    with pytest.raises(TypeError, match="first parameter"):

        @batched
        async def nothing() -> list[int]:
            return []
