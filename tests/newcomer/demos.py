"""Demos as processes: started with nothing but what a test chooses, and never left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from emulation.outputs import Outputs
from gateway.demo_tokens import RUNNING

ROOT = Path(__file__).parents[2]
_ALIVE_STATES = frozenset("RSDT")


def bare() -> dict[str, str]:
    """This process's environment without anything that a demo would read."""
    ours = ("MARQUEE_", "AWS_", "DATA_DIR", "SCALE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def refused(*arguments: str, **variables: str) -> tuple[int, str]:
    """The exit status and the messages of a demo that does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", *(arguments or ("--port", "0"))],
        cwd=ROOT,
        env={**bare(), "SCALE": "60", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


class Demo:
    """A running demo."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.base = _address(process)
        self.port = self.base.rpartition(":")[2]
        self.outputs = Outputs.from_json((RUNNING / f"{self.port}.json").read_text())

    def descendants(self) -> list[int]:
        """Every process below it, by the kernel's own lists."""
        found: list[int] = []
        left = [self.process.pid]
        while left:
            pid = left.pop()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += map(int, children)
            left += map(int, children)
        return found


@contextmanager
def demo(*, errors_to: int | None = None, **variables: str) -> Iterator[Demo]:
    """In a process group of its own, as a terminal would start it; killed at the end if it still runs.

    `errors_to` is where its standard error goes: None leaves it where the tests' goes.
    """
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "gateway", "demo", "--port", "0"],
        cwd=ROOT,
        env={**bare(), "SCALE": "60", **variables},
        stdout=subprocess.PIPE,
        stderr=errors_to,
        text=True,
        start_new_session=True,
    )
    try:
        yield Demo(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "GraphiQL" in line:
            return line.split()[1].removesuffix("/graphql")
    raise AssertionError("the demo ended without a welcome")


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Waits for it; the test fails when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def gone(pid: int) -> bool:
    """Whether a process has ended, collected by its parent or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in _ALIVE_STATES
    except FileNotFoundError:
        return True
