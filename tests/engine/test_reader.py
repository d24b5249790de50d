"""The fast parser makes the trees that graphql-core makes, places in the text included, or leaves the text alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, parse, print_ast, visit
from graphql.language import Token, Visitor, ast
from graphql.utilities import ast_to_dict
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import nodes
from engine.reader import read

OPERATIONS = sorted((Path(__file__).parents[2] / "bench" / "operations").glob("*.graphql"))

TYPICAL = """
query Page($id: ID! = "x", $n: [Int!]! = [1, -2], $in: In = {a: {b: true, c: null}, e: [RED]} @d(a: 1)) @op(f: 1.5e-3) {
  # a comment with "quotes" and an é
  one: title(by: {id: $id, list: [$n, 1, [], {}]}, s: "", t: "é # no comment", u: 0, v: -0.1E+5) @include(if: $n) {
    ...Names @skip(if: false)
    ... on Movie @include(if: true) { id, name }
    ... { on query fragment: mutation type true }
    ... @defer { a }
  }
}
fragment Names on Title @f { id } # the end"""

REFUSED = [
    "",
    " ",
    "#",
    "{",
    "}",
    "{ a",
    "{ a(",
    "{ a() }",
    "{ a(b) }",
    "{ a(b:) }",
    "{ a(b: 1 }",
    "{ a: }",
    "{ a: b: c }",
    "{ .. a }",
    "{ ...on }",
    "{ ...on { a } }",
    "{ ... }",
    "{ a @ }",
    "{ a(b: $) }",
    "{ a(b: 1a) }",
    "{ a(b: 01) }",
    "{ a(b: 1.) }",
    "{ a(b: 1.e1) }",
    "{ a(b: -) }",
    "{ a(b: 1..2) }",
    "{ a(b: 'x') }",
    '{ a(b: "x) }',
    '{ a(b: "\\q") }',
    '{ a(b: "x\n") }',
    "{ é }",
    "{ a é }",
    "{ a(b: ²) }",
    "{ a \ud800 }",
    '{ a(b: "\ud800") }',
    "{ a # \ud800\n }",
    "{ a \x00 }",
    "{ a } }",
    "{ a } query",
    "query ($a) { a }",
    "query ($a: ) { a }",
    "query ($a: [Int) { a }",
    "query ($a: Int!!) { a }",
    "query ($a: Int = $b) { a }",
    "query ($a: Int @d(x: $b)) { a }",
    "query () { a }",
    "query A B { a }",
    "fragment on on T { a }",
    "fragment A T { a }",
    "fragment A on { a }",
    "fragment A($x: Int) on T { a }",
    "fragment",
    "select { a }",
]

LEFT = [
    '"described" query A { a }',
    'query ("described" $a: Int) { a }',
    '{ a(b: "\\u00e9\\n") }',
    '{ a(b: """block""") }',
    "type A { b: Int }",
    "{ a } extend type A { b: Int }",
    "{ a(b: 1-2) }",
    '{ a(b: "\ud83d\ude00") }',
]


def quickly(text: str, max_tokens: int | None = None) -> Any:
    """The tree, None where graphql-core has to read the text."""
    found = read(text, max_tokens)
    return found if isinstance(found, nodes.Light) else None


def assert_equal(text: str, max_tokens: int | None = None) -> bool:
    """What `read` makes of a text is what graphql-core makes of it; answers whether the fast parser did it."""
    try:
        expected = parse(text, max_tokens=max_tokens)
    except GraphQLError as error:
        with pytest.raises(GraphQLError) as raised:
            read(text, max_tokens)
        assert (raised.value.message, raised.value.locations) == (error.message, error.locations)
        return False
    found = read(text, max_tokens)
    assert ast_to_dict(found, True) == ast_to_dict(expected, True)
    assert found.token_count == expected.token_count
    return isinstance(found, nodes.Light)


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_the_operations_of_the_benchmark_are_read_fast(path: Path) -> None:
    assert assert_equal(path.read_text())


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\n\n\r", "\ufeff\n"])
def test_a_document_with_everything_is_read_fast(break_: str) -> None:
    assert assert_equal(TYPICAL.replace("\n", break_))


