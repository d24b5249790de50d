"""Freed memory goes back to the system, where the C library can be asked for that, and nothing fails elsewhere."""

from __future__ import annotations

import subprocess
import sys

import pytest

from datasources import heap

_WORK = """
from datasources.heap import bound_heap, give_back

def resident():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024

bound_heap()
blocks = [bytes(50_000) + b"x" for _ in range(1000)]
last = blocks[-1]
before = resident()
blocks.clear()
give_back()
print(before - resident())
"""


def test_what_is_freed_below_a_living_block_is_given_back() -> None:
    if heap._function("malloc_trim") is not None:
        done = subprocess.run([sys.executable, "-c", _WORK], capture_output=True, text=True, check=True)
        assert int(done.stdout) > 40_000_000


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert heap._function("malloc_trim") is None
    heap.bound_heap()
    heap.give_back()
