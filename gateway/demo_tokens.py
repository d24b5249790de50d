"""Tokens of a running demo: where it leaves word of itself, and how the command line finds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
    """Leaves word for `token` while the demo runs."""
    file = RUNNING / f"{port}.json"
    write_private(file, outputs.to_json())
    try:
        yield
    finally:
        with suppress(OSError):
            file.unlink()


def running(port: int | None) -> tuple[Outputs, Path]:
    """The demo on that port, or the one that started last, and its file; raises SettingsRefused when none runs."""
    file = _running(port)
    return Outputs.from_json(file.read_text()), file


def _running(port: int | None) -> Path:
    files = sorted(RUNNING.glob("*.json"), key=lambda file: file.stat().st_mtime)
    found = [file for file in files if port is None or file.stem == str(port)]
    if not found:
        raise SettingsRefused(["No demo runs here. Start one with `make run`, and ask again."])
    return found[-1]


def write_private(file: Path, text: str) -> None:
    """A file that its owner alone can read."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
