"""Kept answers: shared only where they are everyone's, fresh only as long as the schema says."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from datasources import doubt
from domain.viewers import ANONYMOUS, ActiveProfile, Role, Viewer
from engine import Answer
from gateway.answers import Answers
from gateway.caching import may_be_kept
from gateway.request import GraphQLRequest
from gateway.requester import Requester
from graph.extensions.caching import Lifetime
from tests.clock import Clock
from tests.heap import taken

BODY = b'{"data":{}}'
FOR_ALL, FOR_NOBODY_ELSE, NEVER = Lifetime(30, True), Lifetime(30, False), Lifetime(0, True)
PLAN = cast(Any, SimpleNamespace(document_hash="d", name=None, operation="query"))


def asked(variables):
    return GraphQLRequest(query="{ a }", variables=variables)


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
    key = answers.key(PLAN, asked({"a": 1}), requester(), FOR_NOBODY_ELSE)
    answers.keep(key, answer(), 30, answers.generation)
    assert answers.find(key).body == BODY
    clock.now = 30
    assert answers.find(key) is None


def viewer(max_age=None, **changes):
    profile = None if max_age is None else ActiveProfile(id="p", kids=False, max_age=max_age)
    return Viewer(**{"sub": "a", "roles": frozenset({Role.VIEWER}), "profile": profile, **changes})


def signed_in(max_age=None, **changes):
    return requester().proven(viewer(max_age, **changes), 9e9)


@pytest.mark.parametrize(
    ("plan", "who", "lifetime"),
    [
        (PLAN, requester(), NEVER),
        (PLAN, signed_in(), FOR_NOBODY_ELSE),
        (PLAN, signed_in(roles=frozenset({Role.EDITOR})), FOR_ALL),
        (SimpleNamespace(document_hash="d", name=None, operation="mutation"), requester(), FOR_ALL),
    ],
)
def test_what_is_someones_own_is_never_kept(answers, plan, who, lifetime):
    assert answers.key(plan, asked({}), who, lifetime) is None


def test_who_has_signed_in_shares_with_those_who_may_see_the_same(answers):
    mine = answers.key(PLAN, asked({}), signed_in(16), FOR_ALL)
    assert answers.key(PLAN, asked({}), signed_in(16, sub="somebody else"), FOR_ALL) == mine
    others = [
        requester(),
        signed_in(12),
        signed_in(),
        signed_in(16, scopes=frozenset({"watch"})),
        signed_in(16, roles=frozenset()),
        replace(signed_in(16), country="BE"),
        replace(signed_in(16), languages=("de",)),
    ]
    keys = [answers.key(PLAN, asked({}), other, FOR_ALL) for other in others]
    assert len({mine, *keys}) == 8 and None not in keys


@pytest.mark.parametrize("other", [{"country": "BE"}, {"languages": ("de",)}])
def test_country_and_languages_have_answers_of_their_own(answers, other):
    assert requester().viewer is ANONYMOUS
    mine, theirs = (answers.key(PLAN, asked({}), who, FOR_ALL) for who in (requester(), requester(**other)))
    assert mine != theirs


def test_the_order_of_variables_makes_no_difference(answers):
    assert answers.key(PLAN, asked({"a": 1, "b": 2}), requester(), FOR_ALL) == answers.key(
        PLAN, asked({"b": 2, "a": 1}), requester(), FOR_ALL
    )


@pytest.mark.parametrize("bad", [answer(errors=(Exception(),)), answer(request_error=True), answer(b"x" * 10_000)])
def test_errors_and_oversized_answers_are_not_kept(answers, bad):
    key = answers.key(PLAN, asked({}), requester(), FOR_ALL)
    answers.keep(key, bad, 30, answers.generation)
    assert answers.find(key) is None


def test_a_change_of_the_catalogue_drops_all_and_what_was_being_made(answers):
    key = answers.key(PLAN, asked({}), requester(), FOR_ALL)
    answers.keep(key, answer(), 30, answers.generation)
    begun = answers.generation
    answers.forget()
    answers.keep(key, answer(), 30, begun)
    assert answers.find(key) is None


def test_the_bytes_are_bounded(answers):
    keys = [answers.key(PLAN, asked({"n": n}), requester(), FOR_ALL) for n in range(40)]
    for key in keys:
        answers.keep(key, answer(), 30, answers.generation)
    assert 0 < sum(answers.find(key) is not None for key in keys) < 40


def test_a_makeshift_is_not_kept_here_nor_by_anybody_else(answers):
    call = cast(Any, SimpleNamespace(headers={}, scope={"method": "GET"}))
    key = answers.key(PLAN, asked({}), requester(), FOR_ALL)
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


def test_a_kept_answer_takes_no_more_than_it_is_long():
    def keep():
        answers = Answers(10_000_000)
        for number in range(200):
            key = answers.key(PLAN, asked({"text": f"{number}" + "x" * 1000}), requester(), FOR_ALL)
            answers.keep(key, answer(orjson.dumps({"data": "x" * 1000})), 30, answers.generation)
        return answers

    assert taken(keep) < 400 * 1200
