"""Plans as they are offered to a caller."""

from __future__ import annotations

from domain.plans import PLANS, Money, PlanRecord, price_in
from domain.titles import PlanTier, localise
from resolvers.context import Context

_NAMES = {
    PlanTier.BASIC: {"en": "Basic", "nl": "Basis", "de": "Basis", "fr": "Essentiel", "es": "Básico"},
    PlanTier.STANDARD: {"en": "Standard", "nl": "Standaard", "de": "Standard", "fr": "Standard", "es": "Estándar"},
    PlanTier.PREMIUM: {"en": "Premium"},
}


def plans() -> list[PlanRecord]:
    """All plans, cheapest first."""
    return [PLANS[tier] for tier in PlanTier]


def plan_name(ctx: Context, plan: PlanRecord) -> str:
    """The plan's name in the caller's language."""
    return localise(_NAMES[plan.tier], ctx.languages, "en")


def plan_price(ctx: Context, plan: PlanRecord) -> Money:
    """What the plan costs a month in the caller's country."""
    return price_in(ctx.country, plan.tier)
