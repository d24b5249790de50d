"""What can be played, how far a profile is in it, and what a profile did with a title."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import strawberry

from domain.titles import EpisodeRecord, Quality, TitleRecord
from domain.watching import Feedback, ProgressRecord, TitleStateRecord
from engine.binding import batched
from graph.directives import Auth
from graph.info import Info
from graph.scalars import LanguageTag
from graph.types.nodes import Node, PageInfo
from resolvers import watching


@strawberry.interface(description="What can be played: a movie or an episode.")
class Playable(Node):
    """Of `TitleRecord` and `EpisodeRecord`."""

    name: str = strawberry.field(description="In the caller's language where there is such a name.")
    runtime_seconds: int = strawberry.field(description="From the first to the last picture.")
    max_quality: Quality = strawberry.field(description="The sharpest that was delivered.")
    subtitle_languages: list[LanguageTag] = strawberry.field(description="What can be read along.")
    audio_languages: list[LanguageTag] = strawberry.field(description="What can be heard.")

    @batched(description="How far the active profile is; null before it began and without a profile token.")
    @staticmethod
    def progress(roots: list[TitleRecord | EpisodeRecord], info: Info) -> list[Progress | None]:
        return cast("Any", watching.progress(info.context, roots))


@strawberry.type(description="How far a profile is in a playable.", directives=[Auth()])
class Progress:
    """Of `domain.watching.ProgressRecord`."""

    position_seconds: int = strawberry.field(description="From the start of the film.")
    fraction: float = strawberry.field(description="0 to 1; 1 when completed.")
    completed: bool = strawberry.field(description="Watched to the credits, or to 95 % where nothing marks them.")
    observed_at: datetime = strawberry.field(description="When the device saw it: the newest observation wins.")

    @batched(description="What is watched; null when this profile may no longer see it.")
    @staticmethod
    async def playable(roots: list[ProgressRecord], info: Info) -> list[Playable | None]:
        shown = await watching.playables(info.context, [one.playable for one in roots])
        return cast("Any", [shown.get(one.playable) for one in roots])


@strawberry.type(description="What the active profile did with a title.", directives=[Auth()])
class TitleState:
    """Of `domain.watching.TitleStateRecord`."""

    in_watchlist: bool = strawberry.field(description="Whether it is on the profile's list.")
    feedback: Feedback | None = strawberry.field(description="What the profile thinks of it.")

    @batched(description="What the play button starts: the movie, or the right episode; null when nothing can be.")
    @staticmethod
    async def up_next(roots: list[TitleStateRecord], info: Info) -> list[Playable | None]:
        return cast("Any", await watching.up_next(info.context, [one.title_id for one in roots]))


@strawberry.type(description="Progress in a list.")
class ProgressEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: Progress = strawberry.field(description="How far the profile is.")


@strawberry.type(description="A page of what a profile watches.")
class ProgressConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[ProgressEdge] = strawberry.field(description="The elements with their places.")
    nodes: list[Progress] = strawberry.field(description="The elements.")
    page_info: PageInfo = strawberry.field(description="How to go on.")
