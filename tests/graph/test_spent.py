"""What operations did cost: their answers counted by the weights of before (D2)."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, validate

from graph.extensions.cost import analyse
from graph.extensions.spent import spent
from tests.graph.small import GRAPH

TITLE = {"name": "Heat"}
PAGE = {"nodes": [TITLE, TITLE, TITLE]}


def costs(text: str, data: dict[str, Any] | None) -> tuple[int, int]:
    """Before and after."""
    document = parse(text)
    assert validate(GRAPH, document) == []
    (operation, *_) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    return analyse(GRAPH, document, operation).of({}), spent(GRAPH, document, operation, data)


@pytest.mark.parametrize(
    ("document", "data", "before", "after"),
    [
        ("{ __typename mine }", {"__typename": "Query", "mine": "x"}, 0, 0),
        ("{ title { id name } }", {"title": {"id": "1", "name": "Heat"}}, 1, 1),
        ("{ title { id } }", {"title": None}, 1, 0),
        ("{ genres { name } }", {"genres": [{"name": "Crime"}, {"name": "Drama"}]}, 5, 2),
        ("{ titles { nodes { name } } }", {"titles": PAGE}, 21, 4),
        ("{ titles { totalCount } }", {"titles": {"totalCount": 7}}, 1, 1),
        (
            "{ titles(first: 50) { edges { cursor node { name } } } }",
            {"titles": {"edges": [{"cursor": "a", "node": TITLE}, {"cursor": "b", "node": TITLE}]}},
            51,
            3,
        ),
        (
            "{ titles(first: 10) { nodes { similar(first: 10) { nodes { name } } } } }",
            {"titles": {"nodes": [{"similar": PAGE}, {"similar": {"nodes": []}}]}},
            121,
            1 + (1 + 1 + 3) + (1 + 1),
        ),
        ('{ search(text: "a", first: 10) { nodes { name } } }', {"search": PAGE}, 16, 9),
        ('{ search(text: "a", first: 10) { nodes { name } } }', {"search": None}, 16, 5),
        ("{ posters(count: 3) { url } }", {"posters": [{"url": "u"}, None]}, 21, 7),
        ("{ a: titles { totalCount } b: titles { nodes { id } } }", {"a": {"totalCount": 3}, "b": PAGE}, 22, 5),
        ("mutation { rate }", {"rate": 1}, 10, 10),
        ("mutation { pay { name } }", {"pay": {"name": "x"}}, 51, 51),
        ("mutation { pay { name } }", {"pay": None}, 51, 50),
        ("mutation { pay { name } }", None, 51, 0),
        ("{ __schema { types { name } } }", {"__schema": {"types": [{"name": "A"}]}}, 2, 2),
    ],
)
def test_an_answer_is_counted_as_long_as_it_is(document: str, data: dict[str, Any] | None, before: int, after: int):
    assert costs(document, data) == (before, after)


def test_what_was_skipped_costs_nothing():
    text = (
        "query($no: Boolean = false) { title @include(if: $no) { genres { name } } titles(first: 1) { nodes { id } } }"
    )
    assert costs(text, {"titles": {"nodes": [{"id": "1"}]}}) == (8, 2)


def test_fields_that_execution_merges_count_once():
    text = (
        "{ ...A ...B ...A title { genres { name } } } fragment A on Query { title { id } } fragment B on Query { ...A }"
    )
    assert costs(text, {"title": {"id": "1", "genres": [{"name": "Crime"}]}}) == (6, 2)


def test_of_several_possible_types_those_that_came_count():
    text = '{ nodes(ids: ["a", "b"]) { id ... on Title { genres { name } } ... on Item { version } } }'
    found = [{"id": "1", "version": 1, "genres": [{"name": "Crime"}, {"name": "Drama"}]}, {"id": "2", "version": 1}]
    assert costs(text, {"nodes": found}) == (12, 4)
