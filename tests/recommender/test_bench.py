"""The benchmark runs over the real server and reports every batch."""

from __future__ import annotations

from recommender import bench


def test_every_batch_is_reported(monkeypatch):
    monkeypatch.setattr(bench, "BATCHES", (1, 2))
    monkeypatch.setattr(bench, "HISTORY", 5)
    lines = bench.run(80, 60, 10).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| 1", "| 2"]
    assert lines[-1].startswith("Training on 600 events: ")
