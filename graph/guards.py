"""Enforces `@auth`: the directive in the schema becomes a guard on each field, asked before anything of it is read.

A type's `@auth` holds for every field of it, an interface's for that field on every type, and a field's own beside
them; all that apply must be met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from domain.viewers import Role, Viewer
from engine import GUARD
from engine.markers import Guard
from graph.directives import Auth

ADMITTED: Mapping[Role, frozenset[Role]] = {
    Role.VIEWER: frozenset({Role.VIEWER, Role.EDITOR, Role.ADMIN}),
    Role.PARTNER: frozenset({Role.PARTNER, Role.EDITOR, Role.ADMIN}),
    Role.EDITOR: frozenset({Role.EDITOR, Role.ADMIN}),
    Role.ADMIN: frozenset({Role.ADMIN}),
}
"""Who meets a role. A partner's token is a machine: it has no account, so it is no viewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One `@auth`: a role, and the scope that a partner's token needs as well."""

    role: Role
    scope: str | None = None

    def met_by(self, viewer: Viewer) -> bool:
        """Whether the caller may pass; scopes bind partners, not staff."""
        admitted = viewer.roles & ADMITTED[self.role]
        return bool(admitted) and (self.scope is None or admitted != {Role.PARTNER} or self.scope in viewer.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A field and everything that it requires."""

    type_name: str
    field_name: str
    requirements: tuple[Requirement, ...]


def install_guards(schema: GraphQLSchema) -> GraphQLSchema:
    """Puts a guard into the extensions of every protected field; answers the same schema."""
    for protected, definition in _protected(schema):
        definition.extensions = {**definition.extensions, GUARD: guard_for(protected)}
    return schema


def protected_fields(schema: GraphQLSchema) -> list[Protected]:
    """Every protected field, by type and name."""
    return sorted((protected for protected, _ in _protected(schema)), key=lambda p: (p.type_name, p.field_name))


def guard_for(protected: Protected) -> Guard:
    """The guard of one field: None lets the caller through."""
    requirements = protected.requirements
    place = f"{protected.type_name}.{protected.field_name}"
    roles_suffice = all(requirement.scope is None for requirement in requirements)
    admitted: set[frozenset[Role]] = set()

    def guard(context: Any) -> GraphQLError | None:
        viewer: Viewer = context.viewer
        if viewer.roles in admitted:
            return None
        for requirement in requirements:
            if not requirement.met_by(viewer):
                return _refusal(place, requirement, viewer)
        if roles_suffice:
            admitted.add(viewer.roles)  # there are few, and what they may do is not changed while we run
        return None

    setattr(guard, "alike", requirements)  # noqa: B010 - functions have no such attribute in the type checker's eyes
    return guard


def _refusal(place: str, requirement: Requirement, viewer: Viewer) -> GraphQLError:
    if not viewer.roles:
        message = f"`{place}` is for signed-in callers. Send `Authorization: Bearer <access token>`."
        return GraphQLError(message, extensions={"code": "UNAUTHENTICATED"})
    if viewer.roles & ADMITTED[requirement.role]:
        message = f"`{place}` needs the scope `{requirement.scope}`, which this token does not have."
    else:
        message = f"`{place}` needs the role {requirement.role.value}, which this token does not have."
    return GraphQLError(message, extensions={"code": "FORBIDDEN"})


def _protected(schema: GraphQLSchema) -> Iterator[tuple[Protected, GraphQLField]]:
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) or type_.name.startswith("__"):
            continue
        whole = _auths(type_.extensions)
        for name, definition in type_.fields.items():
            inherited = [auth for face in type_.interfaces if name in face.fields for auth in _own(face, name)]
            requirements = tuple(dict.fromkeys([*whole, *inherited, *_auths(definition.extensions)]))
            if requirements:
                yield Protected(type_name=type_.name, field_name=name, requirements=requirements), definition


def _own(face: GraphQLInterfaceType, name: str) -> list[Requirement]:
    return [*_auths(face.extensions), *_auths(face.fields[name].extensions)]


def _auths(extensions: Mapping[str, Any]) -> list[Requirement]:
    definition = extensions.get("strawberry-definition")
    found = (item for item in getattr(definition, "directives", None) or () if isinstance(item, Auth))
    return [Requirement(role=auth.role, scope=auth.scope or None) for auth in found]
