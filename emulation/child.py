"""Starts `python -m emulation` as a child process and stops it: how the demo and the tests get a cloud."""

from __future__ import annotations

import fcntl
import selectors
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from emulation.outputs import Outputs

_ROOT = Path(__file__).resolve().parent.parent
_LOCK_SECONDS = 3.0


class CloudDidNotStart(Exception):
    """The child ended, or said nothing in time; its standard error has been passed on."""


class DataDirRefused(Exception):
    """The folder cannot be used; the message says why and what to do."""


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
    """A running cloud for the length of the block: `starting_aws`, waited for."""
    with starting_aws(
        data_dir=data_dir,
        scale=scale,
        recommender_url=recommender_url,
        media=media,
        media_cache=media_cache,
        patience=patience,
    ) as ready:
        yield ready()


@contextmanager
def starting_aws(
    *,
    data_dir: Path | None = None,
    scale: int = 0,
    recommender_url: str | None = None,
    media: bool = False,
    media_cache: Path | None = None,
    patience: float = 120.0,
    lost: Callable[[], None] | None = None,
) -> Iterator[Callable[[], Outputs]]:
    """A cloud that lives as long as the block; the function waits until it is ready, `patience` seconds at most.

    `scale` is the number of titles of the demo catalogue (0: empty tables), `media` makes the demo clips
    and keeps them in `media_cache` (None: `.cache/media` of the repository). `lost` is called once, from another
    thread, when a cloud that was ready ends before the block does.
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
    with _locked(data_dir) as locks:
        child = _start(arguments, locks)
        stopping = threading.Event()
        scratch: list[str] = []

        def ready() -> Outputs:
            outputs = _outputs(child, patience)
            if data_dir is None:
                scratch.append(outputs.data_dir)
            if lost is not None:
                threading.Thread(target=_watch, args=(child, stopping, lost), daemon=True).start()
            return outputs

        try:
            yield ready
        finally:
            stopping.set()
            _stop(child)
            for folder in scratch:  # the child's own to remove, unless it was killed
                shutil.rmtree(folder, ignore_errors=True)


def _watch(child: subprocess.Popen[bytes], stopping: threading.Event, lost: Callable[[], None]) -> None:
    child.wait()
    if not stopping.is_set():
        lost()


@contextmanager
def _locked(data_dir: Path | None) -> Iterator[Sequence[int]]:
    """The folder's lock as a descriptor for the child, which holds it on while it outlives a killed parent."""
    if data_dir is None:
        yield ()
        return
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("w")
    except OSError as error:
        message = f"{data_dir} cannot be used ({error.strerror}). Name a folder that you may write to"
        raise DataDirRefused(message) from error
    with lock:
        _take(lock, data_dir)
        yield (lock.fileno(),)


def _take(lock: IO[str], data_dir: Path) -> None:
    """Waits a little: a cloud whose gateway was killed is still writing its state."""
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                message = f"{data_dir} is in use by another demo. Stop that one, or name another folder"
                raise DataDirRefused(message) from error
            time.sleep(0.1)


def _start(arguments: Sequence[str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "emulation", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        # Ctrl-C in a terminal reaches the parent alone: the gateway drains while its cloud still answers.
        start_new_session=True,
        pass_fds=descriptors,
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
