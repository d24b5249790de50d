"""The people of a household, how they like to watch, and their lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import strawberry

from domain.accounts import ProfileRecord
from domain.titles import Quality
from domain.watching import Feedback, TitleStateRecord
from engine.binding import batched, pure
from graph.arguments import After, First
from graph.directives import Auth
from graph.info import Info
from graph.scalars import LanguageTag
from graph.types.nodes import Node, PageInfo
from graph.types.playables import ProgressConnection
from graph.types.titles import Title, TitleConnection
from graph.types.values import Image
from resolvers import households, shelves


@strawberry.type(description="How a profile likes to watch.", directives=[Auth()])
class Preferences:
    """Of `domain.accounts.PreferencesRecord`."""

    language: LanguageTag | None = strawberry.field(description="Of all texts; null for the device's.")
    audio_language: LanguageTag | None = strawberry.field(description="What to hear first; null for the language.")
    subtitle_language: LanguageTag | None = strawberry.field(description="Null: no subtitles.")
    max_quality: Quality | None = strawberry.field(description="A cap to save data; null for the best.")
    autoplay_next: bool = strawberry.field(description="Whether the next episode begins by itself.")
    autoplay_previews: bool = strawberry.field(description="Whether previews play while browsing.")


@strawberry.type(description="What a profile thinks of a title.", directives=[Auth()])
class TitleFeedback:
    """Of `domain.watching.TitleStateRecord` with feedback."""

    feedback: Feedback = strawberry.field(description="What it thinks.")

    @pure(description="Since when.")
    @staticmethod
    def at(root: strawberry.Parent[TitleStateRecord]) -> datetime:
        return cast("Any", root.feedback_at)

    @batched(description="The title; null when this profile may no longer see it.")
    @staticmethod
    async def title(roots: list[TitleStateRecord], info: Info) -> list[Title | None]:
        return cast("Any", await info.context.loaders.titles.kept([one.title_id for one in roots]))


@strawberry.type(description="Feedback in a list.")
class FeedbackEdge:
    """Of `resolvers.paging.Edge`."""

    cursor: str = strawberry.field(description="Its place: send it as `after` to go on behind it.")
    node: TitleFeedback = strawberry.field(description="The feedback.")


@strawberry.type(description="A page of feedback.")
class FeedbackConnection:
    """Of `resolvers.paging.Page`."""

    edges: list[FeedbackEdge] = strawberry.field(description="The elements with their places.")
    nodes: list[TitleFeedback] = strawberry.field(description="The elements.")
    page_info: PageInfo = strawberry.field(description="How to go on.")


@strawberry.type(description="A person of the household.", directives=[Auth()])
class Profile(Node):
    """Of `domain.accounts.ProfileRecord`; the lists are those of the active profile alone."""

    name: str = strawberry.field(description="As the household calls it.")
    kids: bool = strawberry.field(description="Whether it is a child's.")
    locked: bool = strawberry.field(description="Whether `selectProfile` asks for a PIN.")
    max_age: int = strawberry.field(description="Titles rated for older people are neither listed nor played.")
    preferences: Preferences = strawberry.field(description="How it likes to watch.")

    @strawberry.field(description="A picture drawn from its name.")
    @staticmethod
    def avatar(root: strawberry.Parent[ProfileRecord], info: Info) -> Image | None:
        return cast("Any", households.avatar(info.context, root))

    @strawberry.field(description="Its list, newest first; titles that became unavailable stay and say why.")
    @staticmethod
    async def watchlist(
        root: strawberry.Parent[ProfileRecord], info: Info, first: First = 20, after: After = None
    ) -> TitleConnection:
        households.require_active(info.context, root)
        return cast("Any", await shelves.watchlist(info.context, first, after))

    @strawberry.field(description="Begun and not finished, newest first.")
    @staticmethod
    async def continue_watching(
        root: strawberry.Parent[ProfileRecord], info: Info, first: First = 20, after: After = None
    ) -> ProgressConnection:
        households.require_active(info.context, root)
        return cast("Any", await shelves.continue_watching(info.context, first, after))

    @strawberry.field(description="Watched to the end, newest first.")
    @staticmethod
    async def history(
        root: strawberry.Parent[ProfileRecord], info: Info, first: First = 20, after: After = None
    ) -> ProgressConnection:
        households.require_active(info.context, root)
        return cast("Any", await shelves.history(info.context, first, after))

    @strawberry.field(description="What it thinks of titles, newest first.")
    @staticmethod
    async def feedback(
        root: strawberry.Parent[ProfileRecord], info: Info, first: First = 20, after: After = None
    ) -> FeedbackConnection:
        households.require_active(info.context, root)
        return cast("Any", await shelves.rated(info.context, first, after))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, ProfileRecord)
