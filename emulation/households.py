"""The demo's households: what the documented viewers have bought, and who watches with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from datasources.account_items import account_item, membership_item
from datasources.tables import VIEWERS, TableSpec
from domain.accounts import ADULT_AGE, KIDS_DEFAULT_AGE, AccountRecord, PreferencesRecord, ProfileRecord, hash_pin
from domain.plans import MembershipRecord, MembershipStatus
from domain.titles import PlanTier
from emulation.identity import email_of
from emulation.outputs import UserOutputs

PIN = "1234"
"""Of every locked demo profile."""

OPENED = datetime(2026, 1, 1, tzinfo=UTC)
_PAID = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProfile:
    """A documented profile; its id is its name in lower case."""

    name: str
    kids: bool = False
    locked: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoHousehold:
    """What a persona's account holds."""

    tier: PlanTier
    country: str
    profiles: tuple[DemoProfile, ...]


HOUSEHOLDS = {
    "viewer": DemoHousehold(
        tier=PlanTier.PREMIUM,
        country="NL",
        profiles=(
            DemoProfile(name="Vera"),
            DemoProfile(name="Max", locked=True),
            DemoProfile(name="Junior", kids=True),
        ),
    ),
    "second": DemoHousehold(tier=PlanTier.BASIC, country="DE", profiles=(DemoProfile(name="Sam", language="de"),)),
    "kid": DemoHousehold(
        tier=PlanTier.STANDARD,
        country="NL",
        profiles=(DemoProfile(name="Parent", locked=True), DemoProfile(name="Kim", kids=True)),
    ),
}
"""By persona: four streams, one stream and two; `second` is there to meet the limit."""


def household_items(users: Iterable[UserOutputs]) -> Iterator[tuple[TableSpec, dict[str, Any]]]:
    """The account and the membership of every demo user who has a household."""
    for user in users:
        if user.persona in HOUSEHOLDS:
            yield from _items(user, HOUSEHOLDS[user.persona])


def _items(user: UserOutputs, household: DemoHousehold) -> Iterator[tuple[TableSpec, dict[str, Any]]]:
    account = AccountRecord(
        id=user.subject,
        email=email_of(user.username),
        country=household.country,
        profiles=tuple(_profile(one) for one in household.profiles),
        created_at=OPENED,
    )
    membership = MembershipRecord(
        account=user.subject,
        tier=household.tier,
        status=MembershipStatus.ACTIVE,
        current_period_end=OPENED + _PAID,
    )
    yield VIEWERS, account_item(account)
    yield VIEWERS, membership_item(membership)


def _profile(demo: DemoProfile) -> ProfileRecord:
    return ProfileRecord(
        id=demo.name.lower(),
        name=demo.name,
        kids=demo.kids,
        max_age=KIDS_DEFAULT_AGE if demo.kids else ADULT_AGE,
        pin_hash=hash_pin(PIN) if demo.locked else None,
        preferences=PreferencesRecord(language=demo.language),
    )
