"""The enums of the graph: the business's own, with a description for each value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

from domain.viewers import Role

Kind = TypeVar("Kind", bound=Enum)


def described(kind: type[Kind], description: str, values: Mapping[Kind, str]) -> type[Kind]:
    """Makes a GraphQL enum of a domain enum; every value must be described."""
    made: Any = strawberry.enum(kind, description=description)
    by_name = {member.name: text for member, text in values.items()}
    for value in made.__strawberry_definition__.values:
        value.description = by_name[value.name]
    return kind


described(
    Role,
    "What a caller may do beyond reading the public catalogue.",
    {
        Role.VIEWER: "Anyone who is signed in.",
        Role.PARTNER: "A system of a partner company, with scopes.",
        Role.EDITOR: "Staff who keep the catalogue and its media.",
        Role.ADMIN: "Staff who may also delete and read the audit.",
    },
)
