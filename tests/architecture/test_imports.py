"""The rooms import each other in one direction only, and importing them has no side effects."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_contract_is_kept():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_gateway_needs_no_environment():
    """No settings are read and nothing connects at import."""
    done = subprocess.run(
        [sys.executable, "-c", "import gateway.app, gateway.wiring, graph.schema, emulation.provision"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
