"""Suggestions for staff: the errors of everyone, in their order, the first of them with what may be meant."""

import pytest
from graphql import build_schema

from engine import Engine, RequestRefused
from gateway.hints import hints
from gateway.masking import error_formatter

SCHEMA = build_schema("type Query { genres: [String!] titles: Int } ")
SIMPLE = error_formatter()


def refusal(query):
    with pytest.raises(RequestRefused) as refused:
        Engine(SCHEMA, hide_suggestions=True).prepare(query)
    return refused.value


def told(refused):
    return [SIMPLE(error) for error in refused.errors]


def test_the_same_errors_with_suggestions_and_nothing_of_the_marks():
    query = "{ genrs titels nothing }"
    plain, hinted = told(refusal(query)), told(hints(SCHEMA, maximum=20)(query, refusal(query)))
    suggested = [" Did you mean 'genres'?", " Did you mean 'titles'?", ""]
    assert hinted == [{**one, "message": one["message"] + more} for one, more in zip(plain, suggested, strict=True)]


def test_errors_beyond_those_that_are_shown_stay_as_they_are():
    query = "{ genrs titels title genre }"
    refused = refusal(query)
    hinted = hints(SCHEMA, maximum=2)(query, refused)
    assert ["Did you mean" in error.message for error in hinted.errors] == [True, True, False, False]
    assert [error.locations for error in hinted.errors[:2]] == [error.locations for error in refused.errors[:2]]
    assert hinted.errors[2:] == refused.errors[2:]
    assert hinted.stage == "validation"
