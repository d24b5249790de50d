"""Plans and refusals: made once, bounded, with the stage and the words of graphql-core."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, build_schema

from engine import Engine, Plan, RequestRefused
from engine.documents import Documents
from tests.engine import shop

SCHEMA = build_schema(
    """
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    type Query { a(x: Int): Int  q: Query }
    type Mutation { m: Int }
    type Subscription { s: Int }
    """
)


def refused(engine: Engine, text: str, name: str | None = None) -> tuple[str, list[str]]:
    with pytest.raises(RequestRefused) as caught:
        engine.prepare(text, name)
    return caught.value.stage, [error.message for error in caught.value.errors]


def test_a_refusal_says_its_stage_and_every_error() -> None:
    def inspect(document: DocumentNode) -> None:
        if len(document.definitions) > 3:
            raise ExceptionGroup("limits", [GraphQLError("too long"), GraphQLError("too wide")])

    engine = Engine(SCHEMA, max_tokens=40, inspect=inspect, hide_suggestions=True)
    two = "query A { a } query B { a }"
    assert refused(engine, "{ a") == ("parse", ["Syntax Error: Expected Name, found <EOF>."])
    assert refused(engine, "{" + " a" * 50 + "}")[0] == "parse"
    assert refused(engine, "{ a } " * 5) == ("limits", ["too long", "too wide"])
    assert refused(engine, "{ b c }") == (
        "validation",
        ["Cannot query field 'b' on type 'Query'.", "Cannot query field 'c' on type 'Query'."],
    )
    assert refused(engine, two) == (
        "operation",
        ["Must provide operation name if query contains multiple operations."],
    )
    assert refused(engine, two, "C") == ("operation", ["Unknown operation named 'C'."])
    assert refused(engine, "fragment F on Query { a }") == ("validation", ["Fragment 'F' is never used."])


def test_a_fault_of_the_inspection_is_not_a_refusal() -> None:
    def inspect(_document: DocumentNode) -> None:
        raise ExceptionGroup("faults", [ValueError("bug")])

    with pytest.raises(ExceptionGroup):
        Engine(SCHEMA, inspect=inspect).prepare("{ a }")


def test_plans_and_refusals_are_remembered_from_the_second_sight_on() -> None:
    seen: list[str] = []
    analysed: list[str] = []

    def inspect(document: DocumentNode) -> None:
        seen.append(document.loc.source.body)  # type: ignore[union-attr]

    def analyse(schema: GraphQLSchema, _document: DocumentNode, operation: OperationDefinitionNode) -> Any:
        assert schema is SCHEMA
        analysed.append(operation.name.value if operation.name else "")
        return len(analysed)

    engine = Engine(SCHEMA, inspect=inspect, analyse=analyse)
    text = "query A { a } mutation M { m }"
    assert engine.prepare(text, "A") is not engine.prepare(text, "A")
    assert engine.prepare(text, "A") is engine.prepare(text, "A")
    assert engine.prepare(text, "M").analysis == 3
    for _ in range(4):
        assert refused(engine, "{ nothing }")[0] == "validation"
    assert (seen, analysed) == ([text, text, "{ nothing }", "{ nothing }"], ["A", "A", "M"])


def test_what_is_remembered_is_known_without_being_read() -> None:
    engine = Engine(SCHEMA, max_documents=2)
    for _ in range(2):
        assert engine.known("{ a }") is None
        engine.prepare("{ a }")
    plan = engine.prepare("{ a }")
    assert engine.known("{ a }", "N") is None
    for text in ("{ q { a } }", "{ nothing }"):
        for _ in range(3):
            with suppress(RequestRefused):
                engine.prepare(text)
        assert (engine.known(text) is None) == (text == "{ nothing }")
        assert engine.known("{ a }") is plan, "whoever is asked for stays"


def test_an_analysis_may_refuse() -> None:
    def analyse(*_: Any) -> Any:
        raise GraphQLError("too dear")

    assert refused(Engine(SCHEMA, analyse=analyse), "{ a }") == ("limits", ["too dear"])


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("{ a }", None, ("query", None, False, True)),
        ("query N { q { a } }", None, ("query", "N", False, True)),
        ("mutation M { m }", "M", ("mutation", "M", False, True)),
        ("subscription S { s }", None, ("subscription", "S", False, True)),
        ("{ ... @defer { a } }", None, ("query", None, True, False)),
        ("{ __schema { queryType { name } } }", None, ("query", None, False, False)),
    ],
)
def test_a_plan_tells_what_it_is(text: str, name: str | None, expected: tuple[Any, ...]) -> None:
    plan = Engine(SCHEMA).prepare(text, name)
    assert (plan.operation, plan.name, plan.incremental, plan.compiled) == expected
    assert len(plan.document_hash) == 64


def documents(**bounds: int) -> Documents:
    options: dict[str, Any] = {"max_entries": 10, "max_bytes": 1_000_000, **bounds}
    return Documents(SCHEMA, max_tokens=None, inspect=None, analyse=None, hide_suggestions=False, **options)


def twice(kept: Documents, text: str) -> Plan:
    """The plan that is remembered."""
    kept.plan(text, None)
    return kept.plan(text, None)


def test_the_least_recently_used_document_leaves_first() -> None:
    kept = documents(max_entries=2)
    first = twice(kept, "{ a }")
    twice(kept, "{ b: a }")
    assert kept.plan("{ a }", None) is first
    twice(kept, "{ c: a }")
    assert len(kept) == 2
    assert kept.plan("{ a }", None) is first


def test_texts_that_come_once_drive_nothing_out() -> None:
    kept = documents(max_entries=2)
    first = twice(kept, "{ a }")
    for number in range(100):
        kept.plan(f"{{ a{number}: a }}", None)
    assert len(kept) == 1
    assert kept.plan("{ a }", None) is first


def test_a_plan_says_whether_its_text_had_come_before() -> None:
    kept = documents(max_entries=2)
    assert [kept.plan("{ a }", None).known for _ in range(3)] == [False, True, True]


def test_the_second_sight_of_a_text_counts_only_for_a_while() -> None:
    kept = documents(max_entries=2)
    for number in range(100):
        kept.plan(f"{{ a{number}: a }}", None)
    for number in range(90):
        kept.plan(f"{{ a{number}: a }}", None)
    assert len(kept) == 0
    for number in (88, 89):
        kept.plan(f"{{ a{number}: a }}", None)
    assert len(kept) == 2


def test_documents_are_bounded_in_bytes_and_refusals_count() -> None:
    kept = documents(max_entries=1000, max_bytes=50_000)
    for number in range(200):
        for _ in range(2):
            with pytest.raises(RequestRefused):
                kept.plan(f"{{ nothing{number} }}", None)
        twice(kept, f"{{ a{number}: a }}")
        assert kept.bytes <= 50_000
    assert 5 < len(kept) < 60


def test_one_document_never_drives_all_others_out() -> None:
    kept = documents(max_bytes=40_000)
    plan = twice(kept, "{ a }")
    twice(kept, "{" + " a" * 500 + "}")
    assert kept.plan("{ a }", None) is plan


def test_unknown_operation_names_do_not_pile_up() -> None:
    kept = documents(max_entries=2)
    for number in range(101):
        with pytest.raises(RequestRefused):
            kept.plan("query A { a } query B { a }", f"N{number}")
    (entry,) = kept._entries.values()
    assert len(entry.plans) <= 32


async def test_what_is_compiled_is_counted() -> None:
    engine = Engine(SCHEMA)
    engine.prepare("{ a q { a q { a } } }")
    plan = engine.prepare("{ a q { a q { a } } }")
    seen = []
    for _ in range(4):
        await engine.execute(plan, None, None, root={"a": 1, "q": {"a": 2, "q": None}})
        seen.append(engine._documents.bytes)
    assert seen[0] == seen[1] < seen[2] == seen[3]


async def test_what_is_too_deep_or_too_wide_is_left_to_graphql_core() -> None:
    engine = Engine(SCHEMA)
    deep = "{" + " q {" * 70 + " a " + "}" * 71
    chained = "{ q { ...F0 } } " + " ".join(f"fragment F{n} on Query {{ q {{ ...F{n + 1} }} }}" for n in range(70))
    doubled = "fragment F{0} on Query {{ x: q {{ ...F{1} }} y: q {{ ...F{1} }} }}"
    wide = "{ ...F0 } " + " ".join(doubled.format(n, n + 1) for n in range(14))
    ends = " fragment F70 on Query { a }", " fragment F14 on Query { a }"
    for text in (deep, chained + ends[0], wide + ends[1]):
        answer = await engine.execute(engine.prepare(text), None, None, root={})
        assert b'"data":{' in answer.body
    assert (engine.stats.fallback, engine.stats.compiled) == ({"size": 3}, 0)
    relay = "{ " + " ".join(f"...F{n}" for n in range(40)) + " }"
    fragments = " ".join(f"fragment F{n} on Query {{ q {{ q {{ a }} }} }}" for n in range(40))
    await engine.execute(engine.prepare(relay + fragments), None, None, root={})
    assert engine.stats.compiled == 1


async def test_a_plan_that_grows_too_large_while_it_runs_is_dropped_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.compiled.MOST_FIELDS", 3)
    fields = "{ a: Int b: Int c: Int }"
    schema = build_schema(f"interface I {fields} type A implements I {fields} type Query {{ i: I }}")
    schema.type_map["I"].resolve_type = lambda *_: "A"  # type: ignore[attr-defined]
    engine = Engine(schema)
    plan = engine.prepare("{ i { a b c } }")
    bodies = {(await engine.execute(plan, None, None, root={"i": {"a": 1}})).body for _ in range(3)}
    assert bodies == {b'{"data":{"i":{"a":1,"b":null,"c":null}}}'}
    assert (engine.stats.compiled, engine.stats.fallback) == (1, {"size": 2})


async def test_what_is_executed_once_is_gone_at_once() -> None:
    text = "{ things { id label(times: %d) reviews { stars } stock { viewer } ... on Game { players } } }"
    made = shop.engine()
    gc.collect()
    gc.disable()
    try:
        for number in range(20):
            await made.execute(made.prepare(text % number), None, shop.Shop())
        assert gc.collect() == 0
    finally:
        gc.enable()
