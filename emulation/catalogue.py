"""What the tables hold at a reset: nothing, or the demo catalogue at a scale; loaded once, restored in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from datasources.tables import CATALOG, TABLES, TableSpec
from emulation.ministack_dynamodb import Contents, as_stored, contents_of, put_items, replace_contents
from emulation.provision import TABLE_NAMES

Loaded = tuple[TableSpec, dict[str, Any]]


class Catalogue:
    """Remembers the contents of each scale, 0 being empty tables."""

    def __init__(self) -> None:
        self._known: dict[int, dict[str, Contents]] = {0: {TABLE_NAMES[spec.name]: {} for spec in TABLES}}

    def reset(self, scale: int) -> dict[str, int]:
        """Makes the tables hold the demo catalogue of that many titles and nothing else; items by table. Blocking."""
        if scale not in self._known:
            self._load(scale)
        contents = self._known[scale]
        replace_contents(contents)
        return {name: sum(map(len, partitions.values())) for name, partitions in contents.items()}

    def load_once(self, scale: int) -> None:
        """Loads the demo catalogue unless a former run left one behind: what was changed since then stays."""
        if not contents_of(TABLE_NAMES[CATALOG.name]):
            self.reset(scale)

    def _load(self, scale: int) -> None:
        from emulation.demo import load

        replace_contents(self._known[0])
        put_all(load(scale))
        self._known[scale] = {name: contents_of(name) for name in TABLE_NAMES.values()}


def put_all(items: Iterable[Loaded]) -> int:
    """Writes plain items in bulk; neighbours of one table go together."""
    count = 0
    for spec, run in groupby(items, key=lambda loaded: loaded[0]):
        count += put_items(TABLE_NAMES[spec.name], _typed(run))
    return count


def _typed(run: Iterable[Loaded]) -> Iterator[dict[str, Any]]:
    from datasources.dynamo.values import encode_item  # late: its package brings a whole HTTP client

    return (as_stored(encode_item(item)) for _, item in run)
