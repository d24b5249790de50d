"""Remembers the outputs of the running demo in a private file, so that other commands find it."""

from __future__ import annotations

import os
from pathlib import Path

from emulation.outputs import Outputs

FILENAME = "demo.json"


def save(outputs: Outputs, directory: Path) -> Path:
    """Writes the outputs, demo credentials included, readable for the owner alone; a former file is replaced."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, fresh = directory / FILENAME, directory / f".{FILENAME}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(outputs.to_json())
    fresh.replace(path)
    return path


def load(directory: Path) -> Outputs:
    """The outputs of the demo that was started last; LookupError when there is none to be found."""
    path = directory / FILENAME
    try:
        return Outputs.from_json(path.read_text())
    except (OSError, ValueError, TypeError) as error:
        raise LookupError(f"No running demo is known at {path}: start it with `make run`.") from error


def forget(directory: Path) -> None:
    """Removes the file when the demo ends."""
    (directory / FILENAME).unlink(missing_ok=True)
