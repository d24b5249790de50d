"""Writes to the household: its profiles, who is watching, and the owner's right to a copy and to be forgotten."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from domain.titles import Quality
from graph.arguments import described
from graph.directives import Auth, Cost
from graph.errors import UserError, mutation
from graph.idempotency import once_per_key
from graph.info import Info
from graph.scalars import LanguageTag
from graph.types.profiles import Profile
from graph.types.viewers import Viewer
from resolvers import households
from resolvers.households import ProfileChanges

_UNSET: Any = strawberry.UNSET


@strawberry.input(description="A new profile.")
class CreateProfileInput:
    """Of `createProfile`."""

    name: str = strawberry.field(description="1 to 40 characters, unlike those of the others.")
    kids: bool = strawberry.field(default=False, description="Whether it is a child's; cannot be changed later.")
    max_age: int | None = strawberry.field(
        default=None, description="In years: 0 to 12 for kids, to 18 else; null for 7 and 18."
    )
    pin: str | None = strawberry.field(default=None, description="4 to 8 digits that `selectProfile` will ask for.")
    language: LanguageTag | None = strawberry.field(default=None, description="Of all texts.")


@strawberry.input(description="How a profile likes to watch; what is left out stays, null clears it.")
class PreferencesInput:
    """Attributes of `domain.accounts.PreferencesRecord`."""

    language: LanguageTag | None = strawberry.field(default=_UNSET, description="Of all texts.")
    audio_language: LanguageTag | None = strawberry.field(default=_UNSET, description="What to hear first.")
    subtitle_language: LanguageTag | None = strawberry.field(default=_UNSET, description="Null: no subtitles.")
    max_quality: Quality | None = strawberry.field(default=_UNSET, description="A cap to save data.")
    autoplay_next: bool | None = strawberry.field(default=_UNSET, description="Whether episodes follow by themselves.")
    autoplay_previews: bool | None = strawberry.field(default=_UNSET, description="Whether previews play.")


@strawberry.input(description="A changed profile; what is left out stays.")
class UpdateProfileInput:
    """Of `updateProfile`."""

    id: strawberry.ID = strawberry.field(description="Of the profile.")
    name: str | None = strawberry.field(default=None, description="1 to 40 characters.")
    max_age: int | None = strawberry.field(default=None, description="In years.")
    pin: str | None = strawberry.field(default=_UNSET, description="4 to 8 digits; null takes the PIN away.")
    preferences: PreferencesInput | None = strawberry.field(default=None, description="How it likes to watch.")


@strawberry.input(description="The profile to delete.")
class DeleteProfileInput:
    """Of `deleteProfile`."""

    id: strawberry.ID = strawberry.field(description="Of the profile.")


@strawberry.input(description="The profile that watches from now on.")
class SelectProfileInput:
    """Of `selectProfile`."""

    id: strawberry.ID = strawberry.field(description="Of the profile.")
    pin: str | None = strawberry.field(default=None, description="Needed when the profile is locked.")


@strawberry.input(description="The account to erase, named once more so that nothing is erased by mistake.")
class EraseAccountInput:
    """Of `eraseAccount`."""

    viewer_id: strawberry.ID = strawberry.field(description="`viewer.id` of the caller.")


@strawberry.type(description="A changed household.")
class ProfilePayload:
    """Of `createProfile` and `updateProfile`."""

    profile: Profile | None = strawberry.field(default=None, description="As it is now.")
    viewer: Viewer | None = strawberry.field(default=None, description="The household as it is now.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type(description="What was deleted.")
class DeletePayload:
    """Of every deletion."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="Nothing has this id any more.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type(description="The selected profile and its token.")
class SelectProfilePayload:
    """Of `selectProfile`."""

    profile: Profile | None = strawberry.field(default=None, description="Who watches.")
    token: str | None = strawberry.field(default=None, description="Send it as X-Profile-Token.")
    expires_at: datetime | None = strawberry.field(default=None, description="Select again before then.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type(description="A copy of everything that is stored about the household.")
class ExportAccountPayload:
    """Of `exportAccount`."""

    data: JSON | None = strawberry.field(default=None, description="Every item as stored, without secrets.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type(description="How much was erased.")
class EraseAccountPayload:
    """Of `eraseAccount`."""

    erased_items: int | None = strawberry.field(default=None, description="How many stored items are gone.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty when it worked.")


@strawberry.type
class ProfileMutations:
    """Each is a line into `resolvers.households`."""

    @mutation(ProfilePayload, description="Adds a profile, up to the plan's number.", directives=[Auth()])
    @staticmethod
    async def create_profile(
        info: Info, input: Annotated[CreateProfileInput, described("The profile.")]
    ) -> ProfilePayload | None:
        household, profile = await once_per_key(
            info,
            input,
            work=lambda: households.create_profile(
                info.context,
                name=input.name,
                kids=input.kids,
                max_age=input.max_age,
                pin=input.pin,
                language=input.language,
            ),
            id_of=lambda made: made[1].id,
            again=lambda profile_id: households.found(info.context, profile_id),
        )
        return cast("Any", ProfilePayload)(profile=profile, viewer=household)

    @mutation(ProfilePayload, description="Changes a profile and its preferences.", directives=[Auth()])
    @staticmethod
    async def update_profile(
        info: Info, input: Annotated[UpdateProfileInput, described("The changes.")]
    ) -> ProfilePayload | None:
        changes = ProfileChanges(
            name=input.name,
            max_age=input.max_age,
            pin=input.pin or None,
            clear_pin=input.pin is None,
            preferences=_given(input.preferences),
        )
        household, profile = await households.update_profile(info.context, input.id, changes)
        return cast("Any", ProfilePayload)(profile=profile, viewer=household)

    @mutation(DeletePayload, description="Deletes a profile and all that it did.", directives=[Auth()])
    @staticmethod
    async def delete_profile(
        info: Info, input: Annotated[DeleteProfileInput, described("Which one.")]
    ) -> DeletePayload | None:
        await households.delete_profile(info.context, input.id)
        return DeletePayload(deleted_id=input.id)

    @mutation(
        SelectProfilePayload,
        description="Gives the token that makes every answer personal; the PIN is checked here and nowhere else.",
        directives=[Auth(), Cost(weight=10)],
    )
    @staticmethod
    async def select_profile(
        info: Info, input: Annotated[SelectProfileInput, described("Who watches.")]
    ) -> SelectProfilePayload | None:
        profile, token = await households.select_profile(info.context, input.id, input.pin)
        return cast("Any", SelectProfilePayload)(profile=profile, token=token.token, expires_at=token.expires_at)

    @mutation(
        ExportAccountPayload,
        description="Copies everything that is stored about the household, for its owner.",
        directives=[Auth(), Cost(weight=50)],
    )
    @staticmethod
    async def export_account(info: Info) -> ExportAccountPayload | None:
        return ExportAccountPayload(data=cast("Any", await households.export(info.context)))

    @mutation(
        EraseAccountPayload,
        description="Deletes everything that is stored about the household, at once and for good.",
        directives=[Auth(), Cost(weight=50)],
    )
    @staticmethod
    async def erase_account(
        info: Info, input: Annotated[EraseAccountInput, described("Which account.")]
    ) -> EraseAccountPayload | None:
        return EraseAccountPayload(erased_items=await households.erase(info.context, input.viewer_id))


def _given(preferences: PreferencesInput | None) -> dict[str, Any] | None:
    if preferences is None:
        return None
    return {name: value for name, value in asdict(preferences).items() if value is not _UNSET}