@pytest.mark.parametrize("text", REFUSED)
def test_syntax_errors_are_those_of_graphql_core(text: str) -> None:
    assert not assert_equal(text)
    with pytest.raises(GraphQLError):
        parse(text)


@pytest.mark.parametrize("text", LEFT)
def test_rare_things_are_left_to_graphql_core(text: str) -> None:
    assert not assert_equal(text)


@pytest.mark.parametrize("comments", ["", "# one\n", "# one\n# two\n#"])
def test_tokens_are_counted_as_graphql_core_counts_them(comments: str) -> None:
    text = "{ a" + comments + " # three\n b(c: [1, $d]) }" + comments
    count = parse(text).token_count
    for limit in range(count + 2):
        assert assert_equal(text, limit) is (limit >= count)


@pytest.mark.parametrize("levels", [10, 50, 51, 60])
@pytest.mark.parametrize(
    ("head", "opening", "middle", "closing", "tail"),
    [
        ("", "{ a ", "", "}", ""),
        ("{ a(b: ", "[", "", "]", ") }"),
        ("{ a(b: ", "{c: ", "1", "}", ") }"),
        ("query ($a: ", "[", "Int", "]", ") { a }"),
    ],
)
def test_deep_nesting_is_what_it_is_for_graphql_core(
    levels: int, head: str, opening: str, middle: str, closing: str, tail: str
) -> None:
    assert assert_equal(head + opening * levels + middle + closing * levels + tail) is (levels <= 51)


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_nodes_are_printed_like_those_of_graphql_core(path: Path) -> None:
    assert print_ast(quickly(path.read_text())) == print_ast(parse(path.read_text()))
    assert print_ast(quickly(TYPICAL)) == print_ast(parse(TYPICAL))


def test_nodes_are_visited_and_changed_like_those_of_graphql_core() -> None:
    class Renamed(Visitor):
        def enter_field(self, node: ast.FieldNode, *_: Any) -> Any:
            return ast.FieldNode(name=ast.NameNode(value="z")) if node.name.value == "b" else None

    assert print_ast(visit(quickly("{ a { b c } }"), Renamed())) == "{\n  a {\n    z\n    c\n  }\n}"


def test_locations_have_the_tokens_that_graphql_core_gives() -> None:
    found, expected = quickly(TYPICAL).loc, parse(TYPICAL).loc
    assert expected is not None
    assert tokens_from(found.start_token) == tokens_from(expected.start_token)
    assert found.source == expected.source


def tokens_from(token: Token | None) -> list[tuple[Any, ...]]:
    """The chain of tokens, comments among them."""
    found = []
    while token is not None:
        found.append((token.kind, token.start, token.end, token.line, token.column, token.value))
        token = token.next
    return found


PIECES = [
    *"{}()[]:!$@=|&.#\"'\\,- \n\r\t0159é\ufeff\ud800_aA",
    *'... on query mutation subscription fragment true false null id name -1 2.5 1e3 # "" "x" """ on\n'.split(" "),
]
GARBLED = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A document in which some places were cut out, doubled or replaced."""
    text = draw(st.sampled_from([TYPICAL, *[path.read_text() for path in OPERATIONS]]))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        to = at + draw(st.integers(0, 6))
        text = text[:at] + draw(st.sampled_from(["", *PIECES, text[at:to] * 2])) + text[to:]
    return text


@given(GARBLED)
@example("{a}\ufeff")
@settings(max_examples=1500, deadline=None)
def test_garbled_texts_are_read_alike(text: str) -> None:
    assert_equal(text)


@given(mutated(), st.sampled_from([None, None, 20, 100]))
@settings(max_examples=1500, deadline=None)
def test_mutated_documents_are_read_alike(text: str, max_tokens: int | None) -> None:
    assert_equal(text, max_tokens)
