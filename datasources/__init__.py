"""The outside world, one adapter per system; each returns domain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datasources.audiences import Audiences
from datasources.catalog import Catalog
from datasources.series import Merges

if TYPE_CHECKING:
    from datasources.search import SearchIndex
    from datasources.viewers import Viewers


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All adapters of one process. What an operation reads goes through its `Loaders`, which know the audience."""

    catalog: Catalog
    search: SearchIndex
    viewers: Viewers
    media_base_url: str
    """Where pictures and films are served, without a slash at the end."""
    cursor_key: bytes
    """Signs the cursors of pages; at most 64 bytes, the same in every process."""
    audiences: Audiences = field(default_factory=Audiences)
    merges: Merges = field(default_factory=Merges)
