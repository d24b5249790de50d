"""Starts `python -m emulation` as a child process and stops it: how the demo and the tests get a cloud."""

from __future__ import annotations

import selectors
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from emulation.outputs import Outputs

_ROOT = Path(__file__).resolve().parent.parent


class CloudDidNotStart(Exception):
    """The child ended, or said nothing in time; its standard error has been passed on."""


@contextmanager
def embedded_aws(
    *,
    data_dir: Path | None = None,
    scale: int = 0,
    recommender_url: str | None = None,
    media: bool = False,
    media_cache: Path | None = None,
    patience: float = 120.0,
) -> Iterator[Outputs]:
    """A running cloud for the length of the block; `patience` is the longest wait for it, in seconds.

    `scale` is the number of titles of the demo catalogue (0: empty tables), `media` makes the demo clips
    and keeps them in `media_cache` (None: `.cache/media` of the repository).
    """
    arguments = ["--scale", str(scale)]
    if data_dir is not None:
        arguments += ["--data-dir", str(data_dir)]
    if recommender_url is not None:
        arguments += ["--recommender-url", recommender_url]
    if media_cache is not None:
        arguments += ["--media-cache", str(media_cache)]
    if media:
        arguments.append("--media")
    child = _start(arguments)
    try:
        yield _outputs(child, patience)
    finally:
        _stop(child)


def _start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "emulation", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        # Ctrl-C in a terminal reaches the parent alone: the gateway drains while its cloud still answers.
        start_new_session=True,
    )


def _outputs(child: subprocess.Popen[bytes], patience: float) -> Outputs:
    assert child.stdout is not None
    line = _line(child.stdout, patience)
    if not line.endswith(b"\n"):
        raise CloudDidNotStart(f"the embedded AWS did not become ready within {patience:.0f} s; see its messages above")
    return Outputs.from_json(line)


def _line(stream: IO[bytes], patience: float) -> bytes:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return stream.readline() if selector.select(patience) else b""


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Closing its input asks it to end gracefully, which writes its snapshot; then harder."""
    assert child.stdin is not None and child.stdout is not None
    child.stdin.close()
    for force in (child.terminate, child.kill):
        try:
            child.wait(20)
            break
        except subprocess.TimeoutExpired:
            force()
    child.wait()
    child.stdout.close()
