"""Artwork is served as SVG that browsers cache and never run."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from emulation import art

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture(autouse=True)
def painter(monkeypatch):
    drawn = []

    def render(path):
        drawn.append(path)
        return SVG if path == "/art/poster/a.svg" else None

    monkeypatch.setitem(sys.modules, "emulation.demo.art", SimpleNamespace(render=render))
    art._picture.cache_clear()
    yield drawn
    art._picture.cache_clear()


def ask(path="/art/poster/a.svg", method="GET", **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return art.reply({"method": method, "path": path, "headers": pairs})


def test_a_picture_is_svg_with_cache_headers(painter):
    answer = ask()
    assert (answer.status, answer.body) == (200, SVG)
    assert {name: value for name, value in answer.headers if name != b"etag"} == {
        b"content-type": b"image/svg+xml",
        b"cache-control": b"public, max-age=86400",
        b"x-content-type-options": b"nosniff",
        b"content-security-policy": b"default-src 'none'; style-src 'unsafe-inline'",
        b"access-control-allow-origin": b"*",
    }


def test_a_client_that_has_it_gets_304(painter):
    tag = ask().header(b"etag").decode()
    answer = ask(if_none_match=f'"other", {tag}')
    assert (answer.status, answer.body, answer.header(b"etag")) == (304, b"", tag.encode())


def test_a_picture_is_drawn_once(painter):
    for _ in range(3):
        ask()
    assert painter == ["/art/poster/a.svg"]


def test_an_unknown_picture_is_404_and_writing_405(painter):
    assert ask("/art/poster/none.svg").status == 404
    assert ask(method="POST").status == 405
