"""`@auth` holds: every protected field of the real schema refuses each lesser caller before anything is touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DirectiveNode,
    EnumTypeDefinitionNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    is_composite_type,
    is_enum_type,
    parse,
)
from graphql import get_named_type as named

from domain.viewers import ANONYMOUS, Role, Viewer
from engine import MEMO, Engine
from engine.binding import bind
from graph.export import printed_schema
from graph.guards import install_guards, protected_fields
from graph.permissions_doc import permissions_markdown
from graph.schema import build_schema
from tests.graph.small import SCHEMA, Recorder


def _viewer(*roles: Role, scopes: tuple[str, ...] = ()) -> Viewer:
    return Viewer(sub="s", client_id="c", roles=frozenset(roles), scopes=frozenset(scopes))


CALLERS: Mapping[str, Viewer] = {
    "anonymous": ANONYMOUS,
    "viewer": _viewer(Role.VIEWER),
    "partner without scopes": _viewer(Role.PARTNER),
    "partner with catalog:read": _viewer(Role.PARTNER, scopes=("catalog:read",)),
    "partner with availability:read": _viewer(Role.PARTNER, scopes=("availability:read",)),
    "editor": _viewer(Role.VIEWER, Role.EDITOR),
    "admin": _viewer(Role.VIEWER, Role.EDITOR, Role.ADMIN),
}
ALLOWED = {
    "VIEWER": {"viewer", "editor", "admin"},
    "PARTNER": {name for name in CALLERS if name.startswith("partner")} | {"editor", "admin"},
    "EDITOR": {"editor", "admin"},
    "ADMIN": {"admin"},
}


@dataclass(frozen=True)
class Case:
    """A protected field of the printed SDL, and the callers whom it admits."""

    type_name: str
    field_name: str
    admitted: frozenset[str]


def _admitted(directives: tuple[DirectiveNode, ...]) -> set[str]:
    """The callers who meet every `@auth` among these directives, read from the text alone."""
    allowed = set(CALLERS)
    for directive in directives:
        if directive.name.value == "auth":
            given = {argument.name.value: argument.value.value for argument in directive.arguments or ()}  # type: ignore[attr-defined]
            scope = given.get("scope")
            without = {name for name in CALLERS if name.startswith("partner") and scope and not name.endswith(scope)}
            allowed &= ALLOWED[given.get("role", "VIEWER")] - without
    return allowed


@cache
def _cases() -> list[Case]:
    definitions = parse(printed_schema()).definitions
    assert any(isinstance(node, EnumTypeDefinitionNode) and node.name.value == "Role" for node in definitions)
    kinds = [node for node in definitions if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode)]
    faces = {node.name.value: node for node in kinds if isinstance(node, InterfaceTypeDefinitionNode)}
    cases = []
    for kind in kinds:
        if isinstance(kind, InterfaceTypeDefinitionNode):
            continue
        for field in kind.fields or ():
            directives = [*(kind.directives or ()), *(field.directives or ())]
            for face in (faces[name.name.value] for name in kind.interfaces or ()):
                same = [other for other in face.fields or () if other.name.value == field.name.value]
                directives += [directive for other in same for directive in other.directives or ()]
            admitted = frozenset(_admitted(tuple(directives)))
            if admitted != frozenset(CALLERS):
                cases.append(Case(kind.name.value, field.name.value, admitted))
    return cases


class Untouchable:
    """A record and a context in one: whatever is read of it, but the viewer, is written down."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.segment_key = (viewer.roles, viewer.scopes)
        self.touched: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            self.touched.append(name)
        raise AttributeError(name)


@cache
def _probes() -> tuple[GraphQLSchema, Engine]:
    """The real types and fields; each object type can be reached at the root, with an untouchable record."""
    real = build_schema()
    probes = {}
    for kind in list(real.type_map.values()):
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__") and kind not in _roots(real):
            kind.is_type_of = None
            kind.extensions.pop(MEMO, None)  # its key is read of every record, whoever asks
            probes[f"probe{kind.name}"] = GraphQLField(kind, resolve=lambda _root, info: info.context)
    query = real.query_type
    assert query is not None
    query.fields.update(probes)
    schema = GraphQLSchema(
        query=query, mutation=real.mutation_type, subscription=real.subscription_type, types=real.type_map.values()
    )
    return schema, Engine(schema)


