"""Collecting fields, and what must be known of a document first: as graphql-core finds it."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    is_composite_type,
    is_object_type,
    parse,
)
from graphql.execution.collect_fields import CollectedFields, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from engine import collect
from engine.collect import Collector
from engine.conditions import MOST_LEVELS, Survey, fallback_reason
from tests.engine.choices import Seeded
from tests.engine.queries import write
from tests.engine.schemas import build

SCHEMA = build_schema(
    """
    interface Node { id: ID }
    type A implements Node { id: ID  a: A  n: Node }
    type B implements Node { id: ID  b: B }
    union U = A | B
    type Query { a: A  n: Node  u: U }
    """
)


def flat(grouped: Any) -> list[tuple[str, list[Any]]]:
    return [(key, list(nodes)) for key, nodes in grouped.items()]


def plain(collected: CollectedFields) -> list[tuple[str, list[Any]]]:
    return [(key, [one.node for one in details]) for key, details in collected.grouped_field_set.items()]


def assert_collects_alike(schema: Any, text: str, conditions: dict[str, Any]) -> int:
    """Every selection of every possible type, compared with graphql-core's; gives their number."""
    document = parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    collector = Collector(schema, document, operation, conditions)
    fragments = {name: FragmentDetails(node) for name, node in collector.fragments.items()}
    values = VariableValues({}, conditions)
    root = schema.get_root_type(operation.operation)
    expected = collect_fields(schema, fragments, values, root, operation)
    assert flat(collector.fields(root)) == plain(expected)
    compared, todo = 1, [(root, expected)]
    while todo:
        parent, collected = todo.pop()
        for details in collected.grouped_field_set.values():
            nodes = [one.node for one in details]
            named = get_named_type(schema.get_field(parent, nodes[0].name.value).type)
            if not is_composite_type(named):
                continue
            for type_ in [named] if is_object_type(named) else schema.get_possible_types(named):
                below = collect_subfields(schema, fragments, values, operation, type_, details)
                assert flat(collector.subfields(type_, nodes)) == plain(below), text
                compared += 1
                if compared < 60:
                    todo.append((type_, below))
    return compared


@pytest.mark.parametrize(
    "text",
    [
        "{ a { id } b: a { id } a { x: id n { id } } }",
        "{ n { ... on A { a { id } } ... on B { id } ... on Node { y: id } ... { z: id } } }",
        "{ u { ...F ...F ... on A { ...F } } } fragment F on Node { id ...G } fragment G on A { a { ...F } }",
        "query($s: Boolean!) { a { id @skip(if: $s) ... on A { n { id @include(if: $s) } } } n { id } }",
    ],
)
def test_fields_are_collected_as_graphql_core_does(text: str) -> None:
    assert assert_collects_alike(SCHEMA, text, {"s": True}) > 1


def test_generated_documents_are_collected_alike() -> None:
    compared = 0
    for seed in range(60):
        choices = Seeded(seed)
        universe = build(choices)
        for _ in range(3):
            document = write(choices, universe)
            conditions = Survey(parse(document.text), document.text).conditions
            compared += assert_collects_alike(universe.schema, document.text, dict.fromkeys(conditions, seed % 2 == 0))
    assert compared > 300


def test_graphql_core_is_asked_for_selections_with_directives_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("collect_fields", "collect_subfields"):
        monkeypatch.delattr(collect, name)
    document = parse("{ a { ... on Node { id } ...F } } fragment F on A { x: id @skip(if: true) } { b: n { id } }")
    first, _, second = document.definitions
    assert isinstance(first, OperationDefinitionNode) and isinstance(second, OperationDefinitionNode)
    root: Any = SCHEMA.query_type
    assert list(Collector(SCHEMA, document, second, {}).fields(root)) == ["b"]
    collector = Collector(SCHEMA, document, first, {})
    fields = collector.fields(root)
    with pytest.raises(NameError):
        collector.subfields(root.fields["a"].type, fields["a"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ a { id } }", None),
        ("{ a { __typename } }", None),
        ('{ __typename __type(name: "A") { name } }', "introspection"),
        ("{ x: __schema { queryType { name } } }", "introspection"),
        ('{ ...F } fragment F on Query { __type(name: "A") { name } }', "introspection"),
        ("{ a { ... @defer { id } } }", "incremental"),
        ("{ " + "a { " * MOST_LEVELS + "id" + " }" * MOST_LEVELS + " }", "size"),
        ("{ " + "a { " * (MOST_LEVELS - 1) + "id" + " }" * (MOST_LEVELS - 1) + " }", None),
        ("{ " + "a { id } " * MOST_LEVELS + " }", None),
        ("{ ...F } fragment F on Query { " + "a { " * (MOST_LEVELS - 1) + "id" + " }" * MOST_LEVELS, None),
        ("{ a { ...F } } fragment F on A { " + "a { " * (MOST_LEVELS - 1) + "id" + " }" * MOST_LEVELS, "size"),
    ],
)
def test_what_is_left_to_graphql_core(text: str, reason: str | None) -> None:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert fallback_reason(Survey(document, text), operation) == reason


def test_a_look_at_the_text_says_what_a_walk_says() -> None:
    for seed in range(200):
        choices = Seeded(seed)
        text = write(choices, build(choices)).text
        document = parse(text)
        look, walk = Survey(document, text), Survey(document, text + "@")
        assert (look.conditions, look.incremental, look.introspects) == (walk.conditions, walk.incremental, False)
        assert min(look.levels, MOST_LEVELS) >= walk.levels
