"""Tokens of a running demo: where it leaves word of itself, and how the command line finds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from emulation.outputs import Outputs
from gateway.settings_errors import SettingsRefused

RUNNING = Path(__file__).resolve().parent.parent / ".cache" / "demo"
"""One file per running demo, named after its port: what `token` needs. Readable by its owner alone."""


def token(persona: str, port: int | None) -> str:
    """A fresh access token of a running demo; raises SettingsRefused with what to do instead."""
    from emulation.identity import TokenNotIssued, token_for

    try:
        return token_for(running(port)[0], persona)
    except (TokenNotIssued, ValueError) as error:
        raise SettingsRefused([str(error)]) from error


@contextmanager
def announced(outputs: Outputs, port: int) -> Iterator[None]:
    """Leaves word for `token` while the demo runs, and takes away what demos that were killed have left."""
    _sweep()
    file = RUNNING / f"{port}.json"
    with _held(file) as opened:
        opened.write(outputs.to_json())
        opened.flush()
        try:
            yield
        finally:
            with suppress(OSError):
                file.unlink()


@contextmanager
def _held(file: Path) -> Iterator[IO[str]]:
    """The file, empty and locked until the block ends: the kernel lets go of it however the process ends."""
    while True:
        with _private(file) as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            if _is_still(file, opened):
                yield opened
                return


def _is_still(file: Path, opened: IO[str]) -> bool:
    """False when somebody swept it away between its opening and its locking."""
    try:
        return file.stat().st_ino == os.fstat(opened.fileno()).st_ino
    except FileNotFoundError:
        return False


def _sweep() -> None:
    for file in RUNNING.glob("*.json"):
        with _if_left(file) as left:
            if left:
                file.unlink(missing_ok=True)
                file.with_suffix(".model").unlink(missing_ok=True)


@contextmanager
def _if_left(file: Path) -> Iterator[bool]:
    """Whether the demo that wrote it has ended; nobody else takes the file's name while the block lasts."""
    try:
        with file.open() as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
            yield True
    except (BlockingIOError, FileNotFoundError):
        yield False


def _alive(file: Path) -> bool:
    with _if_left(file) as left:
        return file.exists() and not left


def running(port: int | None) -> tuple[Outputs, Path]:
    """The demo on that port, or the one that started last, and its file; raises SettingsRefused when none runs."""
    file = _running(port)
    return Outputs.from_json(file.read_text()), file


def _running(port: int | None) -> Path:
    named = RUNNING.glob("*.json" if port is None else f"{port}.json")
    found = sorted(filter(_alive, named), key=lambda file: file.stat().st_mtime)
    if not found:
        raise SettingsRefused(["No demo runs here. Start one with `make run`, and ask again."])
    return found[-1]


def write_private(file: Path, text: str) -> None:
    """A file that its owner alone can read."""
    with _private(file) as opened:
        opened.write(text)


def _private(file: Path) -> IO[str]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")
