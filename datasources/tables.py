"""The three DynamoDB tables, declared once: infrastructure, the embedded AWS and the tests read this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Projection = Literal["ALL", "KEYS_ONLY"] | tuple[str, ...]
"""What an index carries: everything, keys alone, or the named attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSpec:
    """A secondary index; a local one shares the table's partition key and allows strong reads."""

    name: str
    partition: str
    sort: str
    projection: Projection = "ALL"
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableSpec:
    """A table: all keys are strings named `pk` and `sk`. There is one of each, so it is hashed as the object it is."""

    name: str
    indexes: tuple[IndexSpec, ...] = ()
    stream: bool = False
    ttl: str = "ttl"
    point_in_time_recovery: bool = True
    partition: str = field(default="pk", init=False)
    sort: str = field(default="sk", init=False)


CATALOG = TableSpec(
    name="catalog",
    stream=True,
    indexes=(
        IndexSpec(
            name="gsi1", partition="gsi1pk", sort="gsi1sk", projection=("role", "chr", "ord", "rel", "pid", "tid")
        ),
        IndexSpec(name="gsi2", partition="gsi2pk", sort="gsi2sk", projection="KEYS_ONLY"),
    ),
)
"""Titles, seasons, episodes, people, genres, credits, slugs, rankings and the change feed."""

VIEWERS = TableSpec(
    name="viewers",
    stream=True,
    indexes=(IndexSpec(name="recent", partition="pk", sort="rk", local=True),),
)
"""Accounts, memberships, invoices, leases, progress, watchlist and feedback: all personal data, nothing else."""

OPS = TableSpec(
    name="ops",
    point_in_time_recovery=False,
    indexes=(
        IndexSpec(name="gsi1", partition="gsi1pk", sort="gsi1sk"),
        IndexSpec(name="gsi2", partition="gsi2pk", sort="gsi2sk"),
    ),
)
"""Idempotency, uploads, jobs, audit and trend counters: short-lived."""

TABLES = (CATALOG, VIEWERS, OPS)
