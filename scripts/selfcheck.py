"""`python -m scripts.selfcheck`: starts the demo on a free port, asks it what a newcomer would, and stops it.

One line for each question, with its outcome and the milliseconds it took; the exit status is 1 when one failed.
"""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from scripts.newcomer import ROOT, Newcomer, Unexpected, expect, questions

_START_SECONDS = 300.0
_STOP_SECONDS = 30.0
_ADDRESS = re.compile(r"GraphiQL +(http://\S+)/graphql")


@contextmanager
def demo(environment: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running demo and its address; killed at the end unless it was stopped before."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "gateway", "demo", "--port", "0"],
        cwd=ROOT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process, said), daemon=True)
    reader.start()
    try:
        yield process, _address(said)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(_STOP_SECONDS)
        reader.join(_STOP_SECONDS)


def _address(said: queue.Queue[str | None]) -> str:
    lines, end = [], time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        try:
            line = said.get(timeout=1)
        except queue.Empty:
            continue
        if line is None:
            break
        lines.append(line)
        if found := _ADDRESS.search(line):
            return found[1]
    raise Unexpected(f"The demo did not start:\n{''.join(lines)}")


def _read(process: subprocess.Popen[str], said: queue.Queue[str | None]) -> None:
    """Reads to the end, so that the demo never waits for its output to be taken."""
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            said.put(line)
    said.put(None)


def _stopped(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    expect(process.wait(_STOP_SECONDS) == 0, f"exit status {process.returncode}")


def _told(name: str, question: Callable[[], object]) -> bool:
    begin = time.perf_counter()
    try:
        question()
        outcome, reason = "ok", ""
    except (
        Unexpected,
        OSError,
        ValueError,
        LookupError,
        TypeError,
        StopIteration,
        subprocess.SubprocessError,
    ) as error:
        outcome, reason = "FAILED", f"  {type(error).__name__}: {str(error)[:500]}"
    milliseconds = (time.perf_counter() - begin) * 1000
    print(f"{name:<22} {outcome:<6} {milliseconds:>8.0f} ms{reason}", flush=True)
    return outcome == "ok"


def main(environment: Mapping[str, str] | None = None) -> int:
    """The exit status: 0 when every question was answered as it should be."""
    chosen = dict(os.environ if environment is None else environment)
    begin = time.perf_counter()
    try:
        with demo(chosen) as (process, base):
            print(f"{'demo starts':<22} {'ok':<6} {(time.perf_counter() - begin) * 1000:>8.0f} ms", flush=True)
            asked = questions(Newcomer(base), chosen.get("MARQUEE_SERVER__METRICS_PORT"))
            outcomes = [_told(name, question) for name, question in asked]
            outcomes.append(_told("demo stops", lambda: _stopped(process)))
    except Unexpected as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
