"""A headless Chromium that can reach this machine only, and tells what else it was asked for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Route

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    # Below the page's own requests: no name but this machine's is ever looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
INLINE = {"data", "blob", "about"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def executable() -> str:
    """The browser to drive; a clear end when there is none."""
    for name in (os.environ.get("MARQUEE_BROWSER", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    raise RuntimeError(
        "The browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium) "
        "or set MARQUEE_BROWSER=/path/to/it."
    )


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=executable(), args=list(QUIET))


def _leaves(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in INLINE and parts.hostname not in LOOPBACK


class Watch:
    """What one browser context asked for and complained about."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.external: list[str] = []
        self.complaints: list[str] = []

    def follow(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.note(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.hear)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def note(self, url: str) -> None:
        self.requests.append(url)
        if _leaves(url):
            self.external.append(url)

    def handle(self, route: Route) -> None:
        self.note(route.request.url)
        if _leaves(route.request.url):
            route.abort()
        else:
            route.continue_()


@contextmanager
def visit(browser: Browser, **options: object) -> Iterator[tuple[Page, Watch]]:
    """A page of a fresh device; afterwards it must have asked nobody but this machine."""
    watch = Watch()
    with browser.new_context(**options) as context:  # type: ignore[arg-type]
        context.route("**/*", watch.handle)
        context.on("page", watch.follow)
        context.set_default_timeout(20_000)
        yield context.new_page(), watch
    assert watch.external == []
