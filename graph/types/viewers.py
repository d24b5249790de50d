"""The account behind a token."""

from __future__ import annotations

from typing import Any, cast

import strawberry

from domain.accounts import AccountRecord
from domain.viewers import Role
from graph.directives import Auth, CacheControl, CacheScope
from graph.info import Info
from graph.scalars import CountryCode
from graph.types.membership import Membership
from graph.types.nodes import Node
from graph.types.playback import PlaybackSession
from graph.types.profiles import Profile
from resolvers import households, playback


@strawberry.type(
    description="The account behind the token.",
    directives=[Auth(), CacheControl(max_age=0, scope=CacheScope.PRIVATE)],
)
class Viewer(Node):
    """Of `domain.accounts.AccountRecord`."""

    email: str = strawberry.field(description="Where the account is reached.")
    country: CountryCode = strawberry.field(description="Where it was opened.")
    profiles: list[Profile] = strawberry.field(description="Everyone in the household.")

    @strawberry.field(description="What the token's owner may do.")
    @staticmethod
    def roles(info: Info) -> list[Role]:
        return sorted(info.context.viewer.roles, key=lambda role: role.value)

    @strawberry.field(description="The one of the profile token; null until `selectProfile`.")
    @staticmethod
    def profile(root: strawberry.Parent[AccountRecord], info: Info) -> Profile | None:
        chosen = info.context.viewer.profile
        return cast("Any", root.profile(chosen.id) if chosen else None)

    @strawberry.field(description="What the household has bought; null before the first purchase.")
    @staticmethod
    async def membership(info: Info) -> Membership | None:
        return cast("Any", await households.membership(info.context))

    @strawberry.field(description="Devices streaming now, oldest first.")
    @staticmethod
    async def sessions(info: Info) -> list[PlaybackSession]:
        return cast("Any", await playback.sessions(info.context))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return isinstance(value, AccountRecord)
