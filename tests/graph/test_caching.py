"""How long anonymous answers keep: the lowest of everything that is asked for."""

import pytest
from graphql import parse

from graph.extensions import caching
from graph.extensions.caching import lifetime
from graph.schema import build_schema

SCHEMA = build_schema()


def of(text):
    document = parse(text)
    return lifetime(SCHEMA, document, document.definitions[0])


def seconds(text):
    return of(text).seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ genres { name } plans { name price { amount } } }", True),
        ('{ title(by: { slug: "heat" }) { name credits { nodes { person { name } } } } }', True),
        (
            '{ title(by: { slug: "s" }) { ...S } } fragment S on Series { seasons { nodes { name series { id } } } }',
            True,
        ),
        ("{ titles { nodes { name } } trending { edges { node { id } } } }", True),
        ('{ title(by: { slug: "heat" }) { name ... on Movie { progress { __typename } } } }', False),
        ('{ title(by: { slug: "heat" }) { name similar { nodes { name } } } }', False),
        ("{ home { nodes { name titles { nodes { name } } } } }", False),
        ('{ node(id: "x") { ... on Episode { series { id } } } }', True),
        ('{ node(id: "x") { ... on Profile { name } } }', False),
        ('{ search(text: "x") { nodes { title { id } } } }', False),
    ],
)
def test_callers_who_have_signed_in_share_what_every_field_promises_to_be_the_same(text, expected):
    assert of(text).shared is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ genres { name } }", 3600),
        ("{ trending { nodes { name } } }", 60),
        ('{ title(by: { slug: "heat" }) { name } }', 300),
        ('{ title(by: { slug: "heat" }) { name genres { name } } }', 300),
        ("{ titles { nodes { name } } }", 300),
        ("{ titles { nodes { ...T } } } fragment T on Title { name genres { name } }", 300),
        ("{ genres { name } trending { nodes { name } } }", 60),
        ("{ genres { name } viewer { id } }", 0),
        ('{ title(by: { slug: "heat" }) { name localizations { name } } }', 0),
        ("{ titles { pageInfo { hasNextPage } } }", 0),
        ("{ __schema { queryType { name } } }", 0),
        ("{ __typename }", 0),
        ("mutation { __typename }", 0),
        ("subscription { __typename }", 0),
    ],
)
def test_the_lowest_says_how_long(text, expected):
    assert seconds(text) == expected


def test_a_chain_of_fragments_is_walked_once():
    """Each fragment spreads the next one twice; the text grows, the work does not."""
    links = [f"fragment F{n} on Title {{ ...F{n + 1} ... on Title {{ ...F{n + 1} }} }}" for n in range(40)]
    text = '{ title(by: { slug: "x" }) { ...F0 } } ' + " ".join(links) + " fragment F40 on Title { name }"
    assert seconds(text) == 300


def test_directives_are_looked_at_once_for_all_documents(monkeypatch):
    assert seconds("{ genres { name } }") == 3600
    monkeypatch.delattr(caching, "_said")
    assert seconds("{ genres { id: name name } }") == 3600
