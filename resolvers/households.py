"""The household behind a token: its account, its profiles, who is watching, and its right to copy or erase it all."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.accounts import (
    ADULT_AGE,
    KIDS_DEFAULT_AGE,
    KIDS_MAX_AGE,
    PIN_TRIES,
    PROFILES_WITHOUT_PLAN,
    AccountRecord,
    PreferencesRecord,
    ProfileRecord,
    hash_pin,
    pin_matches,
)
from domain.errors import (
    AlreadyExists,
    Forbidden,
    Invalid,
    LimitReached,
    NotFound,
    Unauthenticated,
    Unavailable,
    WrongPin,
)
from domain.plans import MembershipRecord
from domain.viewers import ActiveProfile, ProfileToken, Role
from domain.watching import ProfileKey
from resolvers.context import Context
from resolvers.ids import id_of
from resolvers.titles import Picture

MAX_NAME = 40
AVATAR_PIXELS = 320
_PIN_DIGITS = range(4, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """What a profile is to be; None leaves a part as it is. `clear_pin` takes the PIN away."""

    name: str | None = None
    max_age: int | None = None
    pin: str | None = None
    clear_pin: bool = False
    preferences: Mapping[str, Any] | None = None
    """Attributes of PreferencesRecord; a None among them clears that wish."""


def subject(ctx: Context) -> str:
    """The account's id of a signed-in person; raises Unauthenticated for everyone else."""
    if ctx.viewer.sub is None or Role.VIEWER not in ctx.viewer.roles:
        raise Unauthenticated("Sign in first: this is about an account.")
    return ctx.viewer.sub


def active(ctx: Context) -> ProfileKey:
    """The profile that is watching; raises Forbidden when none was selected."""
    if ctx.viewer.profile is None:
        raise Forbidden("Select a profile first: `selectProfile` gives the token to send as X-Profile-Token.")
    return ProfileKey(account=subject(ctx), profile=ctx.viewer.profile.id)


def require_active(ctx: Context, profile: ProfileRecord) -> None:
    """Raises Forbidden unless the profile is the active one: what others do is theirs."""
    if active(ctx).profile != profile.id:
        raise Forbidden("A profile's lists are its own. Select it first with `selectProfile`.")


def avatar(ctx: Context, profile: ProfileRecord) -> Picture:
    """A picture drawn from the profile's id; it holds nothing personal."""
    url = f"{ctx.sources.media_base_url}/art/avatar/{profile.id}.svg"
    return Picture(url, AVATAR_PIXELS, AVATAR_PIXELS, None, profile.name)


async def account(ctx: Context) -> AccountRecord:
    """The household, opened with one profile when its owner comes for the first time."""
    id_ = subject(ctx)
    known, _ = await ctx.loaders.viewers.account(id_)
    return known if known is not None else await _opened(ctx, id_)


async def membership(ctx: Context) -> MembershipRecord | None:
    """What the household has bought."""
    _, bought = await ctx.loaders.viewers.account(subject(ctx))
    return bought


async def preferences_of(ctx: Context, profile_id: str) -> PreferencesRecord:
    """How a profile of the caller's household likes to watch; the defaults for one that is gone."""
    profile = (await account(ctx)).profile(profile_id)
    return profile.preferences if profile else PreferencesRecord()


async def _opened(ctx: Context, id_: str) -> AccountRecord:
    email = await ctx.sources.directory.email_of(id_) if ctx.sources.directory else ""
    first = ProfileRecord(id=_new_id(), name=email.partition("@")[0][:MAX_NAME] or "Me", kids=False, max_age=ADULT_AGE)
    opened = AccountRecord(id=id_, email=email, country=ctx.country, profiles=(first,), created_at=ctx.now)
    ctx.loaders.viewers.forget()
    return await ctx.sources.viewers.accounts.open(opened)


