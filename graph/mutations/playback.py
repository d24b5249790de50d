"""Writes of playback: start, heartbeat and stop."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

import strawberry

from domain.playback import DeviceKind, Protocol, SessionRecord
from domain.titles import Quality
from domain.viewers import Role
from graph.arguments import described
from graph.directives import Auth, Cost
from graph.errors import UserError, mutation
from graph.idempotency import once_per_key
from graph.info import Info
from graph.types.playback import PlaybackSession
from resolvers import playback, revocation
from resolvers.ids import encode_id


@strawberry.input(description="What to play, and on what.")
class StartPlaybackInput:
    """Of `startPlayback`."""

    playable_id: strawberry.ID = strawberry.field(description="Of the movie or episode.")
    device_id: str = strawberry.field(
        description="Stable for one installation: starting again on the same device replaces its own session."
    )
    device_name: str = strawberry.field(description="As its owner knows it.")
    device_kind: DeviceKind = strawberry.field(description="What plays.")
    protocol: Protocol = strawberry.field(default=Protocol.HLS, description="What the player understands.")
    max_quality: Quality | None = strawberry.field(default=None, description="The sharpest that the device can show.")
    replace_session_id: strawberry.ID | None = strawberry.field(default=None, description="Stop this one to make room.")


@strawberry.input(description="The stream goes on.")
class HeartbeatPlaybackInput:
    """Of `heartbeatPlayback`."""

    session_id: strawberry.ID = strawberry.field(description="Of the session.")
    position_seconds: int = strawberry.field(description="From the start of the film.")
    observed_at: datetime = strawberry.field(
        description="By the device's clock; refused as `ClockError` when more than a minute in the future."
    )


@strawberry.input(description="The stream ends.")
class StopPlaybackInput:
    """Of `stopPlayback`."""

    session_id: strawberry.ID = strawberry.field(description="Of the session.")
    position_seconds: int | None = strawberry.field(default=None, description="Left out when another device stops it.")
    observed_at: datetime | None = strawberry.field(default=None, description="As of a heartbeat; null for now.")


@strawberry.input(description="Whose streams are to end, and why.")
class RevokePlaybackInput:
    """Of `revokePlayback`."""

    viewer_id: strawberry.ID = strawberry.field(description="Of the account: its `viewer.id`.")
    session_id: strawberry.ID | None = strawberry.field(default=None, description="This stream alone; null for all.")
    reason: str = strawberry.field(description="For the log: 1 to 200 characters.")


@strawberry.type(description="A stream that was ended for an account; what it played is the household's own affair.")
class EndedStream:
    """Of `domain.playback.SessionRecord`."""

    @strawberry.field(description="Of the session.")
    @staticmethod
    def session_id(root: strawberry.Parent[SessionRecord]) -> strawberry.ID:
        return strawberry.ID(encode_id("PlaybackSession", root.id))

    device_name: str = strawberry.field(description="As its owner knows it.")
    device_kind: DeviceKind = strawberry.field(description="What played.")
    started_at: datetime = strawberry.field(description="When it began.")


@strawberry.type(description="What was ended.")
class RevokePlaybackPayload:
    """Of `revokePlayback`."""

    streams: list[EndedStream] = strawberry.field(default_factory=list, description="Empty when nothing was running.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type(description="A stream as it stands now.")
class PlaybackPayload:
    """Of all writes of playback."""

    session: PlaybackSession | None = strawberry.field(default=None, description="The session.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type
class PlaybackMutations:
    """Each is a line into `resolvers.playback`."""

    @mutation(
        PlaybackPayload,
        description="Takes one of the plan's streams and gives signed access to the film.",
        directives=[Auth(), Cost(weight=10)],
    )
    @staticmethod
    async def start_playback(
        info: Info, input: Annotated[StartPlaybackInput, described("What to play.")]
    ) -> PlaybackPayload | None:
        wanted = playback.Start(
            playable_id=input.playable_id,
            device_id=input.device_id,
            device_name=input.device_name,
            device_kind=input.device_kind,
            protocol=input.protocol,
            max_quality=input.max_quality,
            replace_session_id=input.replace_session_id,
        )
        session = await once_per_key(
            info,
            input,
            work=lambda: playback.start(info.context, wanted),
            id_of=lambda started: started.id,
            again=lambda session_id: playback.found(info.context, session_id),
        )
        return cast("Any", PlaybackPayload)(session=session)

    @mutation(PlaybackPayload, description="Prolongs a live stream and stores its progress.", directives=[Auth()])
    @staticmethod
    async def heartbeat_playback(
        info: Info, input: Annotated[HeartbeatPlaybackInput, described("Where it is.")]
    ) -> PlaybackPayload | None:
        session = await playback.heartbeat(
            info.context, input.session_id, position=input.position_seconds, observed_at=input.observed_at
        )
        return cast("Any", PlaybackPayload)(session=session)

    @mutation(PlaybackPayload, description="Ends a stream, its own or another device's.", directives=[Auth()])
    @staticmethod
    async def stop_playback(
        info: Info, input: Annotated[StopPlaybackInput, described("Which stream.")]
    ) -> PlaybackPayload | None:
        session = await playback.stop(
            info.context, input.session_id, position=input.position_seconds, observed_at=input.observed_at
        )
        return cast("Any", PlaybackPayload)(session=session)

    @mutation(
        RevokePlaybackPayload,
        description=(
            "Ends another account's streams, all or one: refunds, disputes, disabled accounts. Its players are told "
            "through `playbackChanged`, and their manifests are refused from then on."
        ),
        directives=[Auth(role=Role.ADMIN)],
    )
    @staticmethod
    async def revoke_playback(
        info: Info, input: Annotated[RevokePlaybackInput, described("Whose streams.")]
    ) -> RevokePlaybackPayload | None:
        ended = await revocation.revoke_for(info.context, input.viewer_id, input.session_id, input.reason)
        return cast("Any", RevokePlaybackPayload)(streams=ended)
