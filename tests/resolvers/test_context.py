"""What an operation is shown: worked out once a minute for a caller, and never for two callers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from domain.availability import Audience
from domain.viewers import ActiveProfile, Role, Viewer
from gateway.requester import Requester
from resolvers.context import Context, Standing

NOON = datetime(2026, 3, 1, 12, 0, 59, 999_999, UTC)
MINUTE = NOON.replace(second=0, microsecond=0)
CHILD = Viewer(sub="a", roles=frozenset({Role.VIEWER}), profile=ActiveProfile(id="p", kids=True, max_age=6))


def context(now: datetime, standing: Standing, viewer: Viewer = CHILD) -> Context:
    return Context(sources=cast(Any, None), viewer=viewer, languages=("nl",), country="NL", now=now, standing=standing)


def test_a_caller_is_shown_the_same_for_a_minute() -> None:
    standing = Standing()
    first, second = context(MINUTE, standing), context(NOON, standing)
    assert first.audience == Audience("NL", MINUTE, max_age=6)
    assert first.segment_key == (first.audience, ("nl",), CHILD.roles, CHILD.scopes)
    assert first.shown is second.shown


def test_the_next_minute_is_another() -> None:
    standing = Standing()
    late, next_minute = context(NOON, standing), context(NOON + timedelta(microseconds=1), standing)
    assert late.audience.now == MINUTE
    assert next_minute.audience.now == MINUTE + timedelta(minutes=1)
    assert next_minute.segment_key != late.segment_key
    assert late.segment_key == context(MINUTE, Standing()).segment_key, "an operation keeps what it began with"


def test_who_proves_to_be_another_begins_anew() -> None:
    passer_by = Requester(address="192.0.2.1", country="NL", languages=("nl",))
    before = context(NOON, passer_by.standing, passer_by.viewer)
    assert before.audience.max_age is None
    child = passer_by.proven(CHILD, 0)
    assert child.standing is not passer_by.standing
    assert context(NOON, child.standing, child.viewer).audience.max_age == 6
