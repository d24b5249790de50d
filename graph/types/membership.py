"""Plans and memberships."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import strawberry

from domain.plans import BillingInterval, MembershipRecord, MembershipStatus, PlanRecord
from domain.titles import PlanTier, Quality
from engine.binding import pure
from graph.directives import Auth, CacheControl
from graph.info import Info
from graph.types.nodes import Node
from resolvers import membership


@strawberry.type(description="An amount of money.")
class Money:
    """Of `domain.plans.Money`."""

    amount: str = strawberry.field(description='An exact decimal number: "12.99".')
    currency: str = strawberry.field(description="ISO 4217: EUR.")


@strawberry.type(description="What can be bought.", directives=[CacheControl(max_age=3600)])
class Plan(Node):
    """Of `domain.plans.PlanRecord`."""

    tier: PlanTier = strawberry.field(description="Which plan it is.")
    interval: BillingInterval = strawberry.field(description="How often it is paid.")
    max_streams: int = strawberry.field(description="How many devices may stream at once.")
    max_quality: Quality = strawberry.field(description="The sharpest picture it includes.")
    max_profiles: int = strawberry.field(description="How many profiles the household may have.")

    @pure(description="In the caller's language where there is such a name.")
    @staticmethod
    def name(root: strawberry.Parent[PlanRecord], info: Info) -> str:
        return membership.plan_name(info.context, root)

    @pure(description="In the currency of the caller's country.")
    @staticmethod
    def price(root: strawberry.Parent[PlanRecord], info: Info) -> Money:
        return cast("Any", membership.plan_price(info.context, root))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, PlanRecord)


@strawberry.type(description="What a household has bought.", directives=[Auth()])
class Membership(Node):
    """Of `domain.plans.MembershipRecord`."""

    plan: Plan = strawberry.field(description="Which plan.")
    status: MembershipStatus = strawberry.field(description="Where it stands, as the payment provider confirmed.")
    current_period_end: datetime = strawberry.field(description="Until when it is paid.")
    cancel_at_period_end: bool = strawberry.field(description="Whether it ends then.")
    trial_end: datetime | None = strawberry.field(description="When the trial ends or ended; null without one.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, MembershipRecord)
