"""The web project itself: its types, its unit tests, its lock and its size."""

import os
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
PLAYER_LINES = 300


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_web_project_holds(script: str):
    """`npm run check` and `npm test`, as a web developer runs them."""
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    done = subprocess.run(["npm", "run", script], cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_lock_names_no_host():
    """Whoever installs chooses the registry; the hashes hold wherever the files come from."""
    lock = (WEB / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 100


def test_the_player_stays_small():
    """It is an example to read, so there is an end to it."""
    assert sum(len(path.read_text().splitlines()) for path in WEB.glob("src/player/*.ts")) < PLAYER_LINES
