"""What operations cost before they run: weights, pages, variables, fragments, budgets (D2)."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, get_introspection_query, parse, validate

from graph.callers import CallerClass
from graph.extensions.cost import MAX_VISITS, CostLimits, OperationCost, analyse
from graph.extensions.prices import prices_of
from tests.graph.small import GRAPH


def _analysis(text: str, name: str | None = None) -> OperationCost:
    document = parse(text)
    assert validate(GRAPH, document) == []
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    operation = next(node for node in operations if name is None or (node.name and node.name.value == name))
    return analyse(GRAPH, document, operation)


def _cost(text: str, variables: dict[str, Any] | None = None, name: str | None = None) -> int:
    return _analysis(text, name).of(variables or {})


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ __typename }", 0),
        ("{ mine }", 0),
        ("{ title { id name } }", 1),
        ("{ genres { name } }", 5),
        ("{ title { genres { name } } }", 6),
        ("{ titles { totalCount } }", 1),
        ("{ titles { nodes { name } } }", 21),
        ("{ titles(first: 50) { nodes { name } } }", 51),
        ("{ titles(first: 50) { edges { cursor node { name } } } }", 51),
        ("{ titles(first: 10) { nodes { genres { name } } } }", 61),
        ("{ titles(first: 10) { nodes { similar(first: 10) { nodes { name } } } } }", 1 + 10 * (1 + 1 + 10)),
        ('{ search(text: "a", first: 10) { nodes { name } } }', 16),
        ("{ posters { url } }", 14),
        ("{ posters(count: 3) { url } }", 21),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ("{ a: titles { totalCount } b: titles { totalCount } }", 2),
        ("mutation { rate }", 10),
        ("mutation { pay { name } }", 51),
        ("mutation { a: rate b: rate }", 20),
    ],
)
def test_what_a_document_costs(document: str, cost: int):
    assert _cost(document) == cost


@pytest.mark.parametrize(
    ("declaration", "variables", "size"),
    [
        ("$n: Int", {"n": 7}, 7),
        ("$n: Int", {}, 20),
        ("$n: Int = 9", {}, 9),
        ("$n: Int = 9", {"n": 3}, 3),
        ("$n: Int = 9", {"n": None}, 20),
        ("$n: Int", {"n": 5000}, 100),
        ("$n: Int", {"n": -4}, 0),
        ("$n: Int", {"n": "many"}, 20),
        ("$n: Int", {"n": True}, 20),
        ("$n: Int", {"n": 10**30}, 100),
    ],
)
def test_a_page_size_may_come_from_a_variable(declaration: str, variables: dict[str, Any], size: int):
    analysis = _analysis(f"query({declaration}) {{ titles(first: $n) {{ nodes {{ name }} }} }}")
    assert analysis.of(variables) == 1 + size


@pytest.mark.parametrize(("ids", "items"), [(["a"] * 4, 4), ([], 0), (None, 5), ("a", 5), (["a"] * 500, 100)])
def test_ids_in_a_variable_count_each(ids: Any, items: int):
    assert _cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}) == items


@pytest.mark.parametrize(
    ("literal", "size"), [("0", 0), ("-5", 0), ("100", 100), ("101", 100), ("null", 20), ("99999999999", 100)]
)
def test_a_literal_size_is_kept_within_what_a_page_can_be(literal: str, size: int):
    document = parse(f"{{ titles(first: {literal}) {{ nodes {{ name }} }} }}")
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert analyse(GRAPH, document, operation).of({}) == 1 + size


def test_without_variables_the_cost_is_a_number_once_and_for_all():
    assert _analysis("{ titles(first: 3) { nodes { name } } }").amount == 4


def test_variables_multiply_through_the_levels():
    text = (
        "query($a: Int, $b: Int) { titles(first: $a) { nodes { similar(first: $b) { nodes { genres { name } } } } } }"
    )
    analysis = _analysis(text)
    assert [analysis.of({"a": a, "b": b}) for a, b in ((1, 1), (2, 3), (100, 100))] == [9, 41, 60_201]


def test_fields_that_execution_merges_count_once():
    parts = "fragment A on Query { titles { nodes { name } } } fragment B on Query { titles { nodes { id name } } }"
    assert _cost(f"{{ ...A ...B ...A titles {{ nodes {{ version }} }} }} {parts}") == 21
    assert _cost("{ title { genres { name } } title { genres { name } similar { totalCount } } }") == 7


def test_of_several_possible_types_the_dearest_counts():
    text = '{ nodes(ids: ["a"]) { id ... on Title { genres { name } } ... on Item { version } } }'
    assert _cost(text) == 1 + 5


def test_only_the_operation_that_runs_counts():
    text = "query A { title { id } } query B { titles(first: 100) { nodes { id } } }"
    assert (_cost(text, name="A"), _cost(text, name="B")) == (1, 101)


def test_a_short_document_can_be_dear():
    text = "{ titles(first: 50) { nodes { " + "similar(first: 50) { nodes { " * 3 + "id" + " } }" * 3 + " } } }"
    assert len(text) < 150 and _cost(text) > 6_000_000


def test_introspection_is_noticed_wherever_it_stands():
    assert _analysis(get_introspection_query()).introspects
    assert _analysis('{ ...F } fragment F on Query { a: __type(name: "Title") { name } }').introspects
    assert not _analysis("{ __typename title { __typename } }").introspects


def test_an_absurd_expansion_is_given_up():
    pair = "a: similar {{ nodes {{ ...F{0} }} }} b: similar {{ nodes {{ ...F{0} }} }}"
    links = " ".join(f"fragment F{i} on Title {{ {pair.format(i + 1)} }}" for i in range(20))
    document = parse(f"{{ title {{ ...F0 }} }} {links} fragment F20 on Title {{ id }}")
    (operation, *_) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    with pytest.raises(GraphQLError, match=f"at most {MAX_VISITS}"):
        analyse(GRAPH, document, operation)


FIVE = OperationCost(amount=5, introspects=False)
BUDGETS = {CallerClass.ANONYMOUS: 4, CallerClass.VIEWER: 5, CallerClass.PARTNER: 6, CallerClass.STAFF: 7}


@pytest.mark.parametrize("caller", [CallerClass.VIEWER, CallerClass.PARTNER, CallerClass.STAFF])
def test_within_the_budget_the_cost_is_answered(caller: CallerClass):
    assert CostLimits(budgets=BUDGETS).check(FIVE, {}, caller) == 5


def test_above_the_budget_of_the_caller_it_is_refused():
    with pytest.raises(GraphQLError) as refused:
        CostLimits(budgets=BUDGETS).check(FIVE, {}, CallerClass.ANONYMOUS)
    assert refused.value.extensions == {"code": "TOO_COMPLEX", "limit": "cost", "value": 5, "maximum": 4}


def test_measuring_refuses_nothing():
    limits = CostLimits(budgets=BUDGETS, mode="measure")
    assert limits.check(FIVE, {}, CallerClass.ANONYMOUS) == 5
    assert limits.report(5, CallerClass.ANONYMOUS) == {"requested": 5, "limit": 4, "mode": "measure"}


def test_introspection_can_be_for_staff_alone():
    limits = CostLimits(introspection=frozenset({CallerClass.STAFF}))
    asking = OperationCost(amount=1, introspects=True)
    assert limits.check(asking, {}, CallerClass.STAFF) == 1
    with pytest.raises(GraphQLError) as refused:
        limits.check(asking, {}, CallerClass.VIEWER)
    assert refused.value.extensions == {"code": "FORBIDDEN"}


def test_the_schema_is_read_once_for_all_documents():
    root = GRAPH.query_type
    assert root is not None
    assert prices_of(GRAPH).of(root)["titles"] is prices_of(GRAPH).of(root)["titles"] is not None


def test_names_that_the_schema_does_not_have_are_not_remembered():
    root = GRAPH.query_type
    assert root is not None
    fields = prices_of(GRAPH).of(root)
    before = len(fields)
    assert fields["nobody"] is None
    assert len(fields) == before
