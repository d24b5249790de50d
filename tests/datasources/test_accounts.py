"""Households on the real wire: one writer wins, and PINs cannot be guessed in a burst."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from datasources.account_items import membership_item, membership_of
from datasources.accounts import AccountSource
from datasources.dynamodb import Database
from domain.accounts import (
    PIN_LOCK,
    PIN_TRIES,
    AccountRecord,
    PinAttempts,
    PreferencesRecord,
    ProfileRecord,
    hash_pin,
    pin_matches,
)
from domain.errors import Conflict
from domain.plans import MembershipRecord, MembershipStatus
from domain.titles import PlanTier, Quality

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)


@pytest.fixture
async def accounts(database: Database) -> AsyncIterator[AccountSource]:
    yield AccountSource(database)


@pytest.fixture
def household() -> AccountRecord:
    liked = PreferencesRecord(language="de", max_quality=Quality.HD, autoplay_next=False)
    return AccountRecord(
        id=uuid4().hex,
        email="ada@example.com",
        country="NL",
        profiles=(
            ProfileRecord(id="p1", name="Ada", kids=False, max_age=18, pin_hash="x$y", preferences=liked),
            ProfileRecord(id="p2", name="Bo", kids=True, max_age=7),
        ),
        created_at=NOW,
    )


async def test_an_account_comes_back_whole(accounts, household):
    await accounts.open(household)
    assert await accounts.of(household.id) == household


async def test_an_account_is_opened_once(accounts, household):
    await accounts.open(household)
    assert await accounts.open(replace(household, country="BE")) == household


async def test_of_many_editors_with_one_version_one_is_saved(accounts, household):
    await accounts.open(household)
    saves = (accounts.save(replace(household, country=c)) for c in ("BE", "DE", "FR", "GB", "US"))
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    saved = [one for one in outcomes if isinstance(one, AccountRecord)]
    conflicts = [one for one in outcomes if isinstance(one, Conflict)]
    assert (len(saved), len(conflicts)) == (1, 4)
    assert {conflict.current for conflict in conflicts} == {saved[0]} == {await accounts.of(household.id)}


async def test_a_burst_of_guesses_gets_no_more_than_five(accounts, household):
    attempts = await asyncio.gather(*(accounts.take_pin_attempt(household.id, "p1", NOW) for _ in range(40)))
    assert sum(attempt.allowed for attempt in attempts) == PIN_TRIES
    assert {a.locked_until for a in attempts if not a.allowed} == {NOW + PIN_LOCK}


async def test_after_the_lock_the_count_begins_anew(accounts, household):
    for _ in range(PIN_TRIES):
        await accounts.take_pin_attempt(household.id, "p1", NOW)
    later = NOW + PIN_LOCK + timedelta(seconds=1)
    assert await accounts.take_pin_attempt(household.id, "p1", later) == PinAttempts(allowed=True, failures=1)


async def test_the_right_pin_clears_the_count(accounts, household):
    await accounts.take_pin_attempt(household.id, "p1", NOW)
    await accounts.forget_pin_attempts(household.id, "p1")
    assert (await accounts.take_pin_attempt(household.id, "p1", NOW)).failures == 1


async def test_erasing_takes_everything_of_the_household_and_nothing_else(accounts, household):
    other = replace(household, id=uuid4().hex)
    await asyncio.gather(accounts.open(household), accounts.open(other))
    await accounts.take_pin_attempt(household.id, "p1", NOW)
    found = await accounts.everything(household.id, ("p1", "p2"))
    assert [item["sk"] for item in found] == ["ACCOUNT", "PIN#p1"]
    await accounts.erase(found)
    assert await accounts.everything(household.id, ("p1", "p2")) == []
    assert await accounts.of(other.id) == other


def test_a_pin_is_stored_salted_and_matches_itself_only():
    first, second = hash_pin("1234"), hash_pin("1234")
    assert first != second
    assert "1234" not in first
    assert pin_matches("1234", first)
    assert not pin_matches("1235", first)


@pytest.mark.parametrize(
    ("status", "grace", "watches"),
    [
        (MembershipStatus.ACTIVE, None, True),
        (MembershipStatus.TRIALING, None, True),
        (MembershipStatus.PAST_DUE, NOW + timedelta(days=1), True),
        (MembershipStatus.PAST_DUE, NOW, False),
        (MembershipStatus.PAST_DUE, None, False),
        (MembershipStatus.CANCELED, None, False),
        (MembershipStatus.PAUSED, None, False),
        (MembershipStatus.INCOMPLETE, None, False),
    ],
)
def test_a_membership_is_stored_whole_and_says_who_may_watch(status, grace, watches):
    membership = MembershipRecord(
        account="a", tier=PlanTier.STANDARD, status=status, current_period_end=NOW, grace_until=grace
    )
    assert membership_of(membership_item(membership)) == membership
    assert membership.may_watch(NOW) is watches
