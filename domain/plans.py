"""What may be bought: plans with their limits, and the membership that an account holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.titles import PlanTier, Quality


class BillingInterval(Enum):
    """How often a plan is paid."""

    MONTH = "MONTH"
    YEAR = "YEAR"


class MembershipStatus(Enum):
    """Where a membership stands; TRIALING, ACTIVE and PAST_DUE (a grace period) may watch."""

    INCOMPLETE = "INCOMPLETE"
    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    PAUSED = "PAUSED"
    CANCELED = "CANCELED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """A plan: how many streams at once, how sharp, and how many profiles."""

    tier: PlanTier
    interval: BillingInterval = BillingInterval.MONTH
    max_streams: int
    max_quality: Quality
    max_profiles: int

    @property
    def id(self) -> str:
        return self.tier.value


PLANS = {
    plan.tier: plan
    for plan in (
        PlanRecord(tier=PlanTier.BASIC, max_streams=1, max_quality=Quality.HD, max_profiles=2),
        PlanRecord(tier=PlanTier.STANDARD, max_streams=2, max_quality=Quality.FULL_HD, max_profiles=4),
        PlanRecord(tier=PlanTier.PREMIUM, max_streams=4, max_quality=Quality.UHD, max_profiles=5),
    )
}


@dataclass(frozen=True, slots=True)
class Money:
    """An exact decimal amount as text, with its ISO 4217 currency."""

    amount: str
    currency: str


_EURO = frozenset("AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split())
_CURRENCIES = {"US": "USD", "GB": "GBP", "JP": "JPY"}
_PRICES = {
    "EUR": {PlanTier.BASIC: "5.99", PlanTier.STANDARD: "10.99", PlanTier.PREMIUM: "15.99"},
    "USD": {PlanTier.BASIC: "6.99", PlanTier.STANDARD: "11.99", PlanTier.PREMIUM: "16.99"},
    "GBP": {PlanTier.BASIC: "4.99", PlanTier.STANDARD: "9.99", PlanTier.PREMIUM: "14.99"},
    "JPY": {PlanTier.BASIC: "890", PlanTier.STANDARD: "1490", PlanTier.PREMIUM: "1980"},
}


def price_in(country: str, tier: PlanTier) -> Money:
    """What a month costs in a country; US dollars where no other currency is set."""
    currency = "EUR" if country in _EURO else _CURRENCIES.get(country, "USD")
    return Money(_PRICES[currency][tier], currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRecord:
    """What an account has bought; `version` grows by one with every change the provider confirms."""

    account: str
    tier: PlanTier
    status: MembershipStatus
    current_period_end: datetime
    cancel_at_period_end: bool = False
    trial_end: datetime | None = None
    grace_until: datetime | None = None
    """PAST_DUE keeps access until then."""
    version: int = 1

    @property
    def plan(self) -> PlanRecord:
        return PLANS[self.tier]

    def may_watch(self, now: datetime) -> bool:
        """Whether streams may start at `now`: running, on trial, or past due within the grace period."""
        if self.status is MembershipStatus.PAST_DUE:
            return self.grace_until is not None and now < self.grace_until
        return self.status in (MembershipStatus.ACTIVE, MembershipStatus.TRIALING)
