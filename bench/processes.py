"""Server processes on their own core: started, waited for, measured and ended."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


class DidNotStart(Exception):
    """A server ended or stayed silent; the message has its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers on 127.0.0.1."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """User and system time of the process so far, all of its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """What it holds in memory now."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def cores() -> tuple[int, int]:
    """One for the server and one for the load; the same one where there is no second."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """The command on one core, where the machine can pin."""
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") else [*command]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    command: Sequence[str], environment: Mapping[str, str], *, port: int, log: Path, ready: str = "/"
) -> Iterator[Running]:
    """Starts it on the servers' core and ends it after the block; it is ready when `ready` is answered."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned(cores()[0], command),
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, ready, log)
        yield Running(pid=process.pid, port=port)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _answers(port, ready):
            return
        time.sleep(0.05)
    words = log.read_text(errors="replace")[-2000:]
    raise DidNotStart(f"it does not answer on port {port} (exit status {process.poll()}):\n{words}")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def dynamodb_stub(items: Path, python: str) -> Iterator[str]:
    """The stub on the load's core, so that the server under test has its core to itself; its URL."""
    process = subprocess.Popen(
        pinned(cores()[1], [python, "-m", "bench.dynamodb_stub", "--items", str(items)]),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise DidNotStart("the DynamoDB stub said nothing")
        yield url
    finally:
        process.stdin.close()
        process.wait(_STOP_SECONDS)
        process.stdout.close()
