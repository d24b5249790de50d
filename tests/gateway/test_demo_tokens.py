"""What running demos leave word of, and what becomes of the word of those that were killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import demo_tokens
from gateway.settings_errors import SettingsRefused
from tests.emulation.test_outputs import OUTPUTS

KILLED = """
import os, pathlib, sys
from gateway import demo_tokens
from tests.emulation.test_outputs import OUTPUTS
demo_tokens.RUNNING = pathlib.Path(sys.argv[1])
with demo_tokens.announced(OUTPUTS, 8001):
    demo_tokens.write_private(demo_tokens.RUNNING / "8001.model", "/models")
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(demo_tokens, "RUNNING", tmp_path)
    yield tmp_path


def killed(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False, timeout=60)
    assert done.returncode == -9


def named(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_running_demo_is_found_by_its_port_and_leaves_nothing(running: Path) -> None:
    with demo_tokens.announced(OUTPUTS, 8002):
        file = running / "8002.json"
        assert file.stat().st_mode & 0o777 == 0o600
        assert demo_tokens.running(8002) == (OUTPUTS, file)
        assert demo_tokens.running(None) == (OUTPUTS, file)
        with pytest.raises(SettingsRefused, match="No demo runs here"):
            demo_tokens.running(8003)
    assert named(running) == []


def test_a_killed_demo_is_not_taken_for_a_running_one(running: Path) -> None:
    killed(running)
    assert named(running) == ["8001.json", "8001.model"]
    for port in (8001, None):
        with pytest.raises(SettingsRefused, match="No demo runs here"):
            demo_tokens.running(port)


def test_the_next_start_sweeps_up_after_killed_demos_and_spares_running_ones(running: Path) -> None:
    killed(running)
    with demo_tokens.announced(OUTPUTS, 8002), demo_tokens.announced(OUTPUTS, 8003):
        assert named(running) == ["8002.json", "8003.json"]
        assert [demo_tokens.running(port)[1].stem for port in (8002, 8003)] == ["8002", "8003"]


def test_the_same_port_can_be_taken_again_after_a_kill(running: Path) -> None:
    killed(running)
    with demo_tokens.announced(OUTPUTS, 8001):
        assert demo_tokens.running(8001)[0] == OUTPUTS
