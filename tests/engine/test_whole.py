"""Answers kept whole but for what is a viewer's own: the root of a query as a segment."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import GraphQLError

from engine import FIELD, GUARD, MEMO, Batched, Direct, Engine, Memo
from engine.answers import default_format_error
from engine.classic import Classic
from tests.engine.compare import schema_of

SDL = """
type Query { page(id: Int, list: [Int!]): Page, motto: String, me: String, must: String!, secret: String }
type Mutation { page(id: Int): Page }
type Page { id: Int!, parts: [Part!], seen: Boolean }
type Part { id: Int!, mine: String }
"""
TEXT = "query($id: Int) { page(id: $id) { id parts { id mine } } }"


class Context:
    """Who asks, in which language, and what was called."""

    def __init__(self, viewer: str = "ann", segment_key: str = "en", **options: Any) -> None:
        self.viewer = viewer
        self.segment_key = segment_key
        self.makeshift = options.get("makeshift", False)
        self.broken = options.get("broken", ())
        self.calls: list[str] = []


def page(_root: Any, info: Any, given: dict[str, Any]) -> Any:
    info.context.calls.append(f"page {given.get('id')}")
    if "page" in info.context.broken:
        raise ValueError("no page")
    number = given.get("id") or 0
    return {"id": number, "parts": [{"id": number * 10 + n} for n in range(3)], "seen": True}


def motto(_root: Any, info: Any, _given: dict[str, Any]) -> str:
    info.context.calls.append("motto")
    return f"Lux {info.context.segment_key}"


def own(name: str) -> Any:
    def call(_root: Any, info: Any, _given: dict[str, Any]) -> Any:
        info.context.calls.append(name)
        return None if name in info.context.broken else info.context.viewer

    return call


async def mine(parts: list[Any], info: Any, _given: dict[str, Any]) -> list[Any]:
    info.context.calls.append(f"mine {len(parts)}")
    return [its_own(part, info.context) for part in parts]


def its_own(part: Any, context: Context) -> Any:
    if part["id"] == 1 and "mine" in context.broken:
        return ValueError("not yours")
    return f"{context.viewer} {part['id']}" if part["id"] % 2 else None


def made(**options: Any) -> Engine:
    schema = schema_of(SDL)
    types: Any = schema.type_map
    for name, marker in {
        "page": Direct(page, shared=True),
        "motto": Direct(motto, shared=True),
        "me": Direct(own("me")),
        "must": Direct(own("must")),
        "secret": Direct(own("secret"), shared=True),
    }.items():
        _mark(types["Query"].fields[name], marker)
    types["Query"].fields["secret"].extensions[GUARD] = lambda context: (
        None if context.viewer == "ann" else GraphQLError("Ann's alone.")
    )
    _mark(types["Mutation"].fields["page"], Direct(page))
    field = types["Part"].fields["mine"]
    field.extensions[FIELD] = Batched(mine)
    field.resolve = lambda part, info: its_own(part, info.context)
    for name in ("Query", "Mutation"):
        types[name].extensions[MEMO] = Memo(lambda generation: generation)
    return Engine(schema, **options)


def _mark(field: Any, marker: Direct) -> None:
    field.extensions[FIELD] = marker
    field.resolve = lambda source, info, **given: marker.call(source, info, given)


async def ask(engine: Engine, context: Context, text: str = TEXT, root: Any = 1, **variables: Any) -> Any:
    """The engine's answer, which has to be graphql-core's."""
    answer = await engine.execute(engine.prepare(text), variables, context, root=root)
    calls = list(context.calls)
    classic = Classic(engine.schema, default_format_error, 50)
    expected = await classic.execute(engine.prepare(text), variables, context, root, None)
    assert json.loads(answer.body) == json.loads(expected.body)
    context.calls = calls
    return json.loads(answer.body)


async def warm(engine: Engine, text: str = TEXT, **variables: Any) -> None:
    """Two documents' first runs without generated code, one run that asks for the first time, one that keeps."""
    for _ in range(5):
        await ask(engine, Context(), text, **variables)


async def called(engine: Engine, text: str = TEXT, root: Any = 1, **variables: Any) -> list[str]:
    """What is called for another viewer."""
    context = Context("bob")
    await ask(engine, context, text, root, **variables)
    return context.calls


async def test_only_a_viewers_own_is_asked_for_again():
    engine = made()
    await warm(engine, id=4)
    assert await called(engine, id=4) == ["mine 3"]


async def test_other_variables_versions_and_circumstances_are_other_answers():
    engine = made()
    await warm(engine, id=4)
    assert await called(engine, id=5) == ["page 5", "mine 3"]
    assert await called(engine, id=4, root=2) == ["page 4", "mine 3"]
    context = Context(segment_key="nl")
    await ask(engine, context, id=4)
    assert context.calls == ["page 4", "mine 3"]


@pytest.mark.parametrize("root", [None, []])
async def test_a_root_without_a_version_keeps_nothing(root):
    engine = made()
    for _ in range(6):
        context = Context()
        await ask(engine, context, root=root, id=4)
        assert context.calls == ["page 4", "mine 3"]


async def test_what_is_asked_for_once_is_not_kept():
    engine = made()
    await warm(engine, id=1)
    before = engine.segment_bytes
    await ask(engine, Context(), id=2)
    assert engine.segment_bytes - before < 1000
    assert await called(engine, id=2) == ["page 2", "mine 3"]
    assert await called(engine, id=2) == ["mine 3"]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("{ page { id } motto }", []),
        ("{ page { seen } me }", ["me"]),
        ("{ me page { parts { mine } } must }", ["me", "must", "mine 3"]),
        ("{ me must }", ["me", "must"]),
        ("{ page { id } secret }", ["page None"]),  # refused, which is told with care
        ("{ __typename motto }", []),
        ("mutation { page { id } }", ["page None"]),
    ],
)
async def test_root_fields_of_every_kind(text, calls):
    engine = made()
    await warm(engine, text)
    assert await called(engine, text) == calls


@pytest.mark.parametrize("broken", [("mine",), ("must",), ("me",), ("mine", "must")])
@pytest.mark.parametrize(
    "text",
    ["{ me page { id parts { id mine } } must motto }", "{ must page { seen } motto }", "{ page { parts { mine } } }"],
)
async def test_a_surprise_in_what_is_a_viewers_own_is_told_as_graphql_core_tells_it(text, broken):
    engine = made()
    await warm(engine, text)
    context = Context("bob", broken=broken)
    await ask(engine, context, text)
    assert len(context.calls) == len(set(context.calls))


async def test_failures_and_makeshifts_are_kept_for_nobody():
    engine = made()
    for options in ({"broken": ("page",)}, {"makeshift": True}):
        for _ in range(5):
            await ask(engine, Context(**options), id=4)
        assert await called(engine, id=4) == ["page 4", "mine 3"]
        engine.forget_segments()


async def test_forgetting_segments_forgets_whole_answers():
    engine = made()
    await warm(engine, id=4)
    engine.forget_segments()
    assert await called(engine, id=4) == ["page 4", "mine 3"]


async def test_lists_in_variables_tell_answers_apart():
    engine = made()
    text = "query($list: [Int!]) { page(list: $list) { id } }"
    await warm(engine, text, list=[1, 2])
    assert await called(engine, text, list=[1, 2]) == []
    assert await called(engine, text, list=[2, 1]) == ["page None"]


async def test_an_engine_without_segments_keeps_nothing():
    engine = made(max_segment_bytes=0)
    await warm(engine, id=4)
    assert await called(engine, id=4) == ["page 4", "mine 3"]
