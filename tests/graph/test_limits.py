"""Limits of documents: what each counts, that it costs time in proportion to the text, and what passes (D1, D5)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    build_schema,
    get_introspection_query,
    parse,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.extensions.limits import DocumentLimits, check_source, inspector, measures, token_refusal
from graph.extensions.quick import is_small

LIMITS = DocumentLimits()
OPERATIONS = sorted((Path(__file__).parent / "operations").glob("*.graphql"))


def _value(document: str, limit: str) -> int:
    return next(value for name, value, _ in measures(parse(document), LIMITS) if name == limit)


def _refusal(document: str, limits: DocumentLimits = LIMITS) -> dict[str, Any] | None:
    """The extensions of the refusal, None when the document passes."""
    try:
        inspector(limits)(parse(document))
    except GraphQLError as error:
        return dict(error.extensions or {})
    return None


def _nested(depth: int) -> str:
    return "{" + "a{" * (depth - 1) + "a" + "}" * depth


AT: dict[str, Callable[[int], str]] = {
    "depth": _nested,
    "aliases": lambda n: "{a{" + " ".join(f"x{i}: b" for i in range(n)) + "}}",
    "root_fields": lambda n: "{" + " ".join(f"f{i}" for i in range(n)) + "}",
    "selections_in_one_set": lambda n: "{a{" + " ".join(f"f{i}" for i in range(n)) + "}}",
    "selections": lambda n: "{" + " ".join(f"a{i}{{{_fields(n // 10 - 1)}}}" for i in range(10)) + _rest(n) + "}",
    "directives": lambda n: "{a " + "@x " * n + "}",
    "operations": lambda n: " ".join(f"query Q{i} {{a}}" for i in range(n)),
    "fragments": lambda n: "{a}" + " ".join(f"fragment F{i} on A {{a}}" for i in range(n)),
    "introspection_depth": lambda n: "{__schema" + "{a" * n + "}" * n + "}",
    "comparisons": lambda n: "{a{" + "".join(f"b{{{'c ' * 30}}}" for _ in range(4)) + _pairs(n - 6 - 7140) + "}}",
}


def _fields(count: int) -> str:
    return " ".join(f"f{i}" for i in range(count))


def _rest(n: int) -> str:
    return " " + " ".join(f"r{i}" for i in range(n % 10)) if n % 10 else ""


def _pairs(count: int) -> str:
    """Fields that make so many pairs: groups of k fields make k(k-1)/2."""
    made: list[str] = []
    while count > 0:
        k = 2
        while (k + 1) * k // 2 <= count:
            k += 1
        made.append(f"p{len(made)} " * k)
        count -= k * (k - 1) // 2
    return "".join(made)


@pytest.mark.parametrize("limit", AT)
def test_the_maximum_passes_and_one_more_is_refused_by_name(limit: str):
    maximum = getattr(LIMITS, limit)
    assert _value(AT[limit](maximum), limit) == maximum
    assert _refusal(AT[limit](maximum)) is None
    assert _refusal(AT[limit](maximum + 1)) == {
        "code": "TOO_COMPLEX",
        "limit": limit,
        "value": maximum + 1,
        "maximum": maximum,
    }


def test_the_message_names_limit_value_and_maximum():
    with pytest.raises(GraphQLError) as refused:
        inspector(LIMITS)(parse(_nested(13)))
    assert refused.value.message == (
        "The document exceeds the limit `depth`: 13, at most 12. Ask for less, or in parts."
    )


def test_length_is_refused_before_anything_is_read():
    check_source("#" * LIMITS.characters, LIMITS)
    with pytest.raises(GraphQLError, match="`characters`: 30001, at most 30000"):
        check_source("#" * (LIMITS.characters + 1), LIMITS)


def test_tokens_are_refused_by_the_parser_and_named_by_us():
    document = "{" + "a " * 998 + "}"
    parse(document, max_tokens=LIMITS.tokens)
    with pytest.raises(GraphQLError) as aborted:
        parse(f"{document} #", max_tokens=LIMITS.tokens - 1)
    refusal = token_refusal(aborted.value, LIMITS)
    assert refusal is not None and (refusal.extensions or {})["limit"] == "tokens"
    with pytest.raises(GraphQLError) as broken:
        parse("{")
    assert token_refusal(broken.value, LIMITS) is None


@pytest.mark.parametrize(
    ("document", "limit", "value"),
    [
        ("{ ...F } fragment F on Q { a { b { c } } }", "depth", 3),
        ("{ a { ...F } } fragment F on A { b { c } }", "depth", 3),
        ("{ ... { ... on A { a } } }", "depth", 1),
        ("{ x: a ...F ...F } fragment F on A { y: b }", "aliases", 3),
        ("{ ...F ... { c d } } fragment F on Q { a b }", "root_fields", 4),
        ("{ a { ...F ... @x { c } b } } fragment F on A { d e }", "selections_in_one_set", 4),
        ("{ a { ...F } b { ...F } } fragment F on A { c d }", "selections", 6),
        ("query @a @b { c @d }", "directives", 2),
        ("query ($v: Int @a @b @c) { c @d }", "directives", 3),
        ("{ ...F @a @b } fragment F on Q { a }", "directives", 2),
        ("{ a } fragment Unused on A { b { c { d { e } } } }", "depth", 4),
        ("query A { a } query B { a b c }", "root_fields", 3),
        ("query A { x: a } query B { y: a }", "aliases", 2),
        ("{ __schema { types { name } } a { b } }", "depth", 2),
        ("{ __schema { types { name } } a { b } }", "introspection_depth", 2),
        ('{ __type(name: "A") { ...F } } fragment F on __Type { fields { name } }', "introspection_depth", 2),
        ("{ a { b } a { b } a { c } }", "comparisons", 4),
        ("{ ...F a { b } } fragment F on Q { a { b } }", "comparisons", 2),
        ("{ a: x { b } a { b } }", "comparisons", 2),
        ("{ ...Missing }", "selections", 0),
    ],
)
def test_what_a_limit_counts(document: str, limit: str, value: int):
    assert _value(document, limit) == value


@pytest.mark.parametrize(
    "document",
    [
        "{ ...A } fragment A on Q { ...A }",
        "{ ...A } fragment A on Q { a { ...B } } fragment B on Q { ...C } fragment C on Q { ... { ...A } }",
        "{ a } fragment A on Q { ...B } fragment B on Q { ...A }",
    ],
)
def test_a_circle_of_fragments_is_refused(document: str):
    assert _refusal(document) == {"code": "GRAPHQL_VALIDATION_FAILED"}


def _chain(levels: int, last: str = "a", times: int = 2) -> str:
    """Each fragment spreads the next one twice: 2 to the power of `levels` copies of the last."""
    links = " ".join(f"fragment F{i} on Q {{ {f'...F{i + 1} ' * times}}}" for i in range(levels))
    return f"{{ ...F0 }} {links} fragment F{levels} on Q {{ {last} }}"


@pytest.mark.parametrize("levels", [20, 22, 40])
def test_a_document_that_doubles_at_each_level_is_refused_at_once(levels: int):
    refusal = _refusal(_chain(levels), DocumentLimits(fragments=100))
    assert refusal == {"code": "TOO_COMPLEX", "limit": "root_fields", "value": 2**levels, "maximum": 20}


def test_a_doubling_chain_below_a_field_is_refused_too():
    links = " ".join(f"fragment F{i} on Q {{ a {{ ...F{i + 1} }} b {{ ...F{i + 1} }} }}" for i in range(9))
    assert (_refusal(f"{{ ...F0 }} {links} fragment F9 on Q {{ c }}") or {})["limit"] == "selections"


def _work(document: DocumentNode, limits: DocumentLimits = LIMITS) -> int:
    """Function calls that the inspection makes: what its time is made of, without a clock."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    inspect = inspector(limits)
    sys.setprofile(count)
    try:
        inspect(document)
    except GraphQLError:
        pass
    finally:
        sys.setprofile(None)
    return calls


