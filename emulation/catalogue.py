"""What the tables hold at a reset: nothing, or the demo catalogue at a scale; loaded once, restored in milliseconds."""

from __future__ import annotations

import gc
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any, cast

import orjson

from datasources.tables import CATALOG, TABLES, VIEWERS, TableSpec
from emulation.households import household_items
from emulation.ministack_dynamodb import contents_of, is_empty, put_items, replace_contents
from emulation.ordered import Contents
from emulation.outputs import UserOutputs
from emulation.provision import TABLE_NAMES

Loaded = tuple[TableSpec, dict[str, Any]]


CHECKED_SCALE = 1000
"""Up to so many titles each loaded item is put to DynamoDB's own checks."""


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

    def load_once(self, scale: int, users: Iterable[UserOutputs] = ()) -> None:
        """Loads the demo unless a former run left one behind: what was changed since then stays."""
        if is_empty(TABLE_NAMES[CATALOG.name]):
            self._put(scale)
        if is_empty(TABLE_NAMES[VIEWERS.name]):
            put_all(household_items(users))

    def _load(self, scale: int) -> None:
        replace_contents(self._known[0])
        self._put(scale)
        self._known[scale] = {name: contents_of(name) for name in TABLE_NAMES.values()}

    def _put(self, scale: int) -> None:
        from emulation.demo import load

        with _without_collecting():
            # Large scales are made like the small ones, whose items the tests put to the checks.
            put_all(load(scale), trusted=scale > CHECKED_SCALE)


def put_all(items: Iterable[Loaded], *, trusted: bool = False) -> int:
    """Writes plain items in bulk; neighbours of one table go together; `trusted` as for `put_items`."""
    count = 0
    for spec, run in groupby(items, key=lambda loaded: loaded[0]):
        count += put_items(TABLE_NAMES[spec.name], _typed(run), trusted=trusted)
    return count


def _typed(run: Iterable[Loaded]) -> Iterator[dict[str, Any]]:
    from datasources.dynamo.values import encode_item  # late: its package brings a whole HTTP client

    return (_as_json(encode_item(item)) for _, item in run)


def _as_json(item: dict[str, Any]) -> dict[str, Any]:
    """A copy as it would arrive over HTTP: lists, dicts and base64 only."""
    return cast(dict[str, Any], orjson.loads(orjson.dumps(item, default=_base64)))


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"DynamoDB has no JSON for {type(value).__name__}")


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Hundreds of thousands of new objects that all stay: searching them for garbage would take half the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
