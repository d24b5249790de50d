"""The root of all reads."""

from __future__ import annotations

import strawberry

from graph.directives import CacheControl
from graph.info import Info


@strawberry.type(description="Reads.")
class Query:
    """The root fields; each is a line into the resolvers."""

    @strawberry.field(description="The caller's languages, best first.", directives=[CacheControl(max_age=0)])
    @staticmethod
    def languages(info: Info) -> list[str]:
        return list(info.context.languages)
