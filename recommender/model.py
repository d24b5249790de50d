"""The artifact: weights, trend and facets in plain numpy files, published by one atomic rename and mapped, not read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import F32, I8, I32
from recommender.catalogue import Catalogue, assemble

MANIFEST = "model.json"
PREVIOUS = "model.previous.json"
FORMAT = 1
FACETS = ("kind", "genres", "countries", "maturity", "released", "popularity", "franchise", "content")
NAMES = ("ids", "kinds", "genre_names", "country_names")


class BadArtifact(Exception):
    """The directory holds no model, or one that this version cannot read; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """`weights` is m x m int8 (history by target) over the items in `columns`; `trend` is per item, of spread one."""

    version: str
    catalogue: Catalogue
    weights: I8
    scale: F32
    columns: I32
    trend: F32
    beta: float
    fade: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    def column_of(self) -> I32:
        """For every item its place in `columns`, or -1."""
        places = np.full(len(self.catalogue), -1, np.int32)
        places[self.columns] = np.arange(self.columns.size, dtype=np.int32)
        return places

    @property
    def size_bytes(self) -> int:
        """The bytes of the weights, the only large part."""
        return int(self.weights.nbytes)


def save(model: Model, directory: Path) -> Path:
    """Writes the files beside the present ones, then swaps the manifest; the former version stays for `roll_back`."""
    directory.mkdir(parents=True, exist_ok=True)
    weights, arrays = f"weights-{model.version}.npy", f"items-{model.version}.npz"
    np.save(directory / f".{weights}", model.weights, allow_pickle=False)
    os.replace(directory / f".{weights}", directory / weights)  # Never written in place: a server may have it mapped.
    parts = {name: np.asarray(getattr(model.catalogue, name)) for name in FACETS + NAMES}
    parts |= {"scale": model.scale, "columns": model.columns, "trend": model.trend}
    np.savez(directory / arrays, allow_pickle=False, **parts)
    manifest = {
        "format": FORMAT,
        "version": model.version,
        "weights": weights,
        "arrays": arrays,
        "beta": model.beta,
        "fade": model.fade,
        "facts": dict(model.facts),
    }
    present = directory / MANIFEST
    if present.exists() and json.loads(present.read_text())["version"] != model.version:
        _replace(directory / PREVIOUS, present.read_text())
    _replace(present, json.dumps(manifest, indent=1))
    _sweep(directory)
    return present


def load(directory: Path) -> Model:
    """The model of a directory; its weights are mapped, so that processes share them."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text())
        if manifest["format"] != FORMAT:
            raise BadArtifact(f"{directory}: format {manifest['format']} is not {FORMAT}; train again")
        weights = np.load(directory / manifest["weights"], mmap_mode="r", allow_pickle=False)
        with np.load(directory / manifest["arrays"], allow_pickle=False) as arrays:
            parts = {name: arrays[name] for name in arrays.files}
        return _assembled(manifest, weights, parts)
    except (OSError, KeyError, ValueError) as error:
        raise BadArtifact(f"{directory}: no readable model ({error}); train one into it") from error


def roll_back(directory: Path) -> str:
    """Makes the former version the present one again and returns its name; calling twice undoes it."""
    former, present = (directory / PREVIOUS), (directory / MANIFEST)
    if not former.exists():
        raise BadArtifact(f"{directory}: there is no former version to go back to")
    kept, text = present.read_text(), former.read_text()
    _replace(present, text)
    _replace(former, kept)
    return str(json.loads(text)["version"])


def stamp(directory: Path) -> tuple[int, int] | None:
    """What changes whenever another model is published; None where there is none."""
    try:
        found = os.stat(directory / MANIFEST)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino


def _assembled(manifest: Mapping[str, Any], weights: I8, parts: dict[str, Any]) -> Model:
    facets = {name: parts[name] for name in FACETS}
    names = {name: tuple(parts[name].tolist()) for name in NAMES}
    size, columns = len(names["ids"]), parts["columns"]
    if weights.shape != (columns.size, columns.size) or parts["trend"].shape != (size,):
        raise ValueError(f"weights {weights.shape} do not fit {columns.size} columns of {size} items")
    return Model(
        version=manifest["version"],
        catalogue=assemble(**facets, **names),
        weights=weights,
        scale=parts["scale"],
        columns=columns,
        trend=parts["trend"],
        beta=float(manifest["beta"]),
        fade=float(manifest["fade"]),
        facts=manifest["facts"],
    )


def _replace(target: Path, text: str) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, target)


def _sweep(directory: Path) -> None:
    """Removes the data of versions that neither manifest names; a running reader keeps its mapping."""
    kept = set()
    for manifest in (directory / MANIFEST, directory / PREVIOUS):
        if manifest.exists():
            named = json.loads(manifest.read_text())
            kept |= {named["weights"], named["arrays"]}
    for pattern in ("weights-*.npy", "items-*.npz"):
        for path in directory.glob(pattern):
            if path.name not in kept:
                path.unlink(missing_ok=True)
