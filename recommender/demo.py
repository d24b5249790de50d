"""The demo's model: trained at once on simulated viewers of the given titles, kept while the titles stay."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any

from recommender import synthetic
from recommender.catalogue import Catalogue, build, read_items
from recommender.events import episodes, read
from recommender.fit import Settings, fit
from recommender.gate import Bars
from recommender.interactions import Interactions, concatenate
from recommender.model import save
from recommender.publish import Outcome, present, publish
from recommender.trend import DAY

WORLDS, USERS, SEED, FOLLOW = 8, 2_000, 7, 0.4
"""Simulated viewers of each world, and how often one watches what is like the last title."""

SETTINGS = Settings(ridge=100.0, slit_ridge=20.0, fade=2.0, beta=0.25, half_life_days=14.0, max_columns=4_000)
# The demo has few viewers and shares its machine: fewer cases, and no judgement by the clock.
BARS = Bars(least_cases=200, segment_cases=200, latency_ms=None)


def base(catalogue: Catalogue, *, now: float) -> Interactions:
    """Seeded viewing over the catalogue's titles: genre taste times popularity, and successors that resemble."""
    today = now // DAY
    worlds = synthetic.from_catalogue(catalogue, today, count=WORLDS, follow=FOLLOW)
    parts = [
        synthetic.simulate(world, users=USERS, seed=SEED + at, end=today * DAY, length=(10, 35)).data
        for at, world in enumerate(worlds)
    ]
    return reduce(concatenate, parts)


def ensure(items: Path, directory: Path, *, now: float | None = None) -> str:
    """A model for these items in the directory, trained if the present one knows other items; returns its version."""
    records, digest = _items(items)
    live = present(directory)
    if live is not None and live.facts.get("itemsHash") == digest:
        return live.version
    catalogue = build(records)
    moment = time.time() if now is None else now
    version = f"demo-{digest[:8]}"
    data = base(catalogue, now=moment)
    facts = {"itemsHash": digest, "trainedAt": int(moment), "until": float(data.at.max()), "source": "simulated"}
    save(fit(data, catalogue, SETTINGS, version=version, facts=facts), directory)
    return version


def train(items: Path, directory: Path, lines: Iterable[bytes], *, now: float | None = None) -> Outcome:
    """The demo's next model: what was watched joins the simulated viewers; published if it is not worse."""
    moment = time.time() if now is None else now
    records, digest = _items(items)
    catalogue = build(records)
    simulated = base(catalogue, now=moment)  # meanwhile what was just watched reaches the bucket
    log = read(lines, catalogue.index, title_of=episodes(records))
    data = concatenate(simulated, log.data)
    facts = {"itemsHash": digest, "source": "simulated and watched", "watched": len(log.data)}
    return publish(
        data,
        catalogue,
        directory,
        settings=SETTINGS,
        tuned=False,
        bars=BARS,
        now=moment,
        live=present(directory),
        facts=facts | {"dropped": dict(log.dropped), "profiles": len(log.profiles)},
    )


def bucket_lines(endpoint_url: str | None, bucket: str, prefix: str) -> Iterator[bytes]:
    """The lines of all event files of a bucket, in the order of their keys; needs boto3, which serving does not."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=20, retries={"max_attempts": 2}, s3={"addressing_style": "path"})
    client = boto3.client("s3", endpoint_url=endpoint_url, config=config)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            if entry["Key"].endswith(".jsonl"):
                yield from client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().splitlines()


def _items(path: Path) -> tuple[list[dict[str, Any]], str]:
    """The titles, and a digest of them and of how the demo's model is made."""
    records, digest = read_items(path)
    recipe = hashlib.sha256(f"{digest} {WORLDS} {USERS} {SEED} {FOLLOW} {SETTINGS}".encode())
    return records, recipe.hexdigest()[:16]
