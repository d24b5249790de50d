"""Prints docs/permissions.md: who may read or run what, taken from `@auth` in the schema itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from graphql import GraphQLObjectType, GraphQLSchema

from domain.viewers import Role, Viewer
from graph.guards import Protected, Requirement, protected_fields

_CALLERS: tuple[tuple[str, Viewer], ...] = (
    ("anonymous", Viewer()),
    ("viewer", Viewer(sub="s", roles=frozenset({Role.VIEWER}))),
    ("partner", Viewer(sub="s", roles=frozenset({Role.PARTNER}))),
    ("editor", Viewer(sub="s", roles=frozenset({Role.VIEWER, Role.EDITOR}))),
    ("admin", Viewer(sub="s", roles=frozenset({Role.VIEWER, Role.EDITOR, Role.ADMIN}))),
)

_INTRODUCTION = """\
# Permissions

Generated from the schema by `python -m graph.permissions_doc`; a test fails when it drifts.

`@auth(role, scope)` in the SDL is the only statement of who may read a field or run a mutation, and it is enforced
before any resolver runs. A refused field is null where the schema allows it, and the response names it in `errors` with
the code `UNAUTHENTICATED` (no token) or `FORBIDDEN` (a token without the role or scope).

- A **viewer** is a person signed in at the viewers' or the staff's user pool.
- A **partner** is a machine with a client-credentials token. It has no account, so it is no viewer; a scope in the
  table must be in its token.
- An **editor** and an **admin** are members of those groups of the staff's pool; they are viewers as well, and they
  need no scopes.
- What a viewer may see of the catalogue (country, dates, profile, plan) is not a permission: those rules are data.
"""


def permissions_markdown(schema: GraphQLSchema) -> str:
    """The whole document, with one newline at its end."""
    by_type: dict[str, list[Protected]] = {}
    for protected in protected_fields(schema):
        by_type.setdefault(protected.type_name, []).append(protected)
    roots = [kind for kind in (schema.query_type, schema.mutation_type, schema.subscription_type) if kind is not None]
    parts = [_INTRODUCTION]
    parts += [_section(root.name, _all_fields(root, by_type.pop(root.name, []))) for root in roots]
    objects = sorted(name for name in by_type if isinstance(schema.type_map[name], GraphQLObjectType))
    parts += [_section(name, by_type[name]) for name in objects]
    return "\n".join(parts)


def _all_fields(root: GraphQLObjectType, protected: list[Protected]) -> list[Protected]:
    """A root type is shown whole, its public fields too."""
    known = {item.field_name: item for item in protected}
    return [
        known.get(name, Protected(type_name=root.name, field_name=name, requirements=()))
        for name in sorted(root.fields)
    ]


def _section(name: str, fields: Iterable[Protected]) -> str:
    head = f"| field | {' | '.join(caller for caller, _ in _CALLERS)} | scope |\n|---|{':-:|' * len(_CALLERS)}---|\n"
    return f"## {name}\n\n{head}{''.join(map(_row, fields))}"


def _row(protected: Protected) -> str:
    scopes = sorted({requirement.scope for requirement in protected.requirements if requirement.scope})
    marks = ["yes" if _may(viewer, protected.requirements) else "–" for _, viewer in _CALLERS]
    return f"| `{protected.field_name}` | {' | '.join(marks)} | {', '.join(f'`{scope}`' for scope in scopes)} |\n"


def _may(viewer: Viewer, requirements: Iterable[Requirement]) -> bool:
    """Whether the role is enough; scopes stand in a column of their own."""
    return all(Requirement(role=requirement.role).met_by(viewer) for requirement in requirements)


def main() -> None:
    """Writes the document to standard output."""
    from graph.schema import build_schema

    sys.stdout.write(permissions_markdown(build_schema()))


if __name__ == "__main__":
    main()
