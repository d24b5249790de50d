"""Every difference that generated cases have ever found, small and kept."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLString

from engine import FIELD, GUARD, Attribute, Engine
from engine.answers import default_format_error
from engine.classic import Classic
from engine.shapes import OBJECTS, PLAIN, is_plain
from tests.engine.compare import same, schema_of


async def test_guards_hold_when_graphql_core_executes() -> None:
    """graphql-core takes plain functions as middleware only, and silently ignores bound methods."""
    schema = schema_of("type Query { secret: String }")
    refusal = GraphQLError("no")
    schema.query_type.fields["secret"].extensions[GUARD] = lambda _context: refusal  # type: ignore[union-attr]
    plan = Engine(schema).prepare("{ secret }")
    answer = await Classic(schema, default_format_error, 50).execute(plan, None, None, {"secret": "x"}, None)
    assert answer.body.startswith(b'{"data":{"secret":null},"errors":[{"message":"no"')


async def test_what_can_be_called_is_called_though_its_class_was_met_as_a_value() -> None:
    """A class once learnt as harmless let functions pass as objects."""
    assert is_plain(lambda: None)
    assert type(lambda: None) in PLAIN - OBJECTS
    schema = schema_of("type Query { t: T } type T { t: T  n: Int }")
    root = {"t": {"n": 1, "t": lambda _info: {"n": 2}}}
    assert await same(schema, "{ t { n t { n } } }", root=root) == {"data": {"t": {"n": 1, "t": {"n": 2}}}}


async def test_an_iterable_that_breaks_is_an_error_in_lists_of_leaves_too() -> None:
    """The items before the error were taken for the whole list."""

    def numbers(*_: Any) -> Any:
        yield 1.5
        raise RuntimeError("broke")

    schema = schema_of("type Query { a: [Float]  b: Q } type Q { c: [Float!] }", Query_a=numbers, Q_c=numbers)
    answer = await same(schema, "{ a b { c } }", root=lambda: {"b": {}})
    assert answer["data"] == {"a": None, "b": {"c": None}}


async def test_arguments_arrive_in_the_order_of_their_definition() -> None:
    """Constants came before variables."""
    schema = schema_of(
        "type Query { f(a: Int, b: Int, c: Int = 3): String }", Query_f=lambda _source, _info, **given: repr(given)
    )
    answer = await same(schema, "query ($a: Int) { f(b: 2, a: $a) }", {"a": 1})
    assert answer == {"data": {"f": "{'a': 1, 'b': 2, 'c': 3}"}}


async def test_a_marked_attribute_that_can_be_called_is_not_called() -> None:
    """Only graphql-core's default resolver calls what it finds."""
    thing = GraphQLObjectType("Thing", {"s": GraphQLField(GraphQLString)})
    field = GraphQLField(thing, resolve=lambda source, _info: source["t"], extensions={FIELD: Attribute("t")})
    query = GraphQLObjectType("Query", {"t": field})

    class Root(dict[str, Any]):
        """Read by key through the resolver, by attribute through the marker."""

        @property
        def t(self) -> Any:
            return self["t"]

    class Callable:
        s = "stored"

        def __call__(self, *_: Any) -> Any:
            raise AssertionError("called")

    assert await same(GraphQLSchema(query), "{ t { s } }", root=Root(t=Callable())) == {"data": {"t": {"s": "stored"}}}


async def test_an_error_among_objects_of_which_nothing_is_read_is_not_an_object() -> None:
    """Only the name of the type is written for them, so that nothing else could fail."""
    schema = schema_of("type Query { a: [T] } type T { n: Int }", Query_a=lambda *_: [{}, ValueError("no"), {}])
    answer = await same(schema, "{ a { __typename } }")
    assert answer["data"] == {"a": [{"__typename": "T"}, None, {"__typename": "T"}]}
