"""The scenarios of the specification's execution chapter, each answered as graphql-core answers it."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, build_schema

from engine import FIELD, Attribute, Engine
from tests.engine.compare import same, schema_of

DOGS = """
interface Being { name: String }
interface Pet implements Being { name: String  barks: Boolean }
type Dog implements Pet & Being { name: String  barks: Boolean  progeny: [Dog] }
type Cat implements Being { name: String  meows: Boolean  progeny: [Cat] }
union Any = Dog | Cat
type Person { name: String  pets: [Any]  friends: [Being] }
type Query { me: Person }
"""


def dogs() -> GraphQLSchema:
    schema = schema_of(DOGS)
    schema.type_map["Dog"].is_type_of = lambda value, _: "barks" in value  # type: ignore[attr-defined]
    schema.type_map["Cat"].is_type_of = lambda value, _: "meows" in value  # type: ignore[attr-defined]
    return schema


ODIE = {"name": "Odie", "barks": True, "progeny": [{"name": "Pup", "barks": False, "progeny": None}]}
GARFIELD = {"name": "Garfield", "meows": False, "progeny": []}
ME = {"me": {"name": "John", "pets": [GARFIELD, ODIE], "friends": [ODIE, {"name": "Liz", "barks": None}]}}


async def test_fields_keep_their_order_aliases_and_merged_selections() -> None:
    schema = schema_of("type Query { a: Deep  b: Int } type Deep { x: Int  y: Int  z: [Int!] }")
    root = {"a": {"x": 1, "y": 2, "z": [3, 4]}, "b": 5}
    answer = await same(schema, "{ b a { y } q: b ...F a { x } } fragment F on Query { a { z y } }", root=root)
    assert answer == {"data": {"b": 5, "a": {"y": 2, "z": [3, 4], "x": 1}, "q": 5}}
    assert list(answer["data"]["a"]) == ["y", "z", "x"]


async def test_union_and_interface_members_are_told_apart_and_fragments_apply_to_their_types() -> None:
    text = """{ me { name
        pets { __typename ... on Dog { name barks } ... on Cat { name meows } ... on Being { n: name } }
        friends { __typename name ...B } } }
      fragment B on Being { ... on Pet { barks } ... on Dog { progeny { barks name } } }"""
    answer = await same(dogs(), text, root=ME)
    assert answer["data"]["me"]["pets"] == [
        {"__typename": "Cat", "name": "Garfield", "meows": False, "n": "Garfield"},
        {"__typename": "Dog", "name": "Odie", "barks": True, "n": "Odie"},
    ]


@pytest.mark.parametrize("kind", ["Int", "Int!", "[Int]", "[Int]!", "[Int!]", "[Int!]!", "[[Int!]]!"])
@pytest.mark.parametrize(
    "value", [None, 1, [], [1, 2], [1, None, 2], [1, "x", None], [[1], [None]], (3,), {1}, "12", ValueError("bad")]
)
@pytest.mark.parametrize("waiting", [False, True])
async def test_lists_and_nulls_of_every_nullability(kind: str, value: Any, waiting: bool) -> None:
    async def later(_source: Any, _info: Any) -> Any:
        await asyncio.sleep(0)
        return value

    schema = schema_of(f"type Query {{ nest: Nest }} type Nest {{ test: {kind} }}")
    if waiting:
        schema.type_map["Nest"].fields["test"].resolve = later  # type: ignore[attr-defined]
    await same(schema, "{ nest { test } }", root={"nest": {"test": value}})


NULLS = """
type Query { sync: String  syncNonNull: String!  nest: Query  nestNonNull: Query!  list: [Query!]  grid: [[Query!]!] }
"""


@pytest.mark.parametrize(
    "text",
    [
        "{ sync }",
        "{ syncNonNull }",
        "{ nest { syncNonNull } }",
        "{ nest { sync nest { sync syncNonNull } nestNonNull { sync syncNonNull } } }",
        "{ nest { nestNonNull { nestNonNull { nest { sync } syncNonNull } } } other: nest { sync } }",
        "{ list { sync } a: list { nest { syncNonNull } } b: list { syncNonNull sync } }",
        "{ grid { sync nestNonNull { syncNonNull } } }",
    ],
)
@pytest.mark.parametrize("fails", ["raise", "null"])
async def test_a_null_or_an_error_goes_up_to_the_next_nullable_place(text: str, fails: str) -> None:
    def broken(_source: Any, info: Any) -> Any:
        if fails == "raise":
            raise RuntimeError(info.field_name)

    def child(_source: Any, _info: Any) -> Any:
        return {}

    schema = schema_of(
        NULLS,
        Query_sync=broken,
        Query_syncNonNull=broken,
        Query_nest=child,
        Query_nestNonNull=child,
        Query_list=lambda *_: [{}, {}],
        Query_grid=lambda *_: [[{}], [{}, {}]],
    )
    await same(schema, text)


@pytest.mark.parametrize("text", ["{ must { a } }", "{ list { a } other }", "{ other }", "{ grid { a } other }"])
async def test_a_null_object_is_a_null_though_everything_below_it_may_be_null(text: str) -> None:
    sdl = "type Query { must: T!  list: [T!]  grid: [[T!]!]  other: Int  t: T } type T { a: Int }"
    root = {"must": None, "list": [{"a": 1}, None], "grid": [[{}], [None]], "other": 1}
    await same(schema_of(sdl), text, root=root)


async def test_an_attribute_that_raises_is_an_error_of_its_parent_only() -> None:
    class Moody:
        def __init__(self, number: int) -> None:
            self.number = number

        @property
        def mood(self) -> int:
            if self.number % 2:
                raise RuntimeError(f"mood {self.number}")
            return self.number

    schema = schema_of(
        "type Query { all: [M] } type M { mood: Int }", Query_all=lambda *_: [Moody(n) for n in range(5)]
    )
    mood = schema.type_map["M"].fields["mood"]  # type: ignore[attr-defined]
    for marker in (None, Attribute("mood")):
        mood.resolve = None if marker is None else lambda source, _info: source.mood
        mood.extensions[FIELD] = marker
        answer = await same(schema, "{ all { mood } }")
        assert answer["data"]["all"] == [{"mood": n if n % 2 == 0 else None} for n in range(5)]
        assert [error["path"] for error in answer["errors"]] == [["all", 1, "mood"], ["all", 3, "mood"]]


async def test_an_attribute_that_raises_does_not_make_others_read_again() -> None:
    read: list[int] = []

    class Moody:
        def __init__(self, number: int) -> None:
            self.number = number

        @property
        def mood(self) -> int:
            read.append(self.number)
            if self.number == 3:
                raise RuntimeError("mood")
            return self.number

    schema = schema_of(
        "type Query { all: [M] } type M { mood: Int }", Query_all=lambda *_: [Moody(n) for n in range(5)]
    )
    schema.type_map["M"].fields["mood"].extensions[FIELD] = Attribute("mood")  # type: ignore[attr-defined]
    engine = Engine(schema)
    await engine.execute(engine.prepare("{ all { mood } }"), {}, None)
    assert read == [0, 1, 2, 3, 4]


async def test_an_error_names_all_field_nodes_its_path_and_its_extensions() -> None:
    def fail(*_: Any) -> Any:
        raise GraphQLError("no", extensions={"code": "TEAPOT"})

    schema = schema_of("type Query { a: [A] } type A { b: Int }", Query_a=lambda *_: [{}, {}], A_b=fail)
    answer = await same(schema, "{\n  x: a { b }\n  x: a { b }\n}")
    assert answer["errors"] == [
        {
            "message": "no",
            "locations": [{"line": 2, "column": 10}, {"line": 3, "column": 10}],
            "path": ["x", place, "b"],
            "extensions": {"code": "TEAPOT"},
        }
        for place in (0, 1)
    ]


MUTATIONS = """
type Query { q: Int }
type Mutation { set(to: Int!): Number  fail: Number  failNonNull: Number!  waits(to: Int!): Number }
type Number { value: Int  failing: Int!  waiting: Int }
"""


class Store:
    """What mutations change, and in which order."""

    def __init__(self) -> None:
        self.number = 0
        self.order: list[Any] = []


def mutations() -> GraphQLSchema:
    async def waits(_source: Any, info: Any, to: int) -> Any:
        await asyncio.sleep(0)
        return put(_source, info, to)

    def put(_source: Any, info: Any, to: int) -> Any:
        info.context.order.append(to)
        info.context.number = to
        return info.context

    def fail(_source: Any, info: Any) -> Any:
        info.context.order.append(info.field_name)
        raise RuntimeError(info.field_name)

    async def waiting(source: Any, _info: Any) -> Any:
        await asyncio.sleep(0)
        return source.number

    return schema_of(
        MUTATIONS,
        Mutation_set=put,
        Mutation_waits=waits,
        Mutation_fail=fail,
        Mutation_failNonNull=fail,
        Number_value=lambda source, _: source.number,
        Number_failing=fail,
        Number_waiting=waiting,
    )


@pytest.mark.parametrize(
    "text",
    [
        "mutation { a: set(to: 1) { value } b: waits(to: 2) { value waiting } c: set(to: 3) { value waiting } }",
        "mutation { a: set(to: 1) { value } fail { value } b: waits(to: 2) { value } }",
        "mutation { a: set(to: 1) { value } __typename failNonNull { value } b: waits(to: 2) { value } }",
        "mutation { a: set(to: 1) { failing } b: waits(to: 2) { value } }",
    ],
)
async def test_mutations_run_one_after_the_other_and_stop_where_data_is_lost(text: str) -> None:
    stores: list[Store] = []

    class Fresh:
        """A new store behind the same context for every run."""

        def __getattr__(self, name: str) -> Any:
            return getattr(stores[-1], name)

        def __setattr__(self, name: str, value: Any) -> None:
            setattr(stores[-1], name, value)

    def root() -> None:
        stores.append(Store())

    await same(mutations(), text, root=root, context=Fresh())
    assert {tuple(store.order) for store in stores} == {tuple(stores[0].order)}


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("include", [True, False])
async def test_skip_and_include_decide_for_fields_and_fragments(skip: bool, include: bool) -> None:
    schema = schema_of("type Query { a: Int  b: Int  c: Query }", Query_c=lambda *_: {"a": 3, "b": 4})
    text = """query ($s: Boolean!, $i: Boolean! = true) {
      a @skip(if: $s) b @include(if: $i) c @skip(if: $s) @include(if: $i) { a }
      ... @include(if: $i) { c { b } } ...F @skip(if: $s) d: a @skip(if: false) @include(if: true) }
      fragment F on Query { e: b c { b a @include(if: $i) } }"""
    await same(schema, text, {"s": skip, "i": include}, root={"a": 1, "b": 2})


async def test_a_condition_that_is_null_is_an_error_of_the_field() -> None:
    schema = schema_of("type Query { a: Int  c: Query }", Query_c=lambda *_: {})
    engine = Engine(schema)
    plan = engine.prepare("query ($i: Boolean = true) { c { a @include(if: $i) } }")
    answer = await engine.execute(plan, {"i": None}, None)
    assert b"provided to non-null type 'Boolean!' not to be None" in answer.body
    assert engine.stats.fallback == {"condition": 1}


ARGUMENTS = """
input Point { x: Int = 1  y: Int!  name: String }
enum Level { LOW HIGH }
scalar Any
type Query {
  echo(int: Int, float: Float = 1.5, id: ID, flag: Boolean, text: String = "t", level: Level, point: Point,
       points: [Point!], list: [Int], matrix: [[Int]], any: Any, must: Int! = 4): String
}
"""


@pytest.mark.parametrize(
    ("head", "arguments", "variables"),
    [
        ("", "", {}),
        ("", "(int: 1, float: 2, id: 7, flag: true, text: null, level: HIGH)", {}),
        ("", '(point: {y: 2}, points: {y: 1, name: "n"}, list: 3, matrix: [1, [2]], any: {a: [1, {b: null}]})', {}),
        ("($a: Int, $b: String)", "(int: $a, text: $b)", {}),
        ("($a: Int, $b: String)", "(int: $a, text: $b)", {"a": None, "b": None}),
        ("($a: Int = 9, $b: String = null)", "(int: $a, text: $b)", {}),
        ("($a: Int = 9)", "(must: $a)", {}),
        ("($a: Int = 9)", "(must: $a)", {"a": None}),
        ("($a: Int)", "(must: $a)", {"a": None}),
        ("($a: Int, $l: Level!)", "(list: [1, $a], level: $l, point: {y: 1, x: $a})", {"l": "LOW"}),
        ("($p: Point, $ps: [Point!])", "(point: $p, points: $ps)", {"p": {"y": 3}, "ps": {"y": 1, "x": None}}),
        ("($p: Point)", "(point: $p)", {"p": {"y": "3"}}),
        ("($p: Point)", "(point: $p)", {"p": {"y": 3, "z": 3}}),
        ("($p: Point)", "(point: $p)", {"p": {}}),
        ("($i: ID, $f: Float)", "(id: $i, float: $f)", {"i": 7, "f": 2}),
        ("($i: ID, $f: Float)", "(id: $i, float: $f)", {"i": 7.5, "f": "2"}),
        ("($x: Any, $y: Int)", "(any: [$x, {k: $y}])", {"x": {"deep": [1]}, "y": 2}),
        ("($x: Int!)", "(int: $x)", {"x": 2**31}),
        ("($x: Int!)", "(int: $x)", {"x": True}),
        ("($l: [Int])", "(list: $l, matrix: [$l])", {"l": [1, None]}),
        ("($l: Level)", "(level: $l)", {"l": "MIDDLE"}),
    ],
)
async def test_arguments_and_variables_are_coerced(head: str, arguments: str, variables: dict[str, Any]) -> None:
    def echo(_source: Any, _info: Any, **given: Any) -> str:
        return repr(given)

    schema = schema_of(ARGUMENTS, Query_echo=echo)
    await same(schema, f"query {head} {{ echo{arguments} }}", variables)


@pytest.mark.parametrize("given", ["", "(a: 1)", "(a: $a)", "(a: $a, b: $b)"])
@pytest.mark.parametrize("variables", [{}, {"a": 2}, {"a": None, "b": 3}])
async def test_a_default_that_is_wrong_concerns_those_who_need_it(given: str, variables: dict[str, Any]) -> None:
    sdl = 'type Query { f(a: Int = "x", b: Int = 5): String }'
    schema = build_schema(sdl, assume_valid=True)
    schema.query_type.fields["f"].resolve = lambda *_, **given: repr(given)  # type: ignore[union-attr]
    heads = {"": "", "(a: 1)": "", "(a: $a)": "($a: Int)", "(a: $a, b: $b)": "($a: Int, $b: Int)"}
    await same(schema, f"query {heads[given]} {{ f{given} }}", variables)


async def test_values_of_leaf_types_are_written_as_the_type_writes_them() -> None:
    fields = "i: [Int] f: [Float] s: [String] d: [ID] b: [Boolean] e: [E] x: [Any]"
    sdl = f"scalar Any  enum E {{ A B }}  type Query {{ {fields} }}"
    odd = [None, True, 0, 1, -1, 1.0, 1.5, 2**31, -(2**31), "1", "x", float("nan"), 1e400, [1], {"k": 1}, b"b", object]
    schema = schema_of(sdl)
    schema.type_map["E"].values["A"].value = "internal"  # type: ignore[attr-defined]
    root = {**dict.fromkeys("ifsdb", odd), "e": [*odd, "A", "B", "internal"], "x": odd[:11]}
    await same(schema, "{ i f s d b e x }", root=root)


async def test_default_resolvers_read_mappings_attributes_and_call_what_can_be_called() -> None:
    class Thing:
        attribute = 1

        def method(self, _info: Any, by: int = 2) -> int:
            return by * 10

        async def waits(self, _info: Any) -> int:
            await asyncio.sleep(0)
            return 3

        @property
        def broken(self) -> int:
            raise RuntimeError("broken")

    sdl = "type Query { t: T } type T { attribute: Int method(by: Int): Int waits: Int broken: Int nothing: Int t: T }"
    text = "{ t { attribute method(by: 5) other: method waits broken nothing t { method } } }"
    thing = Thing()
    thing.t = {"method": lambda _info: 7}  # type: ignore[attr-defined]
    answer = await same(schema_of(sdl), text, root={"t": thing})
    assert answer["data"]["t"] == {
        "attribute": 1,
        "method": 50,
        "other": 20,
        "waits": 3,
        "broken": None,
        "nothing": None,
        "t": {"method": 7},
    }


@pytest.mark.parametrize("name", [None, "Nobody", "Query", "Being", 5, "Person"])
async def test_a_type_that_cannot_be_told_is_an_error(name: Any) -> None:
    schema = dogs()
    schema.type_map["Being"].resolve_type = lambda *_: name  # type: ignore[attr-defined]
    await same(schema, "{ me { friends { name } } }", root=ME)


async def test_an_object_that_is_not_of_its_type_is_an_error() -> None:
    await same(
        dogs(),
        "{ me { pets { ... on Dog { progeny { name } } } } }",
        root={"me": {"pets": [{**ODIE, "progeny": [{}]}]}},
    )


async def test_types_may_be_told_asynchronously() -> None:
    async def is_dog(value: Any, _info: Any) -> bool:
        await asyncio.sleep(0)
        return "barks" in value

    schema = dogs()
    schema.type_map["Dog"].is_type_of = is_dog  # type: ignore[attr-defined]
    await same(schema, "{ me { pets { __typename ... on Being { name } } friends { __typename } } }", root=ME)


async def test_iterables_are_read_once_and_their_errors_are_the_lists() -> None:
    def numbers() -> Any:
        yield 1
        yield 2
        raise RuntimeError("no more")

    async def waiting() -> Any:
        yield {"n": 1}
        yield {"n": 2}

    schema = schema_of("type Query { a: [Int] b: [N] c: [N] d: [Int] } type N { n: Int }")
    root = lambda: {  # noqa: E731
        "a": numbers(),
        "b": waiting(),
        "c": ({"n": n} for n in range(2)),
        "d": {"x": 1},
    }
    answer = await same(schema, "{ a b { n } c { n } d }", root=root)
    assert answer["data"] == {"a": None, "b": [{"n": 1}, {"n": 2}], "c": [{"n": 0}, {"n": 1}], "d": None}


async def test_numbers_and_text_that_json_makes_difficult_are_written() -> None:
    schema = schema_of("scalar Any  type Query { x: Any  s: String }")
    root = {"x": {"big": 2**70, "keys": {1: 2}}, "s": "\ud800 alone"}
    answer = await same(schema, "{ x s }", root=root)
    assert answer["data"] == {"x": {"big": 2**70, "keys": {"1": 2}}, "s": "\ud800 alone"}


async def test_members_of_an_enum_are_written_by_their_names_in_the_schema() -> None:
    class Shade(Enum):
        DARK = 1
        LIGHT = 2

    sdl = "enum Shade { DIM BRIGHT }  type Query { one: Shade  all: [Shade!]  other: Shade }"
    schema = schema_of(sdl)
    for name, member in (("DIM", Shade.DARK), ("BRIGHT", Shade.LIGHT)):
        schema.type_map["Shade"].values[name].value = member  # type: ignore[attr-defined]
    root = {"one": Shade.DARK, "all": [Shade.LIGHT, Shade.DARK], "other": "DARK"}
    answer = await same(schema, "{ one all other }", root=root)
    assert answer["data"] == {"one": "DIM", "all": ["BRIGHT", "DIM"], "other": None}


@pytest.mark.parametrize("kind", ["[T]", "[T!]", "[[T]]", "[[T]!]!"])
async def test_an_iterable_of_objects_that_breaks_is_an_error_of_the_list(kind: str) -> None:
    def things(*_: Any) -> Any:
        yield {"n": 1}
        raise RuntimeError("broke")

    nested = kind.startswith("[[")
    schema = schema_of(
        f"type Query {{ q: Q }} type Q {{ all: {kind} }} type T {{ n: Int }}",
        Query_q=lambda *_: {},
        Q_all=(lambda *_: [things(), [{"n": 2}]]) if nested else things,
    )
    for text in ("{ q { all { n } } }", "{ q { all { __typename } } }"):
        answer = await same(schema, text)
        assert [error["message"] for error in answer["errors"]] == ["broke"]
