"""How much processor time answers and training take; on a shared machine a clock would measure the neighbours."""

from __future__ import annotations

import http.client
import json
import resource
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from recommender.catalogue import build
from recommender.contract import decode
from recommender.diversity import pool
from recommender.fit import Settings, fit
from recommender.model import Model, load, save
from recommender.scores import Scorer
from recommender.serve import answer, create_app
from recommender.synthetic import planted, simulate

BATCHES, HISTORY, TOP = (1, 32, 256), 50, 50


def model(titles: int, viewers: int, length: int) -> tuple[Model, float]:
    """A model of planted viewing, and the processor seconds of its training alone."""
    genres = [f"genre{number}" for number in range(20)]
    records = [
        {"id": f"tt{at}", "genres": [genres[at % 20]], "countries": ["*"], "maturity": 12, "popularity": 1}
        for at in range(titles)
    ]
    data = simulate(planted(items=titles, days=1), users=viewers, seed=1, length=(length, length)).data
    started = time.process_time()
    made = fit(data, build(records), Settings(), version="bench")
    return made, time.process_time() - started


def run(titles: int, viewers: int, length: int) -> str:
    """A Markdown table of median and best milliseconds per batch, with the training and the memory below it."""
    made, seconds = model(titles, viewers, length)
    trained_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as name:
        save(made, Path(name))
        lines = ["| profiles | gather + top 50 | whole ranking | over HTTP |", "|---|---|---|---|"]
        scorer = Scorer(model=load(Path(name)))
        with _Server(Path(name)) as post:
            lines += [_row(scorer, post, size) for size in BATCHES]
    lines.append("\nMilliseconds of processor time, median (best); over HTTP it includes the client's.")
    lines.append(f"{titles} titles, history {HISTORY}, one rail of {TOP}.")
    lines.append(
        f"Training on {viewers * length} events: {seconds:.1f} s of processor time, peak {trained_mb:.0f} MB, "
        f"weights {made.size_bytes / 2**20:.0f} MB."
    )
    return "\n".join(lines)


def _row(scorer: Scorer, post: Callable[[bytes], None], size: int) -> str:
    body = _body(len(scorer.model.catalogue), size)
    _, requests = decode(body)
    histories = [scorer.history(request) for request in requests]
    encoded = json.dumps(body).encode()
    cells = [
        _timed(lambda: pool(scorer.collaborative(histories), TOP)),
        _timed(lambda: answer(scorer, body)),
        _timed(lambda: post(encoded)),
    ]
    return f"| {size} | " + " | ".join(cells) + " |"


def _body(titles: int, size: int) -> dict[str, Any]:
    rng = np.random.default_rng(size)
    requests = [
        {
            "id": str(at),
            "history": [[f"tt{item}", 1.0, -60] for item in rng.choice(titles, HISTORY, replace=False)],
            "rails": [{"id": "forYou", "k": TOP}],
        }
        for at in range(size)
    ]
    return {"v": 1, "context": {"country": "DE", "maxMaturity": 16}, "requests": requests}


def _timed(work: Callable[[], object], rounds: int = 15) -> str:
    times = []
    work()
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append((time.process_time() - started) * 1000)
    return f"{np.median(times):.2f} ({min(times):.2f})"


class _Server:
    """The app on a free port of loopback, in a thread; entering yields a function that posts and reads the answer."""

    def __init__(self, directory: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(
            uvicorn.Config(create_app(directory), log_level="warning", timeout_keep_alive=120)
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})

    def __enter__(self) -> Callable[[bytes], None]:
        self._thread.start()
        client = self._client = http.client.HTTPConnection("127.0.0.1", self._listener.getsockname()[1], timeout=60)

        def post(body: bytes) -> None:
            client.request("POST", "/invocations", body, {"content-type": "application/json"})
            found = client.getresponse()
            if found.status != 200 or not found.read():
                raise RuntimeError(f"the container answered {found.status}")

        return post

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