def _tokens(document: DocumentNode) -> int:
    assert document.loc is not None
    token, count = document.loc.start_token, 0
    while (token := token.next) is not None:  # type: ignore[assignment]
        count += 1
    return count


WIDE_OPEN = DocumentLimits(
    depth=10**9,
    aliases=10**9,
    root_fields=10**99,
    selections=0,
    selections_in_one_set=10**99,
    fragments=10**9,
    operations=10**9,
    directives=10**9,
)

HOSTILE: dict[str, Callable[[int], str]] = {
    "doubling chain": lambda n: _chain(n),
    "chain of one": lambda n: _chain(n, times=1),
    "nesting": lambda n: _nested(min(n, 150)),
    "aliases": AT["aliases"],
    "inline fragments": lambda n: "{" + "...{" * min(n, 150) + "a" + "}" * (min(n, 150) + 1),
    "one fragment many times": lambda n: "{" + "...F " * n + "} fragment F on Q {" + "a " * n + "}",
    "many fragments": lambda n: "{a}" + "".join(f" fragment F{i} on A {{a ...F{i + 1}}}" for i in range(n)),
    "fragments that all spread the last": lambda n: (
        "{a}" + "".join(f" fragment F{i} on A {{...Z}}" for i in range(n)) + " fragment Z on A {a}"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_work_is_proportional_to_the_text(name: str):
    small, large = (parse(HOSTILE[name](size)) for size in (75, 150))
    growth = _tokens(large) / _tokens(small)
    assert _work(large, WIDE_OPEN) <= 1.2 * growth * _work(small, WIDE_OPEN)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_largest_documents_by_tokens_cost_some_calls_a_token(name: str):
    size = max(n for n in (40, 80, 110, 150, 240, 480) if _tokens(parse(HOSTILE[name](n))) <= LIMITS.tokens)
    document = parse(HOSTILE[name](size))
    assert _work(document) <= 40 * _tokens(document)


NAMES = st.sampled_from("abc")


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Small documents with up to four fragments, each of which spreads later ones only."""
    count = draw(st.integers(0, 4))

    def body(first: int, depth: int) -> str:
        parts = []
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.integers(0, 5))
            alias = draw(st.sampled_from(["", "", "x: "]))
            if kind == 0 and first < count:
                parts.append(f"...F{draw(st.integers(first, count - 1))}")
            elif kind == 1 and depth:
                parts.append(f"... {{ {body(first, depth - 1)} }}")
            elif kind == 2 and depth:
                parts.append(f"{alias}{draw(NAMES)} {{ {body(first, depth - 1)} }}")
            else:
                parts.append(f"{alias}{draw(NAMES)}")
        return " ".join(parts)

    fragments = [f"fragment F{i} on Q {{ {body(i + 1, 2)} }}" for i in range(count)]
    return " ".join([f"{{ {body(0, 3)} }}", *fragments])


def _expanded(document: DocumentNode) -> dict[str, int]:
    """The same figures by full expansion: simple, exponential, and right."""
    fragments = {n.name.value: n for n in document.definitions if isinstance(n, FragmentDefinitionNode)}
    used: set[str] = set()

    def flat(selection_set: Any) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, FragmentSpreadNode):
                used.add(node.name.value)
                yield from flat(fragments[node.name.value].selection_set)
            else:
                yield from flat(node.selection_set)

    def figures(sets: list[Any]) -> tuple[int, int, int, int, int]:
        """Aliases, selections, depth, largest set, pairs of what these sets are when merged."""
        fields = [node for one in sets for node in flat(one)]
        groups: dict[str, list[FieldNode]] = {}
        for node in fields:
            groups.setdefault((node.alias or node.name).value, []).append(node)
        aliases, selections, depth = sum(node.alias is not None for node in fields), len(fields), int(bool(fields))
        largest = max(len(list(flat(one))) for one in sets)
        pairs = sum(len(group) * (len(group) - 1) // 2 for group in groups.values())
        for group in groups.values():
            below = [node.selection_set for node in group if node.selection_set is not None]
            if below:
                found = figures(below)
                aliases, selections = aliases + found[0], selections + found[1]
                depth, largest, pairs = max(depth, found[2] + 1), max(largest, found[3]), pairs + found[4]
        return aliases, selections, depth, largest, pairs

    (operation,) = (n for n in document.definitions if isinstance(n, OperationDefinitionNode))
    every = [figures([operation.selection_set])]
    every += [figures([node.selection_set]) for name, node in fragments.items() if not _spread(document, name)]
    parts = [figures([node.selection_set]) for node in fragments.values()]
    return {
        "aliases": sum(one[0] for one in every),
        "selections": sum(one[1] for one in every),
        "depth": max(one[2] for one in every),
        "selections_in_one_set": max(one[3] for one in [*every, *parts]),
        "comparisons": sum(one[4] for one in every),
    }


def _spread(document: DocumentNode, name: str) -> bool:
    assert document.loc is not None
    words = document.loc.source.body.replace("{", " ").replace("}", " ").split()
    return f"...{name}" in words


@settings(max_examples=150, deadline=None)
@given(documents())
def test_the_memo_counts_what_a_full_expansion_counts(text: str):
    document = parse(text)
    expected = _expanded(document)
    assert {name: value for name, value, _ in measures(document, LIMITS) if name in expected} == expected


@settings(max_examples=150, deadline=None)
@given(documents(), st.integers(1, 8), st.integers(1, 30))
def test_what_a_quick_look_lets_pass_is_within_every_limit(text: str, small: int, large: int):
    limits = DocumentLimits(
        depth=small, aliases=small, root_fields=small, selections=large, selections_in_one_set=small, comparisons=large
    )
    document = parse(text)
    if is_small(document, limits):
        assert all(value <= maximum for _, value, maximum in measures(document, limits))


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_a_quick_look_is_enough_for_the_operations_of_clients(path: Path):
    assert is_small(parse(path.read_text()), LIMITS)


def test_the_introspection_query_of_clients_passes():
    document = parse(get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True))
    inspector(LIMITS)(document)


def test_introspection_in_circles_is_refused_before_or_by_validation():
    schema = build_schema("type Query { a: Int }")
    circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert any("introspection depth" in error.message for error in validate(schema, parse(circle)))


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_the_clients_operations_pass_with_room_to_grow(path: Path):
    text = path.read_text()
    check_source(text * 5, LIMITS)
    document = parse(text, max_tokens=LIMITS.tokens // 2)
    for name, value, maximum in measures(document, LIMITS):
        assert value * 1.5 <= maximum, name
