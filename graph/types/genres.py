"""Genres."""

from __future__ import annotations

from typing import Any

import strawberry

from domain.titles import GenreRecord, localise
from engine.binding import memoised, pure
from graph.directives import CacheControl
from graph.info import Info
from graph.types.nodes import CatalogItem, version_of


@memoised(version=version_of)
@strawberry.type(description="A kind of story.", directives=[CacheControl(max_age=3600)])
class Genre(CatalogItem):
    """Of `domain.titles.GenreRecord`."""

    slug: str = strawberry.field(description="The name in addresses.")

    @pure(description="In the caller's language where there is such a name.")
    @staticmethod
    def name(root: strawberry.Parent[GenreRecord], info: Info) -> str:
        return localise(root.names, info.context.languages, "en")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, GenreRecord)
