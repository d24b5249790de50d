"""Writes that end sign-ins before their tokens end."""

from __future__ import annotations

from typing import Annotated, Any, cast

import strawberry

from domain.viewers import Role
from graph.arguments import described
from graph.directives import Auth
from graph.errors import UserError, mutation
from graph.info import Info
from resolvers import signing_out
from resolvers.signing_out import SignedOut


@strawberry.input(description="Which of one's own sign-ins are to end.")
class SignOutInput:
    """Of `signOut`."""

    everywhere: bool = strawberry.field(
        default=False, description="All devices of the account, and what they stream; else the caller's device alone."
    )


@strawberry.input(description="Whose sign-ins are to end, and why.")
class RevokeSignInsInput:
    """Of `revokeSignIns`."""

    viewer_id: strawberry.ID = strawberry.field(description="Of the account: its `viewer.id`.")
    reason: str = strawberry.field(description="For the log: 1 to 200 characters.")


@strawberry.type(description="Sign-ins that have ended.")
class SignOutPayload:
    """Of `resolvers.signing_out.SignedOut`."""

    within_seconds: int | None = strawberry.field(
        default=None, description="After so long every server refuses their tokens; this one does at once."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


def _payload(done: SignedOut) -> SignOutPayload:
    return cast("Any", SignOutPayload)(within_seconds=done.within_seconds)


@strawberry.type
class SigningOutMutations:
    """Each is a line into `resolvers.signing_out`."""

    @mutation(
        SignOutPayload,
        description="Ends the caller's sign-in, or all of the account: their access tokens are refused from then on.",
        directives=[Auth()],
    )
    @staticmethod
    async def sign_out(info: Info, input: Annotated[SignOutInput, described("Which.")]) -> SignOutPayload | None:
        return _payload(await signing_out.sign_out(info.context, everywhere=input.everywhere))

    @mutation(
        SignOutPayload,
        description="Ends all sign-ins of another account and what they stream: a stolen or disabled account.",
        directives=[Auth(role=Role.ADMIN)],
    )
    @staticmethod
    async def revoke_sign_ins(
        info: Info, input: Annotated[RevokeSignInsInput, described("Whose.")]
    ) -> SignOutPayload | None:
        return _payload(await signing_out.revoke_sign_ins(info.context, input.viewer_id, input.reason))
