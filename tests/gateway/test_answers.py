"""Kept answers: shared only where they are everyone's, fresh only as long as the schema says."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from datasources import doubt
from domain.viewers import ANONYMOUS, Role, Viewer
from engine import Answer
from gateway.answers import Answers
from gateway.caching import may_be_kept
from gateway.requester import Requester
from tests.clock import Clock

BODY = b'{"data":{}}'
PLAN = cast(Any, SimpleNamespace(document_hash="d", name=None, operation="query"))


def requester(**changes):
    return Requester(**{"address": "127.0.0.1", "country": "NL", "languages": ("en",), **changes})


@pytest.fixture
def clock():
    return Clock(0.0)


@pytest.fixture
def answers(clock):
    return Answers(10_000, clock)


def answer(body=BODY, **changes):
    return Answer(**{"body": body, "errors": (), "request_error": False, "data_is_null": False, **changes})


def test_an_answer_is_found_until_its_time_is_over(answers, clock):
    key = answers.key(PLAN, {"a": 1}, requester(), 30)
    answers.keep(key, answer(), 30, answers.generation)
    assert answers.find(key).body == BODY
    clock.now = 30
    assert answers.find(key) is None


@pytest.mark.parametrize(
    ("plan", "who", "seconds"),
    [
        (PLAN, requester(), 0),
        (PLAN, requester(viewer=Viewer(sub="a", roles=frozenset({Role.VIEWER}))), 30),
        (PLAN, requester(wants_cost=True), 30),
        (SimpleNamespace(document_hash="d", name=None, operation="mutation"), requester(), 30),
    ],
)
def test_what_is_someones_own_is_never_kept(answers, plan, who, seconds):
    assert answers.key(plan, {}, who, seconds) is None


@pytest.mark.parametrize("other", [{"country": "BE"}, {"languages": ("de",)}])
def test_country_and_languages_have_answers_of_their_own(answers, other):
    assert requester().viewer is ANONYMOUS
    assert answers.key(PLAN, {}, requester(), 30) != answers.key(PLAN, {}, requester(**other), 30)


def test_the_order_of_variables_makes_no_difference(answers):
    assert answers.key(PLAN, {"a": 1, "b": 2}, requester(), 9) == answers.key(PLAN, {"b": 2, "a": 1}, requester(), 9)


@pytest.mark.parametrize("bad", [answer(errors=(Exception(),)), answer(request_error=True), answer(b"x" * 10_000)])
def test_errors_and_oversized_answers_are_not_kept(answers, bad):
    key = answers.key(PLAN, {}, requester(), 30)
    answers.keep(key, bad, 30, answers.generation)
    assert answers.find(key) is None


def test_a_change_of_the_catalogue_drops_all_and_what_was_being_made(answers):
    key = answers.key(PLAN, {}, requester(), 30)
    answers.keep(key, answer(), 30, answers.generation)
    begun = answers.generation
    answers.forget()
    answers.keep(key, answer(), 30, begun)
    assert answers.find(key) is None


def test_the_bytes_are_bounded(answers):
    keys = [answers.key(PLAN, {"n": n}, requester(), 30) for n in range(40)]
    for key in keys:
        answers.keep(key, answer(), 30, answers.generation)
    assert 0 < sum(answers.find(key) is not None for key in keys) < 40


def test_a_makeshift_is_not_kept_here_nor_by_anybody_else(answers):
    call = cast(Any, SimpleNamespace(headers={}, scope={"method": "GET"}))
    key = answers.key(PLAN, {}, requester(), 30)
    doubt.begin()
    assert may_be_kept(call, 30)
    doubt.cast()
    answers.keep(key, answer(), 30, answers.generation)
    assert answers.find(key) is None
    assert not may_be_kept(call, 30)
    doubt.begin()
    answers.keep(key, answer(), 30, answers.generation)
    assert answers.find(key) is not None
    assert may_be_kept(call, 30)
