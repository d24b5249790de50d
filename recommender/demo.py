"""The demo's model: trained at once on simulated viewers of the given titles, kept while the titles stay."""

from __future__ import annotations

import json
import time
from pathlib import Path

from recommender import synthetic
from recommender.catalogue import Catalogue, build, read_items
from recommender.fit import Settings, fit
from recommender.interactions import Interactions
from recommender.model import MANIFEST, save
from recommender.trend import DAY

USERS, SEED = 3_000, 7
SETTINGS = Settings(ridge=30.0, slit_ridge=5.0, beta=0.25, half_life_days=14.0)


def base(catalogue: Catalogue, *, now: float) -> Interactions:
    """Seeded viewing over the catalogue's titles: genre taste times popularity, and successors that resemble."""
    today = now // DAY
    world = synthetic.from_catalogue(catalogue, today)
    return synthetic.simulate(world, users=USERS, seed=SEED, end=today * DAY, length=(10, 35)).data


def ensure(items: Path, directory: Path, *, now: float | None = None) -> str:
    """A model for these items in the directory, trained if the present one knows other items; returns its version."""
    records, digest = read_items(items)
    present = directory / MANIFEST
    if present.exists():
        manifest = json.loads(present.read_text())
        if manifest["facts"].get("itemsHash") == digest:
            return str(manifest["version"])
    catalogue = build(records)
    moment = time.time() if now is None else now
    version = f"demo-{digest[:8]}"
    facts = {"itemsHash": digest, "trainedAt": int(moment), "source": "simulated"}
    save(fit(base(catalogue, now=moment), catalogue, SETTINGS, version=version, facts=facts), directory)
    return version
