"""The outside world, one adapter per system; each returns domain records."""

from __future__ import annotations

from dataclasses import dataclass, field

from datasources.catalog import Catalog
from datasources.series import Merges
from datasources.titles import Sightings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All adapters of one process. What an operation reads goes through its `Loaders`, which know the audience."""

    catalog: Catalog
    media_base_url: str
    """Where pictures and films are served, without a slash at the end."""
    sightings: Sightings = field(default_factory=Sightings)
    merges: Merges = field(default_factory=Merges)
