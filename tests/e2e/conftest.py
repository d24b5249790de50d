"""Fixtures of the browser tests: the demo as a newcomer starts it, and the browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.browser import launch

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Scheme, host and port of a demo with 200 titles."""
    with running_demo() as address:
        yield address


@contextmanager
def running_demo(**variables: str) -> Iterator[str]:
    """The address of a demo with 200 titles and these settings."""
    if not (ROOT / "web/dist/player.html").is_file():
        pytest.fail("The web pages are not built: run `make setup`, or `npm ci && npm run build` in web/.")
    command = [sys.executable, "-m", "gateway", "demo", "--port", "0"]
    environment = {**os.environ, "SCALE": "200", **variables}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as demo:
        try:
            yield _announced(demo)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(30)


def _announced(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    told = []
    for line in demo.stdout:
        told.append(line)
        if found := re.search(r"GraphiQL\s+(http://\S+)/graphql", line):
            return found[1]
    raise AssertionError(f"The demo ended before it served: {''.join(told)}")


# Not for the session: while it is open its event loop runs in this thread, and no other test could start one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
