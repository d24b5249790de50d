"""The validator that only accepts: what it lets pass is valid, and what clients usually send passes."""

from __future__ import annotations

import random

import pytest
from graphql import GraphQLError, build_schema, parse, parse_type, validate

from engine.accept import Acceptance
from engine.known import InputTypes, Known
from tests.engine.choices import Seeded
from tests.engine.queries import write
from tests.engine.schemas import build

SCHEMA = build_schema(
    """
    interface Node { id: ID!  same(x: Int): String  list: [Node!] }
    type A implements Node { id: ID!  same(x: Int): String  list: [Node!]  a(p: In, e: E): Int  must(n: Int!): Int }
    type B implements Node { id: ID!  same(x: Int): String  list: [Node!]  a: String }
    type C { c: Int }
    union U = A | B
    enum E { X Y }
    input In { n: Int!  s: [String!]  e: E = X }
    input One @oneOf { a: Int  b: Int }
    scalar Custom
    type Query { node(id: ID!): Node  u: [U]  a: A  c: C  custom(v: Custom, one: One): Int }
    type Subscription { s: Int }
    """
)


@pytest.mark.parametrize(
    "text",
    [
        "{ a { id a must(n: 1) } u { __typename ... on A { a } ... on Node { id } } }",
        "query Q($id: ID!, $n: Int! = 3) { node(id: $id) { ...F ... on A { must(n: $n) } } } fragment F on Node { id }",
        '{ a { a(p: {n: 1, s: ["x", "y"]}, e: Y) same(x: null) } b: a { a(p: {n: 2, s: "one"}) } }',
        "query($s: Boolean!) { a { id @skip(if: $s) ...F @include(if: true) } } fragment F on A { list { id } }",
        "{ a { list { ... on B { x: a } ... on A { y: a } } list { id } } a { id } }",
        "query($p: In) { a { a(p: $p) } }",
    ],
)
def test_usual_documents_are_accepted(text: str) -> None:
    assert validate(SCHEMA, parse(text)) == []
    assert Acceptance(SCHEMA, extra_rules=False).is_surely_valid(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "{ nothing }",
        "{ a }",
        "{ a { id { x } } }",
        "{ c { ... on A { id } } }",
        "{ a { ...F } }",
        "{ a { id } } fragment F on A { id }",
        "{ a { ...F } } fragment F on A { list { ...G } } fragment G on A { list { ...F } }",
        "{ a { ...F } } fragment F on Nothing { id }",
        "{ a { ...F } } fragment F on A { id } fragment F on A { id }",
        "query($x: Int) { a { id } }",
        "{ a { same(x: $x) } }",
        "query($x: Int, $x: Int) { a { same(x: $x) } }",
        "query($x: String) { a { same(x: $x) } }",
        "query($x: Int) { a { must(n: $x) } }",
        "query($x: A) { a { same(x: $x) } }",
        'query($x: Int = "a") { a { same(x: $x) } }',
        "{ a { must } }",
        "{ a { must(n: null) } }",
        "{ a { must(n: 1, n: 1) } }",
        "{ a { must(n: 1, m: 1) } }",
        "{ a { must(n: 99999999999) } }",
        '{ a { a(p: {s: "x"}) } }',
        "{ a { a(p: {n: 1, z: 1}) } }",
        "{ a { a(p: {n: 1, n: 1}) } }",
        "{ a { a(p: 5) } }",
        "{ a { a(e: Z) } }",
        "{ a { x: id x: must(n: 1) } }",
        "{ a { must(n: 1) must(n: 2) } }",
        "{ u { ... on A { x: a } ... on B { x: a } } }",
        "{ a { id @skip(if: 1) } }",
        "{ a { id @skip } }",
        "{ a { id @nothing } }",
        "{ a { id @skip(if: true) @skip(if: true) } }",
        "{ custom(one: {a: 1, b: 2}) }",
        "{ a { list { x: same(x: 1) } list { ... on B { x: id } } } }",
        "subscription { s s2: s }",
        "{ a { id } } { a { id } }",
        "query Q { a { id } } query Q { a { id } }",
    ],
)
def test_invalid_documents_are_not_accepted(text: str) -> None:
    assert validate(SCHEMA, parse(text))
    assert not Acceptance(SCHEMA, extra_rules=False).is_surely_valid(parse(text))


def test_null_and_objects_are_left_to_rules_of_others() -> None:
    for text in ("{ a { same(x: null) } }", "{ a { a(p: {n: 1}) } }"):
        assert not Acceptance(SCHEMA, extra_rules=True).is_surely_valid(parse(text))


def test_nothing_that_graphql_core_refuses_is_accepted() -> None:
    """Generated documents, most of them damaged by a few exchanged words."""
    accepted = refused = 0
    for seed in range(80):
        choices = Seeded(seed)
        universe = build(choices)
        acceptance = Acceptance(universe.schema, extra_rules=False)
        for _ in range(4):
            text = write(choices, universe).text
            for variant in (text, damaged(text, seed), damaged(text, seed + 1)):
                try:
                    document = parse(variant)
                except GraphQLError:
                    continue
                sure = acceptance.is_surely_valid(document)
                if sure:
                    accepted += 1
                    assert validate(universe.schema, document) == [], variant
                else:
                    refused += 1
    assert accepted > 100 and refused > 50


def test_what_is_known_of_a_schema_grows_with_the_schema_alone() -> None:
    known, inputs = Known(SCHEMA), InputTypes(SCHEMA)
    root = SCHEMA.query_type
    assert root is not None
    fields = known.fields(root)
    assert fields["node"] is known.fields(root)["node"] is not None
    assert fields["nobody"] is None and known.narrowed(root, "Nobody") is None
    assert list(fields) == ["__typename", "node"]
    assert inputs.of(parse_type("[In!]!")) is inputs.of(parse_type("[In!]!")) is not None
    assert inputs.of(parse_type("Nobody")) is None and inputs.of(parse_type("A")) is None
    deep = inputs.of(parse_type("[[[Int]]]"))
    assert deep is not None and str(deep.type) == "[[[Int]]]"
    assert len(inputs) == 1


def damaged(text: str, seed: int) -> str:
    """The text with one or two of its words replaced by others of them."""
    choose = random.Random(seed)
    words = text.split(" ")
    for _ in range(choose.randint(1, 2)):
        words[choose.randrange(len(words))] = choose.choice(words)
    return " ".join(words)


ONE_OF = build_schema("input By @oneOf { id: ID slug: String } type Query { title(by: By!): Int }")


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ('{ title(by: {id: "x"}) }', True),
        ("query($id: ID!) { title(by: {id: $id}) }", True),
        ("query($by: By!) { title(by: $by) }", True),
        ("query($id: ID) { title(by: {id: $id}) }", False),
        ('query($id: ID = "x") { title(by: {id: $id}) }', False),
        ('{ title(by: {id: "x", slug: "y"}) }', False),
        ("{ title(by: {id: null}) }", False),
        ("{ title(by: {}) }", False),
    ],
)
def test_exactly_one_certain_value_is_accepted_where_one_is_asked_for(text: str, sure: bool) -> None:
    document = parse(text)
    assert Acceptance(ONE_OF, extra_rules=False).is_surely_valid(document) is sure
    assert not sure or validate(ONE_OF, document) == []
