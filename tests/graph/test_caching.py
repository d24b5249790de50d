"""How long anonymous answers keep: the lowest of everything that is asked for."""

import pytest
from graphql import parse

from graph.extensions import caching
from graph.extensions.caching import public_seconds
from graph.schema import build_schema

SCHEMA = build_schema()


def seconds(text):
    document = parse(text)
    return public_seconds(SCHEMA, document, document.definitions[0])


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
