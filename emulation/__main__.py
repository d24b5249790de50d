"""`python -m emulation`: one embedded AWS as a child process; prints its outputs as one JSON line when it is ready.

It stops at the end of its standard input, so that it never outlives the process that started it, or at SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from uvicorn.loops.auto import auto_loop_factory

from emulation.clips import CACHE
from emulation.outputs import Outputs
from emulation.process import run


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status."""
    arguments = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="marquee-cloud-", ignore_cleanup_errors=True) as scratch:
        data_dir = arguments.data_dir or Path(scratch)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(_serve(data_dir.resolve(), arguments))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulation", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="keep the state here between runs; else nothing is kept")
    parser.add_argument("--scale", type=int, default=0, help="titles of the demo catalogue to load; 0 loads none")
    parser.add_argument("--media", action="store_true", help="make the demo clips and put them into the bucket")
    parser.add_argument("--media-cache", type=Path, default=CACHE, help="where encoded clips are kept between runs")
    parser.add_argument("--recommender-url", help="where SageMaker invocations are sent")
    return parser


async def _serve(data_dir: Path, arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_until_orphaned, args=(loop, stop), daemon=True).start()
    await run(
        data_dir=data_dir,
        persist=arguments.data_dir is not None,
        recommender_url=arguments.recommender_url,
        scale=arguments.scale,
        media=arguments.media,
        media_cache=arguments.media_cache,
        when_ready=_announce,
        stop=stop,
    )


def _until_orphaned(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        continue
    loop.call_soon_threadsafe(stop.set)


def _announce(outputs: Outputs) -> None:
    print(outputs.to_json(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
