"""Several processes on one socket: forked before anything is opened, replaced when one dies, stopped together."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from gateway.settings_errors import REFUSED

SHORT_LIFE_SECONDS = 5.0
"""A worker that lives shorter than this is not replaced: the next one would live no longer."""
NOT_STARTED = frozenset({REFUSED, 3})
"""Exit statuses of a worker that could not start, however long it tried; 3 is uvicorn's."""

Work = Callable[[int], int]
"""`work(number)` runs one worker, numbered from 0, and answers its exit status."""


class Supervisor:
    """The parent of the workers; it serves nothing itself."""

    def __init__(self, count: int, work: Work) -> None:
        self._count = count
        self._work = work
        self._numbers: dict[int, tuple[int, float]] = {}
        self._stopping = False
        self._life, self._hold = os.pipe()

    def run(self) -> int:
        """Until every worker has ended; the exit status of the first one that failed, else 0."""
        for number in range(self._count):
            self._start(number)
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, self._stop)
        status = 0
        while self._numbers:
            pid, raw = os.waitpid(-1, 0)
            if pid not in self._numbers:
                continue
            number, since = self._numbers.pop(pid)
            if self._stopping:
                status = status or _status(raw)
            elif _status(raw) in NOT_STARTED or time.monotonic() - since < SHORT_LIFE_SECONDS:
                status = _status(raw) or 1
                self._stop(signal.SIGTERM, None)
            else:
                self._start(number)
        return status

    def _start(self, number: int) -> None:
        pid = os.fork()
        if pid:
            self._numbers[pid] = number, time.monotonic()
            return
        # The worker: it must not return into what its parent was doing.
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.close(self._hold)
            threading.Thread(target=_end_with_parent, args=(self._life,), daemon=True).start()
            status = self._work(number)
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Every signal goes on to every worker: the first one drains, the second one hurries."""
        self._stopping = True
        for pid in list(self._numbers):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def _status(raw: int) -> int:
    """The status of a shell; a worker that was stopped before it could drain has not failed."""
    code = os.waitstatus_to_exitcode(raw)
    if -code in (signal.SIGTERM, signal.SIGINT):
        return 0
    return code if code >= 0 else 128 - code


def _end_with_parent(life: int) -> None:
    """Nobody writes: reading ends when the parent does, however it ends."""
    os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
