"""The self-check passes on the demo of this checkout, and fails where a demo does not start."""

from __future__ import annotations

import os
import re

import pytest

from scripts import selfcheck
from scripts.newcomer import expect
from tests.newcomer.demos import bare, free_port

LINE = re.compile(r"(.+?) +(ok|FAILED) +\d+ ms(.*)")


def test_everything_a_newcomer_asks_is_answered(capfd: pytest.CaptureFixture[str]) -> None:
    metrics = str(free_port())
    status = selfcheck.main({**bare(), "SCALE": "60", "MARQUEE_SERVER__METRICS_PORT": metrics})
    lines = [LINE.fullmatch(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line[1], line[2], line[3]) for line in lines if line] == [
        (name, "ok", "")
        for name in (
            "demo starts",
            "healthz and readyz",
            "GraphiQL page",
            "player page",
            "home",
            "search",
            "title by its slug",
            "token as viewer",
            "token as kid",
            "token as editor",
            "token as admin",
            "token as partner",
            "token as second",
            "viewer and profile",
            "start of a film",
            "manifest and segment",
            "metrics",
            "demo stops",
        )
    ]
    assert (status, None in lines) == (0, False)


def test_a_demo_that_does_not_start_fails_with_its_reason(capfd: pytest.CaptureFixture[str]) -> None:
    assert selfcheck.main({**bare(), "SCALE": "all"}) == 1
    assert "SCALE is a number of titles" in capfd.readouterr().err


def test_a_wrong_answer_is_told_and_counts(capfd: pytest.CaptureFixture[str]) -> None:
    def question() -> None:
        expect(os.getpid() == 0, "another process")

    assert selfcheck._told("a question", question) is False
    line = LINE.fullmatch(capfd.readouterr().out.strip())
    assert line is not None and line.groups() == ("a question", "FAILED", "  Unexpected: another process")
