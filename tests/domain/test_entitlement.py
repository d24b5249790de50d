"""Every reason for a refusal, each alone, and the order in which they are told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.availability import Audience
from domain.entitlement import EntitlementReason, Wish, best_quality, refusal
from domain.errors import NotEntitled, NotFound, NotReady
from domain.plans import PLANS, MembershipRecord, MembershipStatus
from domain.titles import (
    AvailabilityWindow,
    MaturityRating,
    MediaRecord,
    PlanTier,
    Quality,
    TitleKind,
    TitleRecord,
    TitleStatus,
)

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
DAY = timedelta(days=1)
MEDIA = MediaRecord(version="v1", max_quality=Quality.FULL_HD, duration_seconds=100)
EVERYWHERE = AvailabilityWindow(countries=frozenset("*"), starts_at=NOW - DAY)
AUDIENCE = Audience(country="NL", now=NOW, max_age=16)
STANDARD = MembershipRecord(
    account="a", tier=PlanTier.STANDARD, status=MembershipStatus.ACTIVE, current_period_end=NOW + DAY
)
TITLE = TitleRecord(
    id="heat",
    kind=TitleKind.MOVIE,
    slug="heat",
    names={"en": "Heat"},
    original_language="en",
    release_date=None,
    maturity=MaturityRating(code="16", system="Kijkwijzer", minimum_age=16),
    genre_ids=(),
    images=(),
    windows=(EVERYWHERE,),
    status=TitleStatus.PUBLISHED,
    version=1,
    updated_at=NOW,
    media=MEDIA,
)


def refused(membership=STANDARD, audience=AUDIENCE, media=MEDIA, **changes):
    wish = Wish(title=replace(TITLE, **changes), media=media)
    return refusal(wish, membership, audience)


def window(**changes):
    return (replace(EVERYWHERE, **changes),)


def test_a_member_of_age_in_the_right_place_at_the_right_time_may_watch():
    assert refused() is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"membership": None}, EntitlementReason.NO_MEMBERSHIP),
        ({"membership": replace(STANDARD, status=MembershipStatus.CANCELED)}, EntitlementReason.NO_MEMBERSHIP),
        ({"membership": replace(STANDARD, status=MembershipStatus.PAST_DUE)}, EntitlementReason.PAST_DUE),
        ({"windows": window(minimum_plan=PlanTier.PREMIUM)}, EntitlementReason.PLAN_TOO_LOW),
        ({"windows": window(countries=frozenset({"US"}))}, EntitlementReason.COUNTRY),
        ({"windows": ()}, EntitlementReason.COUNTRY),
        ({"windows": window(starts_at=NOW + DAY)}, EntitlementReason.NOT_STARTED),
        ({"windows": window(ends_at=NOW)}, EntitlementReason.ENDED),
        ({"audience": AUDIENCE._replace(max_age=12)}, EntitlementReason.MATURITY),
    ],
)
def test_each_reason_is_named(changes, reason):
    error = refused(**changes)
    assert isinstance(error, NotEntitled)
    assert error.reason is reason


def test_the_cheapest_plan_and_the_start_are_told():
    low = refused(windows=window(minimum_plan=PlanTier.PREMIUM))
    early = refused(windows=window(starts_at=NOW + DAY))
    assert isinstance(low, NotEntitled) and low.required_plan == PLANS[PlanTier.PREMIUM]
    assert isinstance(early, NotEntitled) and early.available_from == NOW + DAY


def test_a_draft_is_not_found_whatever_else_is_wrong():
    assert isinstance(refused(status=TitleStatus.DRAFT, membership=None), NotFound)


def test_a_film_without_files_is_not_ready():
    assert isinstance(refused(media=None), NotReady)


@pytest.mark.parametrize(
    ("tier", "wishes", "quality"),
    [
        (PlanTier.BASIC, (), Quality.HD),
        (PlanTier.PREMIUM, (), Quality.FULL_HD),
        (PlanTier.PREMIUM, (Quality.UHD, Quality.SD), Quality.SD),
        (PlanTier.PREMIUM, (None, None), Quality.FULL_HD),
    ],
)
def test_the_lowest_of_plan_film_device_and_preference_is_delivered(tier, wishes, quality):
    assert best_quality(replace(STANDARD, tier=tier), MEDIA, *wishes) is quality
