"""The parent of the workers: whom it replaces, and when it gives up."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys, time
from gateway import workers
workers.SHORT_LIFE_SECONDS = {short}
marks = sys.argv[1]

def work(number):
    mark = os.path.join(marks, str(number))
    lives = os.path.getsize(mark) if os.path.exists(mark) else 0
    with open(mark, "a") as file:
        file.write("x")
    {body}

sys.exit(workers.Supervisor(2, work).run())
"""


def run(folder, body, short=0.0):
    """The exit status of a parent of two workers, and how often each of them was started."""
    program = PROGRAM.format(body=body, short=short)
    command = [sys.executable, "-c", program, str(folder)]
    found = subprocess.run(command, cwd=ROOT, timeout=30, capture_output=True, check=False)
    return found.returncode, [(folder / name).stat().st_size for name in "01" if (folder / name).exists()]


def test_a_worker_that_dies_is_replaced(tmp_path):
    """The first one dies once with an error, lives on, and stops its parent when it has been replaced."""
    body = """if number == 0:
        while not os.path.exists(os.path.join(marks, "1")):
            time.sleep(0.01)
        return 7 if lives == 0 else os.kill(os.getppid(), 15) or 0
    time.sleep(20)"""
    assert run(tmp_path, body) == (0, [2, 1])


@pytest.mark.parametrize("status", [2, 3])
def test_a_worker_that_could_not_start_ends_all_of_them(tmp_path, status):
    body = f"if number == 0: time.sleep(0.2); return {status}\n    time.sleep(20)"
    assert run(tmp_path, body) == (status, [1, 1])


def test_a_worker_that_lives_too_short_ends_all_of_them(tmp_path):
    body = "if number == 0: time.sleep(0.2); return 7\n    time.sleep(20)"
    assert run(tmp_path, body, short=5.0) == (7, [1, 1])


def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    program = PROGRAM.format(body="print(os.getpid(), flush=True); time.sleep(20)", short=0)
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert len({parent.stdout.readline() for _ in range(2)}) == 2
        parent.send_signal(signal.SIGKILL)
        # The pipe closes when the last one of them has gone.
        assert parent.stdout.read() == ""