def _roots(schema: GraphQLSchema) -> tuple[Any, ...]:
    return (schema.query_type, schema.mutation_type, schema.subscription_type)


def _literal(kind: Any, depth: int = 0) -> str:
    """Some value of an input type, as it is written in a document."""
    if isinstance(kind, GraphQLNonNull):
        return _literal(kind.of_type, depth)
    if isinstance(kind, GraphQLList):
        return f"[{_literal(kind.of_type, depth)}]"
    if isinstance(kind, GraphQLInputObjectType):
        needed = [(name, field.type) for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)]
        chosen = needed if not kind.is_one_of else list((name, f.type) for name, f in kind.fields.items())[:1]
        return f"{{{', '.join(f'{name}: {_literal(type_, depth + 1)}' for name, type_ in chosen)}}}"
    if is_enum_type(kind):
        return next(iter(kind.values))
    texts = {
        "Int": "1",
        "Float": "1.5",
        "Boolean": "true",
        "DateTime": '"2026-11-22T10:00:00Z"',
        "Date": '"2026-11-22"',
    }
    more = {"URL": '"https://example.com/a"', "CountryCode": '"NL"', "LanguageTag": '"nl"', "BigInt": '"1"'}
    return {**texts, **more}.get(kind.name, '"1"')


def _document(schema: GraphQLSchema, case: Case) -> str:
    kind = schema.type_map[case.type_name]
    assert isinstance(kind, GraphQLObjectType)
    field = kind.fields[case.field_name]
    needed = {name: argument for name, argument in field.args.items() if isinstance(argument.type, GraphQLNonNull)}
    arguments = ", ".join(f"{name}: {_literal(argument.type)}" for name, argument in needed.items())
    selection = f"{case.field_name}{f'({arguments})' if arguments else ''}"
    if is_composite_type(named(field.type)):
        selection += " { __typename }"
    operation = {schema.mutation_type: "mutation", schema.subscription_type: "subscription"}.get(kind, "query")
    inside = selection if kind in _roots(schema) else f"probe{kind.name} {{ {selection} }}"
    return f"{operation} {{ {inside} }}"


