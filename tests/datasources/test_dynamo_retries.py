"""The retry budget that all calls of a client share."""

from __future__ import annotations

import pytest

from datasources.dynamo.retries import BUDGET, Kind, Retries


@pytest.fixture(autouse=True)
def _longest_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)


def test_no_more_attempts_than_allowed() -> None:
    retries = Retries(attempts=3)
    assert [retries.delay(number, "transient") for number in (1, 2, 3)] == [0.025, 0.05, None]
    assert Retries(attempts=1).delay(1, "transient") is None


def test_a_store_that_refuses_for_load_is_given_longer() -> None:
    assert Retries(attempts=2).delay(1, "throttled") == 0.25


@pytest.mark.parametrize(("kind", "retries_left"), [("transient", 100), ("throttled", 100), ("timeout", 50)])
def test_an_outage_ends_the_retries_of_all_calls(kind: Kind, retries_left: int) -> None:
    retries = Retries(attempts=2)
    allowed = [retries.delay(1, kind) for _ in range(retries_left + 10)]
    assert allowed.count(None) == 10
    assert allowed[retries_left:] == [None] * 10


def test_success_earns_the_budget_back_up_to_its_bound() -> None:
    retries = Retries(attempts=2)
    while retries.delay(1, "timeout") is not None:
        pass
    assert retries.tokens == 0
    retries.succeeded(None)
    retries.succeeded("timeout")
    assert retries.tokens == 11
    for _ in range(1000):
        retries.succeeded(None)
    assert retries.tokens == BUDGET
