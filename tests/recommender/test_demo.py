"""The demo's loop: a model at once, events from a bucket over HTTP, a new model that a running server picks up."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from recommender import demo
from recommender.__main__ import main
from recommender.contract import decode
from recommender.model import load
from recommender.rank import rank
from recommender.scores import Scorer
from tests.recommender.conftest import RECORDS

OBJECTS = {
    f"dt=2026-11-22/1{hour}/part-0.jsonl": json.dumps(
        {"type": "progress", "profile": "me", "title": f"tt{hour}", "at": "2026-11-22T10:00:00Z", "fraction": 0.9}
    ).encode()
    for hour in range(3, 6)
} | {"dt=2026-11-22/10/_SUCCESS": b"{"}


class Bucket(BaseHTTPRequestHandler):
    """Just enough of S3: a listing in pages of two, and objects."""

    def do_GET(self):
        address = urlsplit(self.path)
        key = unquote(address.path).removeprefix("/events").lstrip("/")
        body = OBJECTS[key] if key else self._page(parse_qs(address.query))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _page(self, query):
        start = int(query.get("continuation-token", ["0"])[0])
        keys = sorted(OBJECTS)
        contents = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys[start : start + 2])
        more = start + 2 < len(keys)
        token = f"<NextContinuationToken>{start + 2}</NextContinuationToken>" if more else ""
        listing = f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}"
        return f"<ListBucketResult>{listing}</ListBucketResult>".encode()

    def log_message(self, *_):
        """Silence."""


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(map(json.dumps, RECORDS)))
    return path


def test_a_model_is_trained_once_for_the_same_items(items, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "USERS", 800)
    version = demo.ensure(items, tmp_path / "model")
    written = (tmp_path / "model/model.json").stat().st_mtime_ns
    assert demo.ensure(items, tmp_path / "model") == version
    assert (tmp_path / "model/model.json").stat().st_mtime_ns == written
    items.write_text("\n".join(map(json.dumps, RECORDS[:100])))
    assert demo.ensure(items, tmp_path / "model") != version
    assert len(load(tmp_path / "model").catalogue) == 100


def test_what_is_watched_leads_to_titles_of_its_kind(items, tmp_path):
    """Simulated viewers leave enough behind for each title to speak for its neighbours."""
    demo.ensure(items, tmp_path / "model")
    scorer = Scorer(model=load(tmp_path / "model"))
    genre = {record["id"]: record["genres"] for record in RECORDS}
    seeds = [f"tt{number}" for number in range(20, 60)]
    requests = [
        {"id": seed, "history": [[seed, 1.0, 0]], "rails": [{"id": "because", "seed": seed, "k": 8}]} for seed in seeds
    ]
    moment, decoded = decode({"v": 1, "context": {"country": "DE"}, "requests": requests})
    rails = [result["rails"][0]["items"] for result in rank(scorer, moment, decoded)]
    alike = [genre[id_] == genre[seed] for seed, items in zip(seeds, rails, strict=True) for id_ in items]
    assert len(alike) == 8 * len(seeds)
    assert sum(alike) / len(alike) > 0.75


def test_watched_events_from_the_bucket_make_a_new_model(items, bucket, tmp_path, capsys):
    first = demo.ensure(items, tmp_path / "model")
    arguments = ["train-demo", "--items", str(items), "--model-dir", str(tmp_path / "model"), "--bucket", "events"]
    assert main([*arguments, "--endpoint-url", bucket]) == 0
    told = json.loads(capsys.readouterr().out)
    model = load(tmp_path / "model")
    assert told == {"published": True, "model": model.version, "why": "", "watched": 3}
    assert (model.version != first, model.facts["users"], model.facts["profiles"]) == (True, 16001, 1)
    assert demo.ensure(items, tmp_path / "model") == model.version


def test_the_command_serves_at_once_and_picks_up_what_is_trained(items, tmp_path):
    command = [sys.executable, "-m", "recommender", "serve", "--host", "127.0.0.1", "--port", "0"]
    command += ["--items", str(items), "--model-dir", str(tmp_path / "model"), "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdin is not None and child.stdout is not None
        try:
            address = f"http://127.0.0.1:{json.loads(child.stdout.readline())['port']}"
            first = httpx.get(f"{address}/ping").json()
            (tmp_path / "log").mkdir()
            (tmp_path / "log/part-0.jsonl").write_bytes(b"\n".join(OBJECTS.values()))
            outcome = demo.train(items, tmp_path / "model", demo_lines(tmp_path / "log"))
            assert outcome.published
            assert httpx.get(f"{address}/ping").json() == {"status": "ok", "model": outcome.model.version}
            assert first["status"] == "ok" != first["model"] != outcome.model.version
            child.stdin.close()
            assert child.wait(10) == 0
        finally:
            child.kill()


def demo_lines(directory):
    return (line for path in directory.iterdir() for line in path.read_bytes().splitlines())
