"""Who may play what, now: the one decision behind every start, every playlist and every refusal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from domain.availability import Audience, availability
from domain.errors import MarqueeError, NotEntitled, NotFound, NotReady
from domain.plans import PLANS, MembershipRecord, MembershipStatus, PlanRecord
from domain.titles import AvailabilityStatus, MediaRecord, PlanTier, Quality, TitleRecord, TitleStatus


class EntitlementReason(Enum):
    """Why a film may not be played."""

    NO_MEMBERSHIP = "NO_MEMBERSHIP"
    PAST_DUE = "PAST_DUE"
    PLAN_TOO_LOW = "PLAN_TOO_LOW"
    COUNTRY = "COUNTRY"
    NOT_STARTED = "NOT_STARTED"
    ENDED = "ENDED"
    MATURITY = "MATURITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be played: the film's title and its own delivered files, None while there are none."""

    title: TitleRecord | None
    media: MediaRecord | None


_NOT_RUNNING = {
    AvailabilityStatus.BLOCKED: (EntitlementReason.COUNTRY, "This title is not offered in your country."),
    AvailabilityStatus.UPCOMING: (EntitlementReason.NOT_STARTED, "This title has not started yet."),
    AvailabilityStatus.EXPIRED: (EntitlementReason.ENDED, "This title is no longer offered."),
}


def refusal(wish: Wish, membership: MembershipRecord | None, audience: Audience) -> MarqueeError | None:
    """Why the film may not be played by this audience, None when it may.

    The order is that of what a viewer can do about it: a hidden title first, so that nothing is learnt of it.
    """
    title = wish.title
    if title is None or title.status is not TitleStatus.PUBLISHED:
        return NotFound("Nothing playable has that id. Take one from the catalogue.", path=("input", "playableId"))
    return (
        _too_young(title, audience)
        or _not_running(title, audience)
        or _not_bought(title, membership, audience)
        or _not_delivered(wish)
    )


def _too_young(title: TitleRecord, audience: Audience) -> NotEntitled | None:
    if audience.max_age is None or title.maturity.minimum_age <= audience.max_age:
        return None
    return NotEntitled("The active profile is too young for this title.", reason=EntitlementReason.MATURITY)


def _not_running(title: TitleRecord, audience: Audience) -> NotEntitled | None:
    offered = availability(title.windows, audience.country, audience.now)
    if offered.status is AvailabilityStatus.AVAILABLE:
        return None
    reason, message = _NOT_RUNNING[offered.status]
    starts = offered.starts_at if reason is EntitlementReason.NOT_STARTED else None
    return NotEntitled(message, reason=reason, available_from=starts)


def _not_bought(title: TitleRecord, membership: MembershipRecord | None, audience: Audience) -> NotEntitled | None:
    needed = cheapest_plan(title, audience)
    if membership is None or not membership.may_watch(audience.now):
        past_due = membership is not None and membership.status is MembershipStatus.PAST_DUE
        return NotEntitled(
            "The last payment failed: settle it to go on watching." if past_due else "Watching needs a membership.",
            reason=EntitlementReason.PAST_DUE if past_due else EntitlementReason.NO_MEMBERSHIP,
            required_plan=needed,
        )
    if membership.tier.rank < needed.tier.rank:
        return NotEntitled(
            "The plan does not include this title.", reason=EntitlementReason.PLAN_TOO_LOW, required_plan=needed
        )
    return None


def _not_delivered(wish: Wish) -> NotReady | None:
    return None if wish.media else NotReady("This film is not ready to be played yet. Try again later.")


def cheapest_plan(title: TitleRecord, audience: Audience) -> PlanRecord:
    """The cheapest plan that plays the title in the audience's country at its time."""
    offered = availability(title.windows, audience.country, audience.now)
    return PLANS[offered.minimum_plan if offered.status is not AvailabilityStatus.BLOCKED else PlanTier.BASIC]


def best_quality(membership: MembershipRecord, media: MediaRecord, *wishes: Quality | None) -> Quality:
    """The lowest of plan, film and every wish (of the device, of the profile) that was made."""
    limits = [membership.plan.max_quality, media.max_quality, *(wish for wish in wishes if wish is not None)]
    return min(limits, key=lambda quality: quality.rank)