async def create_profile(
    ctx: Context, *, name: str, kids: bool, max_age: int | None, pin: str | None, language: str | None
) -> tuple[AccountRecord, ProfileRecord]:
    """A new profile; raises LimitReached beyond the plan's number."""
    household, bought = await _for_change(ctx)
    allowed = bought.plan.max_profiles if bought else PROFILES_WITHOUT_PLAN
    if len(household.profiles) >= allowed:
        raise LimitReached(f"The plan has {allowed} profiles and all are taken. Delete one or change the plan.")
    profile = ProfileRecord(
        id=_new_id(),
        name=_name(household, name),
        kids=kids,
        max_age=_age(max_age, kids),
        pin_hash=await _hashed(pin),
        preferences=PreferencesRecord(language=language),
    )
    return await _saved(ctx, replace(household, profiles=(*household.profiles, profile))), profile


async def found(ctx: Context, profile_id: str) -> tuple[AccountRecord, ProfileRecord]:
    """The household and one of its profiles; raises NotFound when it was deleted meanwhile."""
    household = await account(ctx)
    profile = household.profile(profile_id)
    if profile is None:
        raise NotFound("That profile was deleted meanwhile.")
    return household, profile


async def update_profile(ctx: Context, global_id: str, changes: ProfileChanges) -> tuple[AccountRecord, ProfileRecord]:
    """The profile with the changes; a profile token that was issued before keeps its old age limit until it ends."""
    household, _ = await _for_change(ctx)
    profile = _of(household, global_id)
    changed = replace(
        profile,
        name=profile.name if changes.name is None else _name(household, changes.name, profile.id),
        max_age=profile.max_age if changes.max_age is None else _age(changes.max_age, profile.kids),
        pin_hash=None if changes.clear_pin else await _hashed(changes.pin) or profile.pin_hash,
        preferences=replace(profile.preferences, **(changes.preferences or {})),
    )
    others = tuple(changed if one.id == profile.id else one for one in household.profiles)
    return await _saved(ctx, replace(household, profiles=others)), changed


async def delete_profile(ctx: Context, global_id: str) -> AccountRecord:
    """The household without the profile and without everything it did; the last profile cannot go."""
    household, _ = await _for_change(ctx)
    profile = _of(household, global_id)
    if len(household.profiles) == 1:
        raise Invalid("The last profile cannot be deleted. Create another one first.", path=("input", "id"))
    rest = tuple(one for one in household.profiles if one.id != profile.id)
    saved = await _saved(ctx, replace(household, profiles=rest))
    accounts = ctx.sources.viewers.accounts
    await accounts.erase(await accounts.of_profile(household.id, profile.id))
    return saved


async def select_profile(ctx: Context, global_id: str, pin: str | None) -> tuple[ProfileRecord, ProfileToken]:
    """The profile and its token, when the PIN is right; five wrong ones lock the profile for a quarter of an hour."""
    profile = _of(await account(ctx), global_id)
    await _check_pin(ctx, profile, pin)
    if ctx.sources.issue_profile_token is None:
        raise Unavailable("This deployment has no secret for profile tokens. Its operator sets MARQUEE_PROFILE_SECRET.")
    return profile, ctx.sources.issue_profile_token(subject(ctx), as_active(profile))


async def _check_pin(ctx: Context, profile: ProfileRecord, pin: str | None) -> None:
    if profile.pin_hash is None:
        return
    if pin is None:
        raise Invalid("This profile asks for its PIN.", path=("input", "pin"))
    attempt = await ctx.sources.viewers.accounts.take_pin_attempt(subject(ctx), profile.id, ctx.now)
    if not attempt.allowed:
        raise WrongPin(
            "Too many wrong PINs. Wait until the lock is over.", attempts_left=0, locked_until=attempt.locked_until
        )
    if not await asyncio.to_thread(pin_matches, pin, profile.pin_hash):
        raise WrongPin(
            "That is not the PIN.",
            attempts_left=max(PIN_TRIES - attempt.failures, 0),
            locked_until=attempt.locked_until,
        )
    await ctx.sources.viewers.accounts.forget_pin_attempts(subject(ctx), profile.id)


