"""The root of all streams of events; each begins with the present state, so that a reconnect loses nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

import strawberry

from graph.directives import Auth
from graph.info import Info
from graph.types.playback import PlaybackSession
from resolvers import playback


@strawberry.type(description="Streams of events.")
class Subscription:
    """Each is a line into the resolvers."""

    @strawberry.subscription(
        description="Tells a player that its stream ended, or that another device took its place.",
        directives=[Auth()],
    )
    @staticmethod
    async def playback_changed(
        info: Info, session_id: Annotated[strawberry.ID, strawberry.argument(description="Of the session.")]
    ) -> AsyncGenerator[PlaybackSession, None]:
        async for session in playback.changes(info.context, session_id):
            yield cast("Any", session)