def _leaves(value: Any) -> list[Any]:
    """Everything in the data that is no object, list or null."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [] if value is None else [value]


async def _bodies(engine: Engine, document: str, context: Untouchable) -> list[bytes]:
    """The answers of every way of execution that the operation allows."""
    plan = engine.prepare(document)
    if plan.operation == "subscription":
        return [answer.body async for answer in engine.subscribe(plan, None, lambda: context)]
    frames = [frame.body async for frame in engine.execute_incrementally(plan, None, context)]
    return [(await engine.execute(plan, None, context)).body, *frames]


def test_the_schema_protects_something():
    assert len(_cases()) > 15


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_protected_field_refuses_lesser_callers_without_touching_anything(caller: str):
    schema, engine = _probes()
    code = "UNAUTHENTICATED" if caller == "anonymous" else "FORBIDDEN"
    for case in _cases():
        if caller in case.admitted:
            continue
        context = Untouchable(CALLERS[caller])
        bodies = await _bodies(engine, _document(schema, case), context)
        assert bodies, case
        for body in bodies:
            answer = json.loads(body)
            assert [error["extensions"]["code"] for error in answer["errors"]] == [code], case
            assert _leaves(answer.get("data")) == [], case
        assert context.touched == [], case


@pytest.mark.parametrize("caller", CALLERS)
def test_every_guard_admits_exactly_whom_the_printed_schema_names(caller: str):
    schema, _ = _probes()
    admits = {}
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                guard = field.extensions.get("engine.guard")
                if guard is not None:
                    admits[(kind.name, name)] = guard(Untouchable(CALLERS[caller])) is None
    assert admits == {(case.type_name, case.field_name): caller in case.admitted for case in _cases()}


def test_the_permissions_document_is_the_schemas():
    expected = permissions_markdown(build_schema())
    assert (Path(__file__).parents[2] / "docs" / "permissions.md").read_text() == expected, "run `make schema`"


ENGINE = Engine(install_guards(bind(SCHEMA)))


async def _ask(document: str, viewer: Viewer) -> tuple[Any, list[tuple[Any, str, str]], list[str]]:
    """Data, errors as (path, code, message), and the resolvers that ran."""
    context = Recorder(viewer=viewer)
    answer = json.loads((await ENGINE.execute(ENGINE.prepare(document), None, context)).body)
    errors = [(error["path"], error["extensions"]["code"], error["message"]) for error in answer.get("errors", ())]
    return answer["data"], errors, context.ran


async def test_a_refused_field_is_null_and_its_siblings_answer():
    data, errors, ran = await _ask("{ mine title { name version } }", ANONYMOUS)
    assert data == {"mine": None, "title": {"name": "Heat", "version": None}}
    assert sorted(errors) == [
        (
            ["mine"],
            "UNAUTHENTICATED",
            "`Query.mine` is for signed-in callers. Send `Authorization: Bearer <access token>`.",
        ),
        (
            ["title", "version"],
            "UNAUTHENTICATED",
            "`Title.version` is for signed-in callers. Send `Authorization: Bearer <access token>`.",
        ),
    ]
    assert ran == []


async def test_an_interfaces_auth_holds_on_its_types_however_they_are_reached():
    for document in ("{ item { version } }", "{ item { ... on Title { version } } }", "{ title { version } }"):
        data, errors, _ = await _ask(document, _viewer(Role.VIEWER))
        assert next(iter(data.values())) == {"version": None}
        assert [error[1:] for error in errors] == [
            ("FORBIDDEN", "`Title.version` needs the role EDITOR, which this token does not have.")
        ]
        assert next(iter((await _ask(document, _viewer(Role.EDITOR)))[0].values())) == {"version": 3}


async def test_what_an_editor_saw_is_not_served_to_others_from_memory():
    document = "{ title { name version windows } }"
    editor, viewer = _viewer(Role.VIEWER, Role.EDITOR), _viewer(Role.VIEWER)
    for _ in range(2):
        assert (await _ask(document, editor))[0] == {"title": {"name": "Heat", "version": 3, "windows": ["NL"]}}
        assert (await _ask(document, viewer))[0] == {"title": {"name": "Heat", "version": None, "windows": None}}


async def test_a_types_auth_and_a_fields_own_both_hold():
    document = "{ studio { drafts { name } audit } }"
    data, errors, ran = await _ask(document, _viewer(Role.VIEWER, Role.EDITOR))
    assert data == {"studio": {"drafts": [], "audit": None}}
    assert [error[:2] for error in errors] == [(["studio", "audit"], "FORBIDDEN")] and ran == ["drafts"]
    _, errors, ran = await _ask(document, _viewer(Role.VIEWER, Role.EDITOR, Role.ADMIN))
    assert errors == [] and sorted(ran) == ["audit", "drafts"]


async def test_a_scope_binds_partners_and_not_staff():
    document = "{ title { windows } }"
    for viewer, windows in (
        (_viewer(Role.PARTNER, scopes=("availability:read",)), ["NL"]),
        (_viewer(Role.PARTNER, scopes=("catalog:read",)), None),
        (_viewer(Role.VIEWER), None),
        (_viewer(Role.VIEWER, Role.EDITOR), ["NL"]),
    ):
        assert (await _ask(document, viewer))[0] == {"title": {"windows": windows}}
    _, errors, _ = await _ask(document, _viewer(Role.PARTNER))
    assert errors[0][2] == "`Title.windows` needs the scope `availability:read`, which this token does not have."


async def test_a_partner_is_no_viewer():
    assert (await _ask("{ mine }", _viewer(Role.PARTNER)))[:1] == ({"mine": None},)


async def test_a_refused_mutation_does_nothing():
    data, errors, ran = await _ask('mutation { deleteTitle(id: "t1") }', _viewer(Role.VIEWER, Role.EDITOR))
    assert (data, [error[1] for error in errors], ran) == ({"deleteTitle": None}, ["FORBIDDEN"], [])


async def test_a_refusal_of_a_field_that_must_not_be_null_takes_its_parent():
    data, errors, _ = await _ask("{ always }", ANONYMOUS)
    assert (data, [error[:2] for error in errors]) == (None, [(["always"], "UNAUTHENTICATED")])


def test_what_is_protected_can_be_listed():
    listed = {(item.type_name, item.field_name) for item in protected_fields(ENGINE.schema)}
    assert {("Query", "mine"), ("Title", "version"), ("Studio", "drafts"), ("Mutation", "deleteTitle")} <= listed
    assert ("Title", "name") not in listed