def as_active(profile: ProfileRecord) -> ActiveProfile:
    """What a profile token says of the profile."""
    return ActiveProfile(
        id=profile.id, kids=profile.kids, max_age=profile.max_age, language=profile.preferences.language
    )


async def export(ctx: Context) -> list[dict[str, Any]]:
    """Everything stored about the household, as stored, without PIN hashes: the owner's right to a copy."""
    household = await account(ctx)
    items = await ctx.sources.viewers.accounts.everything(household.id, tuple(p.id for p in household.profiles))
    return [_without_secrets(item) for item in items if not item["sk"].startswith("PIN#")]


async def erase(ctx: Context, global_id: str) -> int:
    """Deletes everything about the household and answers how many items that were; repeating it is harmless."""
    if id_of(global_id, "Viewer") != subject(ctx):
        raise Invalid("`viewerId` is not the caller's own. Send `viewer.id`.", path=("input", "viewerId"))
    if ctx.viewer.profile is not None and ctx.viewer.profile.kids:
        raise Forbidden("A kids' profile cannot erase the household.")
    known = await ctx.sources.viewers.accounts.of(subject(ctx))
    profiles = tuple(p.id for p in known.profiles) if known else ()
    items = await ctx.sources.viewers.accounts.everything(subject(ctx), profiles)
    await ctx.sources.viewers.accounts.erase(items)
    ctx.loaders.viewers.forget()
    return len(items)


def _without_secrets(item: dict[str, Any]) -> dict[str, Any]:
    if item["sk"] != "ACCOUNT":
        return item
    return item | {"prof": [{name: v for name, v in one.items() if name != "pin"} for one in item["prof"]]}


async def _for_change(ctx: Context) -> tuple[AccountRecord, MembershipRecord | None]:
    """Kids change nothing; where anyone has a PIN, only who came through one does: else a PIN could be taken away."""
    household = await account(ctx)
    chosen = household.profile(ctx.viewer.profile.id) if ctx.viewer.profile else None
    if chosen is not None and chosen.kids:
        raise Forbidden("A kids' profile cannot change the household.")
    if any(one.locked for one in household.profiles) and (chosen is None or not chosen.locked):
        raise Forbidden("This household has a PIN: select a profile with its PIN first.")
    return household, await membership(ctx)


async def _saved(ctx: Context, household: AccountRecord) -> AccountRecord:
    ctx.loaders.viewers.forget()
    return await ctx.sources.viewers.accounts.save(household)


def _of(household: AccountRecord, global_id: str) -> ProfileRecord:
    profile = household.profile(id_of(global_id, "Profile"))
    if profile is None:
        raise NotFound("This household has no such profile. Take the id from `viewer.profiles`.", path=("input", "id"))
    return profile


def _name(household: AccountRecord, name: str, of: str | None = None) -> str:
    trimmed = " ".join(name.split())
    if not trimmed or len(trimmed) > MAX_NAME:
        raise Invalid(f"A profile's name has 1 to {MAX_NAME} characters.", path=("input", "name"))
    if any(one.name.casefold() == trimmed.casefold() and one.id != of for one in household.profiles):
        raise AlreadyExists("Another profile has that name.", path=("input", "name"))
    return trimmed


def _age(max_age: int | None, kids: bool) -> int:
    if max_age is None:
        return KIDS_DEFAULT_AGE if kids else ADULT_AGE
    most = KIDS_MAX_AGE if kids else ADULT_AGE
    if not 0 <= max_age <= most:
        raise Invalid(f"`maxAge` of such a profile is 0 to {most} years.", path=("input", "maxAge"))
    return max_age


async def _hashed(pin: str | None) -> str | None:
    if pin is None:
        return None
    if not (pin.isascii() and pin.isdigit() and len(pin) in _PIN_DIGITS):
        raise Invalid("A PIN has 4 to 8 digits.", path=("input", "pin"))
    return await asyncio.to_thread(hash_pin, pin)


def _new_id() -> str:
    return secrets.token_hex(6)
