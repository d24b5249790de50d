"""The training job over SageMaker's directories: an artifact and exit code 0, or a reason where SageMaker reads it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from recommender.model import MANIFEST, load, save
from recommender.synthetic import from_catalogue, simulate
from recommender.train import run
from tests.recommender.conftest import RECORDS, TODAY

NOW = TODAY * 86_400
PARAMETERS = {
    "least_cases": "50",
    "latency_ms": "10000",
    "tune": "false",
    "ridge": "30",
    "slit_ridge": "5",
    "cap": "100",
}


def events(catalogue, *, users=200):
    data = simulate(
        from_catalogue(catalogue, TODAY, count=1, follow=0.25)[0], users=users, seed=2, end=NOW, length=(8, 16)
    ).data
    for user, item, at in zip(data.user, data.item, data.at, strict=True):
        moment = datetime.fromtimestamp(at, UTC).isoformat()
        event = {"type": "progress", "profile": f"p{user}", "title": catalogue.ids[item], "at": moment}
        yield json.dumps(event | {"fraction": 0.95, "completed": True})


@pytest.fixture
def root(catalogue, tmp_path):
    """/opt/ml as SageMaker lays it out."""
    for channel in ("events/dt=2026-11-22/10", "items", "live", "deletions"):
        (tmp_path / "input/data" / channel).mkdir(parents=True)
    (tmp_path / "input/config").mkdir()
    (tmp_path / "input/config/hyperparameters.json").write_text(json.dumps(PARAMETERS))
    (tmp_path / "input/data/items/items.jsonl").write_text("\n".join(map(json.dumps, RECORDS)))
    (tmp_path / "input/data/events/dt=2026-11-22/10/part-0.jsonl").write_text("\n".join(events(catalogue)))
    return tmp_path


def failure(root):
    return (root / "output/failure").read_text()


def test_a_job_leaves_a_model_and_its_gate(root):
    assert run(root, now=NOW) == 0
    model = load(root / "model")
    assert (len(model.catalogue), model.facts["source"], model.facts["users"]) == (160, "events", 200)
    assert model.version.startswith("2026-11-23T00-")
    assert json.loads((root / "model/gate.json").read_text())["passed"] is True
    assert not (root / "output/failure").exists()


def test_tuning_chooses_and_records_its_settings(root):
    (root / "input/config/hyperparameters.json").write_text(json.dumps(PARAMETERS | {"tune": "true"}))
    assert run(root, now=NOW) == 0
    settings = load(root / "model").facts["settings"]
    assert settings["fade"] in (1.0, 2.0, 5.0)


def test_a_deleted_profile_is_not_learned_from(root):
    (root / "input/data/deletions/ids.txt").write_text("p0\np1\n")
    assert run(root, now=NOW) == 0
    facts = load(root / "model").facts
    assert (facts["users"], facts["dropped"]["deleted"] > 10) == (198, True)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"colour": "red"}, "hyperparameter colour is not known; known are beta, cap"),
        ({"ridge": "much"}, "hyperparameter ridge must be a number, not 'much'"),
        ({"over_trending": "99"}, "the gate refused the model: trending: NDCG@10"),
    ],
)
def test_a_failure_is_written_where_it_is_read(root, parameters, reason):
    (root / "input/config/hyperparameters.json").write_text(json.dumps(PARAMETERS | parameters))
    assert run(root, now=NOW) == 1
    assert failure(root).startswith(reason)
    assert len(failure(root)) <= 1024
    assert not (root / "model" / MANIFEST).exists()


def test_missing_channels_are_named(root):
    (root / "input/data/events/dt=2026-11-22/10/part-0.jsonl").write_text("{}\n")
    assert run(root, now=NOW) == 1
    assert failure(root) == "channel events holds nothing to learn from; dropped: {'malformed': 1}"
    (root / "input/data/items/items.jsonl").unlink()
    assert run(root, now=NOW) == 1
    assert failure(root).startswith("channel items holds no .jsonl file")


def test_a_worse_model_than_the_live_channel_s_is_refused(root, catalogue, tmp_path):
    assert run(root, now=NOW) == 0
    save(load(root / "model"), root / "input/data/live")
    bad = PARAMETERS | {"ridge": "1e9", "slit_ridge": "1e9", "beta": "50", "over_trending": "-1"}
    (root / "input/config/hyperparameters.json").write_text(json.dumps(bad))
    before = (root / "model" / MANIFEST).read_bytes()
    assert run(root, now=NOW) == 1
    assert failure(root).startswith("the gate refused the model: present model: NDCG@10 -")
    assert (root / "model" / MANIFEST).read_bytes() == before


def test_sigterm_stops_with_a_reason(root):
    os.unlink(root / "input/data/items/items.jsonl")
    os.mkfifo(root / "input/data/items/items.jsonl")  # Opening it waits, so the job is surely at work.
    job = subprocess.Popen([sys.executable, "-m", "recommender", "train", "--root", str(root)], stderr=subprocess.PIPE)
    try:
        with open(root / "input/data/items/items.jsonl", "wb"):
            job.send_signal(signal.SIGTERM)
            assert job.wait(20) == 143
    finally:
        job.kill()
        job.communicate()
    assert failure(root) == "stopped on request; nothing was published"
