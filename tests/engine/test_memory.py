"""What operations and documents held is free when they are done, without waiting for the collector's own time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any
from weakref import ref

import pytest
from graphql import DocumentNode, GraphQLError, GraphQLResolveInfo, GraphQLSchema, build_schema

from engine import Engine, RequestRefused


def schema() -> GraphQLSchema:
    def told(_source: Any, info: GraphQLResolveInfo) -> int:
        return len(info.path)

    made = build_schema("type Query { a: Int told: Int }")
    assert made.query_type is not None
    made.query_type.fields["told"].resolve = told
    return made


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Context:
    """Can be referred to weakly."""


@pytest.mark.parametrize(
    "document", ["{ told }", "{ ...F } fragment F on Query { a told }", "{ a @skip(if: false) told }"]
)
@pytest.mark.usefixtures("uncollected")
async def test_an_operation_is_free_with_its_answer(document: str) -> None:
    engine = Engine(schema())
    plan = engine.prepare(document)
    for _ in range(5):
        context = Context()
        living = ref(context)
        answer = await engine.execute(plan, None, context, root={"a": 1})
        del context
        assert not answer.errors and living() is None


@pytest.mark.usefixtures("uncollected")
async def test_documents_that_leave_the_memory_are_given_back() -> None:
    engine = Engine(schema(), max_document_bytes=100_000)
    compiled: list[ref[Any]] = []
    for number in range(100):
        text = f"{{ x{number}: told }}"
        engine.prepare(text)  # what is seen once is not remembered
        plan = engine.prepare(text)
        await engine.execute(plan, None, None, root={})
        compiled.append(ref(plan.program[0].operation_plan({})))
        del plan
    living = sum(one() is not None for one in compiled)
    assert 5 < len(engine._documents) <= living < 30


@pytest.mark.parametrize("document", ["{ a", "{ a a: told }", "{ b told { c } }", "query A { a } query B { a }"])
def test_a_remembered_refusal_holds_no_tree_and_no_frames(document: str) -> None:
    def inspect(tree: DocumentNode) -> None:
        if b"a a" in document.encode():
            raise ExceptionGroup("limits", [GraphQLError("no", tree.definitions[0], original_error=ValueError())])

    engine = Engine(schema(), inspect=inspect)
    seen = []
    for _ in range(2):
        with pytest.raises(RequestRefused) as caught:
            engine.prepare(document)
        seen.append([error.formatted for error in caught.value.errors])
        for error in caught.value.errors:
            assert error.nodes is None and error.__traceback__ is None and error.__context__ is None
    assert seen[0] == seen[1] and seen[0]
    assert all(one.get("locations") for one in seen[0]) or "Must provide" in seen[0][0]["message"]
