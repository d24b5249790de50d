"""Writes about what was shown: they feed the models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

import strawberry

from domain.recommending import ImpressionAction
from graph.errors import UserError, mutation
from graph.info import Info
from resolvers import impressions


@strawberry.input(description="What a viewer did with a title that was shown.")
class ImpressionInput:
    """Of `resolvers.impressions.Impression`."""

    attribution: str = strawberry.field(description="As the title's edge gave it.")
    title_id: strawberry.ID = strawberry.field(description="Of the movie or series.")
    action: ImpressionAction = strawberry.field(description="What was done.")
    at: datetime = strawberry.field(description="By the device's clock.")


@strawberry.input(description="What a viewer did with titles that were shown.")
class RecordImpressionsInput:
    """Of `recordImpressions`."""

    impressions: list[ImpressionInput] = strawberry.field(description="100 at most.")


@strawberry.type(description="How much of it was taken.")
class RecordImpressionsPayload:
    """Of `recordImpressions`."""

    accepted: int = strawberry.field(
        default=0, description="Those whose `attribution` was made for this caller and this title in the last 7 days."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type
class ImpressionMutations:
    """A line into `resolvers.impressions`."""

    @mutation(
        RecordImpressionsPayload,
        description="Fire and forget: what was shown, clicked, played, dismissed. Feeds the models.",
    )
    @staticmethod
    async def record_impressions(
        info: Info,
        input: Annotated[RecordImpressionsInput, strawberry.argument(description="What was done with which titles.")],
    ) -> RecordImpressionsPayload | None:
        seen = [
            impressions.Impression(attribution=one.attribution, title_id=one.title_id, action=one.action, at=one.at)
            for one in input.impressions
        ]
        return cast("Any", RecordImpressionsPayload)(accepted=await impressions.record(info.context, seen))
