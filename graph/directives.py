"""The schema directives: who may read a field, what it costs, how long its answer keeps."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry.schema_directive import Location

from domain.viewers import Role
from graph.enums import described


class CacheScope(Enum):
    """Who may share a cached answer."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"


described(
    CacheScope,
    "Who may share a cached answer.",
    {
        CacheScope.PUBLIC: "Everybody in the same country and language.",
        CacheScope.PRIVATE: "The caller alone.",
    },
)


@strawberry.schema_directive(
    name="auth",
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    description="Who may read a field or any field of a type; without it a field is public.",
)
class Auth:
    """Who may read a field; the guards enforce it."""

    role: Role = strawberry.directive_field(name="role", default=Role.VIEWER)
    scope: str | None = strawberry.directive_field(name="scope", default=strawberry.UNSET)


@strawberry.schema_directive(
    name="cost",
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    description="What a field adds to the cost of an operation; under a connection it is multiplied by `first`.",
)
class Cost:
    """The weight of a field that is dearer than others, which weigh 1."""

    weight: int = strawberry.directive_field(name="weight")


@strawberry.schema_directive(
    name="cacheControl",
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.INTERFACE],
    description="How long a response made only of such fields may be cached; the lowest `maxAge` wins.",
)
class CacheControl:
    """How long, in seconds, and for whom an answer keeps."""

    max_age: int = strawberry.directive_field(name="maxAge")
    scope: CacheScope = strawberry.directive_field(name="scope", default=CacheScope.PUBLIC)


ARGUMENTS = {
    ("auth", "role"): "The least role needed.",
    ("auth", "scope"): "An OAuth scope that a partner's token needs as well.",
    ("cost", "weight"): "The weight; fields without the directive weigh 1 when they are objects, else 0.",
    ("idempotent", "key"): "1 to 100 characters that no other request of the account has; a UUID does.",
    ("defer", "label"): "A name that no other deferred part of the document has.",
    ("stream", "label"): "A name that no other streamed list of the document has.",
    ("stream", "initialCount"): "How many elements come with the first part.",
    ("cacheControl", "maxAge"): "Seconds.",
    ("cacheControl", "scope"): "Who may share the answer.",
}
"""Descriptions of the directives' arguments by (directive, argument); Strawberry has no place for them."""
