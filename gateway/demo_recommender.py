"""The demo's recommender: a second child process, made known to the embedded AWS as soon as its model is ready."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from emulation.outputs import Outputs
from emulation.recommender import ITEMS, MODEL
from gateway.demo_tokens import RUNNING, running, write_private
from gateway.settings_errors import SettingsRefused

_ROOT = Path(__file__).resolve().parent.parent

_LOST = """
The recommender has ended by itself; its last messages are above. Everything goes on, but the rails of the home page
fall back: their `source` says to what. Stop the demo and start it again to have it back.
"""


@contextmanager
def recommender(outputs: Outputs, scale: int, port: int) -> Iterator[None]:
    """Runs it beside the block, which does not wait: pages are complete without a model, and better with one.

    What is trained of what was watched is kept with the data of the run, and goes with them; the first model of a
    catalogue, which nobody has watched yet, is kept for every run.
    """
    folder = Path(outputs.data_dir) / "recommender" / str(scale)
    arguments = ["--scale", str(scale), "--dir", str(folder)]
    if not (folder / MODEL).exists():
        arguments += ["--first", str(_ROOT / ".cache" / "recommender" / str(scale) / "first")]
    child = subprocess.Popen(
        [sys.executable, "-m", "emulation.recommender", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        start_new_session=True,
    )
    stopping = threading.Event()
    threading.Thread(target=_attend, args=(child, outputs, stopping), daemon=True).start()
    told = RUNNING / f"{port}.model"
    write_private(told, str(folder))
    try:
        yield
    finally:
        with suppress(OSError):
            told.unlink()
        stopping.set()
        _stop(child)


def _attend(child: subprocess.Popen[bytes], outputs: Outputs, stopping: threading.Event) -> None:
    """Makes the child known when it is ready, and says so if it ends by itself: pages go on, not as good as before."""
    _announce(child, outputs)
    child.wait()
    if not stopping.is_set():
        print(_LOST, file=sys.stderr, flush=True)


def _announce(child: subprocess.Popen[bytes], outputs: Outputs) -> None:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line.endswith(b"\n"):
        return
    url = f"http://127.0.0.1:{json.loads(line)['port']}"
    body = json.dumps({"url": url}).encode()
    request = urllib.request.Request(f"{outputs.endpoint_url}/_marquee/recommender", body, method="POST")
    with suppress(OSError), urllib.request.urlopen(request, timeout=5):
        pass


def _stop(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None and child.stdout is not None
    child.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            child.wait(5)
            break
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, number)  # it may have a training below it
    child.wait()
    child.stdout.close()


def train(port: int | None) -> int:
    """Trains a model from what was watched in a running demo, which takes it up at its next request."""
    outputs, file = running(port)
    told = file.with_suffix(".model")
    if not told.is_file():
        raise SettingsRefused(["That demo runs without a recommender. Start it again with `make run`."])
    folder = Path(told.read_text())
    if not (folder / MODEL / "model.json").is_file():
        raise SettingsRefused(["The first model of that demo is still being made. Ask again in a moment."])
    command = [sys.executable, "-m", "recommender", "train-demo", "--items", str(folder / ITEMS)]
    command += ["--model-dir", str(folder / MODEL), "--endpoint-url", outputs.endpoint_url]
    command += ["--bucket", outputs.buckets["events"]]
    return subprocess.run(command, cwd=_ROOT, env={**os.environ, **outputs.environment()}, check=False).returncode
