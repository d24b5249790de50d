"""Streams: the session, its signed delivery, tracks and markers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import strawberry

from domain.playback import HEARTBEAT_SECONDS, Protocol, SessionRecord, SessionStatus
from domain.titles import MarkerKind, Quality
from engine.binding import batched
from graph.directives import Auth
from graph.info import Info
from graph.scalars import URL, LanguageTag
from graph.types.nodes import Node
from graph.types.playables import Playable
from graph.types.profiles import Profile
from resolvers import households, playback, tracks, watching


@strawberry.type(description="A cookie to be sent with every segment.")
class SignedCookie:
    """Of `resolvers.delivery.Cookie`."""

    name: str = strawberry.field(description="CloudFront's name for it.")
    value: str = strawberry.field(description="Its value.")
    domain: str = strawberry.field(description="The domain that it is for.")
    path: str = strawberry.field(description="The path that it is for.")


@strawberry.type(description="Signed access; ask again through `node(id:)` before it expires.")
class Delivery:
    """Of `resolvers.delivery.DeliveryRecord`."""

    protocol: Protocol = strawberry.field(description="What the manifest is.")
    manifest_url: URL = strawberry.field(description="What the player opens.")
    thumbnails_url: URL = strawberry.field(
        description="Pictures for the seek bar, as a WebVTT track of places in a sprite; 404 where none were made."
    )
    max_quality: Quality = strawberry.field(description="The lowest of plan, title, device and preference.")
    expires_at: datetime = strawberry.field(description="Until when the address can be opened.")

    cookies: list[SignedCookie] = strawberry.field(
        description="For players that send cookies to every segment; empty where none are needed."
    )


@strawberry.type(description="A language to hear or to read.")
class Track:
    """Of `resolvers.tracks.TrackRecord`."""

    language: LanguageTag = strawberry.field(description="Of the track.")
    label: str = strawberry.field(description="Its own name for itself: Deutsch.")
    url: URL | None = strawberry.field(description="Null when it is inside the manifest.")
    forced: bool = strawberry.field(description="Shown even when subtitles are off.")
    default: bool = strawberry.field(description="What the profile prefers.")
    descriptive: bool = strawberry.field(description="Tells what is seen or heard.")


@strawberry.type(description="A part of the film to skip, or its end.")
class Marker:
    """Of `domain.titles.Marker`."""

    kind: MarkerKind = strawberry.field(description="What it is.")
    start_seconds: int = strawberry.field(description="From the start of the film.")
    end_seconds: int = strawberry.field(description="From the start of the film.")


@strawberry.type(
    description="One stream on one device: a lease that dies by itself when the heartbeats stop.", directives=[Auth()]
)
class PlaybackSession(Node):
    """Of `domain.playback.SessionRecord`."""

    device_name: str = strawberry.field(description="As its owner knows it.")
    status: SessionStatus = strawberry.field(description="Where it stands.")
    started_at: datetime = strawberry.field(description="When it began.")
    expires_at: datetime = strawberry.field(description="Send `heartbeatPlayback` before this.")

    @strawberry.field(description="Seconds from one heartbeat to the next.")
    @staticmethod
    def heartbeat_seconds() -> int:
        return HEARTBEAT_SECONDS

    @batched(description="What is playing; null when this profile may not see it.")
    @staticmethod
    async def playable(roots: list[SessionRecord], info: Info) -> list[Playable | None]:
        shown = await watching.playables(info.context, [one.playable for one in roots])
        return cast("Any", [shown.get(one.playable) for one in roots])

    @strawberry.field(description="Who watches; null when the profile was deleted meanwhile.")
    @staticmethod
    async def profile(root: strawberry.Parent[SessionRecord], info: Info) -> Profile | None:
        return cast("Any", (await households.account(info.context)).profile(root.profile_id))

    @strawberry.field(description="Where the profile left off.")
    @staticmethod
    async def resume_seconds(root: strawberry.Parent[SessionRecord], info: Info) -> int:
        return await playback.resume(info.context, root)

    @strawberry.field(description="Only for the device that owns the session, while it is active.")
    @staticmethod
    async def delivery(root: strawberry.Parent[SessionRecord], info: Info) -> Delivery | None:
        return cast("Any", await playback.delivery(info.context, root))

    @strawberry.field(description="What can be read along, the profile's language first.")
    @staticmethod
    async def subtitles(root: strawberry.Parent[SessionRecord], info: Info) -> list[Track]:
        return cast("Any", await tracks.subtitles(info.context, root))

    @strawberry.field(description="What can be heard, the profile's language first.")
    @staticmethod
    async def audio(root: strawberry.Parent[SessionRecord], info: Info) -> list[Track]:
        return cast("Any", await tracks.audio(info.context, root))

    @strawberry.field(description="Recap, intro and credits.")
    @staticmethod
    async def markers(root: strawberry.Parent[SessionRecord], info: Info) -> list[Marker]:
        media = await tracks.media_of(info.context, root)
        return cast("Any", [] if media is None else list(media.markers))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, SessionRecord)
