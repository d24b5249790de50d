"""The artifact on disk: equal after loading, free of pickle, reversible, and the same bytes from the same input."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from recommender.demo import SETTINGS
from recommender.fit import fit
from recommender.model import FACETS, MANIFEST, NAMES, BadArtifact, load, roll_back, save, stamp
from recommender.synthetic import from_catalogue, simulate
from tests.recommender.conftest import TODAY


def test_a_loaded_model_is_the_saved_one_and_is_mapped(model, tmp_path):
    save(model, tmp_path)
    loaded = load(tmp_path)
    assert isinstance(loaded.weights, np.memmap)
    for name in ("weights", "scale", "columns", "trend"):
        assert np.array_equal(getattr(loaded, name), getattr(model, name))
    for name in FACETS:
        assert np.array_equal(getattr(loaded.catalogue, name), getattr(model.catalogue, name))
    assert [getattr(loaded.catalogue, name) for name in NAMES] == [getattr(model.catalogue, name) for name in NAMES]
    assert (loaded.version, loaded.beta, loaded.fade, loaded.facts) == (
        model.version,
        model.beta,
        model.fade,
        json.loads(json.dumps(model.facts)),
    )


def test_publishing_keeps_the_former_version_for_a_roll_back_and_nothing_older(model, tmp_path):
    for version in ("one", "two", "three"):
        save(dataclasses.replace(model, version=version), tmp_path)
    assert sorted(path.name for path in tmp_path.glob("weights-*")) == ["weights-three.npy", "weights-two.npy"]
    before = stamp(tmp_path)
    assert roll_back(tmp_path) == "two"
    assert (load(tmp_path).version, stamp(tmp_path) != before) == ("two", True)
    assert roll_back(tmp_path) == "three"


def test_an_unreadable_directory_says_so(model, tmp_path):
    with pytest.raises(BadArtifact, match="no readable model"):
        load(tmp_path)
    with pytest.raises(BadArtifact, match="no former version"):
        roll_back(tmp_path)
    save(model, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(BadArtifact, match="format 0 is not"):
        load(tmp_path)
    np.save(tmp_path / manifest["weights"], np.zeros((3, 3), np.int8))
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BadArtifact, match="do not fit"):
        load(tmp_path)


def test_the_same_input_trains_the_same_bytes(catalogue):
    data = simulate(from_catalogue(catalogue, TODAY, count=1, follow=0.25)[0], users=100, seed=1).data
    first, second = (fit(data, catalogue, SETTINGS, version="v") for _ in range(2))
    assert first.weights.tobytes() == second.weights.tobytes()
    assert first.trend.tobytes() == second.trend.tobytes()


def test_only_the_most_watched_get_weights_in_a_large_catalogue(catalogue):
    data = simulate(from_catalogue(catalogue, TODAY, count=1, follow=0.25)[0], users=200, seed=1).data
    model = fit(data, catalogue, dataclasses.replace(SETTINGS, max_columns=50), version="v")
    counts = np.bincount(data.item, minlength=data.items)
    assert model.weights.shape == (50, 50)
    assert counts[model.columns].min() >= np.delete(counts, model.columns).max()
    assert model.column_of()[model.columns].tolist() == list(range(50))
