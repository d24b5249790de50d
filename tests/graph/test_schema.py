"""The contract: the checked-in file, a description on everything, and the client operations that it serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
    parse,
    validate,
)

from graph.export import printed_schema
from graph.schema import build_schema as graph
from tests.graph.conftest import operation

ROOT = Path(__file__).parents[2]


def test_the_checked_in_schema_is_that_of_the_code():
    """`python -m gateway schema > schema.graphql` writes it anew; its diff is what a change means to clients."""
    assert (ROOT / "schema.graphql").read_text() == printed_schema()


def test_the_printed_schema_is_a_schema():
    build_schema(printed_schema())


def described(schema: Any) -> dict[str, str | None]:
    """Everything in a schema that has a description, by its name."""
    found: dict[str, str | None] = {}
    for directive in schema.directives:
        if not is_specified_directive(directive):
            found[f"@{directive.name}"] = directive.description
            found |= {f"@{directive.name}({name})": one.description for name, one in directive.args.items()}
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        found[name] = type_.description
        if isinstance(type_, GraphQLEnumType):
            found |= {f"{name}.{value}": one.description for value, one in type_.values.items()}
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field, one in type_.fields.items():
                found[f"{name}.{field}"] = one.description
                arguments = getattr(one, "args", {})
                found |= {f"{name}.{field}({argument})": what.description for argument, what in arguments.items()}
    return found


def test_everything_has_a_description_that_is_a_sentence():
    texts = described(graph())
    wrong = {name: text for name, text in texts.items() if not text or text[0].islower() or text[-1] not in ".:`)"}
    assert wrong == {}
    assert len(texts) > 250


def test_the_exported_schema_tells_what_the_executed_one_does():
    assert described(build_schema(printed_schema())) == described(graph())


def test_unset_arguments_of_directives_are_not_printed():
    printed = printed_schema()
    assert "@auth(role: EDITOR)" in printed
    assert '@auth(role: PARTNER, scope: "catalog:read")' in printed
    assert "scope: null" not in printed


@pytest.mark.parametrize("name", ["home", "movie_page", "series_page", "search", "person_page"])
def test_client_operations_are_valid(name):
    assert validate(graph(), parse(operation(name))) == []
