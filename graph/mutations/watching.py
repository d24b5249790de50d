"""Writes of the active profile: watchlist, feedback and progress."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

import strawberry

from domain.watching import Feedback
from graph.arguments import described
from graph.directives import Auth
from graph.errors import UserError, mutation
from graph.info import Info
from graph.types.playables import Progress
from graph.types.titles import Title
from resolvers import watching


@strawberry.input(description="A title on or off the active profile's list.")
class SetWatchlistInput:
    """Of `setWatchlist`."""

    title_id: strawberry.ID = strawberry.field(description="Of the movie or series.")
    in_watchlist: bool = strawberry.field(description="Whether it is to be on the list.")


@strawberry.input(description="What the active profile thinks of a title.")
class SetFeedbackInput:
    """Of `setFeedback`."""

    title_id: strawberry.ID = strawberry.field(description="Of the movie or series.")
    feedback: Feedback | None = strawberry.field(default=None, description="Null takes it back.")


@strawberry.input(description="How far the active profile is, as a device saw it.")
class SetProgressInput:
    """Of `setProgress`."""

    playable_id: strawberry.ID = strawberry.field(description="Of the movie or episode.")
    position_seconds: int = strawberry.field(description="From the start of the film.")
    completed: bool | None = strawberry.field(default=None, description="Null: told by the position.")
    observed_at: datetime = strawberry.field(
        description=(
            "By the device's clock: the newest observation wins. Refused as `ClockError` when more than a minute in "
            "the future."
        )
    )


@strawberry.type(description="A title as the active profile sees it now.")
class TitleStatePayload:
    """Of `setWatchlist` and `setFeedback`."""

    title: Title | None = strawberry.field(default=None, description="With its new `viewerState`.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type(description="What is stored now.")
class ProgressPayload:
    """Of `setProgress`."""

    progress: Progress | None = strawberry.field(
        default=None, description="As stored: another device's, when that one saw it later."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type
class WatchingMutations:
    """Each is a line into `resolvers.watching`."""

    @mutation(TitleStatePayload, description="Puts a title on the active profile's list.", directives=[Auth()])
    @staticmethod
    async def set_watchlist(
        info: Info, input: Annotated[SetWatchlistInput, described("Which title.")]
    ) -> TitleStatePayload | None:
        title = await watching.set_watchlist(info.context, input.title_id, input.in_watchlist)
        return cast("Any", TitleStatePayload)(title=title)

    @mutation(TitleStatePayload, description="Keeps what the active profile thinks.", directives=[Auth()])
    @staticmethod
    async def set_feedback(
        info: Info, input: Annotated[SetFeedbackInput, described("What it thinks.")]
    ) -> TitleStatePayload | None:
        title = await watching.set_feedback(info.context, input.title_id, input.feedback)
        return cast("Any", TitleStatePayload)(title=title)

    @mutation(
        ProgressPayload,
        description="For offline viewing and for “mark as watched”; while streaming the heartbeat does it.",
        directives=[Auth()],
    )
    @staticmethod
    async def set_progress(
        info: Info, input: Annotated[SetProgressInput, described("What was seen.")]
    ) -> ProgressPayload | None:
        stored = await watching.set_progress(
            info.context,
            input.playable_id,
            position=input.position_seconds,
            completed=input.completed,
            observed_at=input.observed_at,
        )
        return cast("Any", ProgressPayload)(progress=stored)
