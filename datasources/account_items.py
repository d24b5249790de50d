"""The codec between accounts and memberships and the items of the viewers table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from datasources.dynamodb import Item, Key
from domain.accounts import AccountRecord, PreferencesRecord, ProfileRecord
from domain.plans import MembershipRecord, MembershipStatus
from domain.titles import PlanTier, Quality


def account_key(account: str) -> Key:
    """Where an account with its profiles is stored."""
    return f"A#{account}", "ACCOUNT"


def membership_key(account: str) -> Key:
    """Where what an account has bought is stored."""
    return f"A#{account}", "MEMBERSHIP"


def account_item(account: AccountRecord) -> Item:
    """Encodes an account for the viewers table."""
    pk, sk = account_key(account.id)
    return {
        "pk": pk,
        "sk": sk,
        "mail": account.email,
        "ctry": account.country,
        "prof": [_profile_item(profile) for profile in account.profiles],
        "at": account.created_at.isoformat(),
        "v": account.version,
    }


def account_of(item: Item | None) -> AccountRecord | None:
    """Decodes an ACCOUNT item."""
    if item is None:
        return None
    return AccountRecord(
        id=item["pk"].removeprefix("A#"),
        email=item["mail"],
        country=item["ctry"],
        profiles=tuple(_profile(stored) for stored in item["prof"]),
        created_at=datetime.fromisoformat(item["at"]),
        version=item["v"],
    )


def _profile_item(profile: ProfileRecord) -> dict[str, Any]:
    liked = profile.preferences
    stored = {
        "id": profile.id,
        "name": profile.name,
        "kids": profile.kids,
        "age": profile.max_age,
        "pin": profile.pin_hash,
        "lang": liked.language,
        "audio": liked.audio_language,
        "subs": liked.subtitle_language,
        "qual": liked.max_quality.value if liked.max_quality else None,
        "next": liked.autoplay_next,
        "prev": liked.autoplay_previews,
    }
    return {name: value for name, value in stored.items() if value is not None}


def _profile(stored: Mapping[str, Any]) -> ProfileRecord:
    return ProfileRecord(
        id=stored["id"],
        name=stored["name"],
        kids=stored["kids"],
        max_age=stored["age"],
        pin_hash=stored.get("pin"),
        preferences=PreferencesRecord(
            language=stored.get("lang"),
            audio_language=stored.get("audio"),
            subtitle_language=stored.get("subs"),
            max_quality=Quality(stored["qual"]) if "qual" in stored else None,
            autoplay_next=stored["next"],
            autoplay_previews=stored["prev"],
        ),
    )


def membership_item(membership: MembershipRecord) -> Item:
    """Encodes a membership for the viewers table."""
    pk, sk = membership_key(membership.account)
    stored = {
        "pk": pk,
        "sk": sk,
        "tier": membership.tier.value,
        "st": membership.status.value,
        "end": membership.current_period_end.isoformat(),
        "cape": membership.cancel_at_period_end,
        "trial": membership.trial_end.isoformat() if membership.trial_end else None,
        "grace": membership.grace_until.isoformat() if membership.grace_until else None,
        "v": membership.version,
    }
    return {name: value for name, value in stored.items() if value is not None}


def membership_of(item: Item | None) -> MembershipRecord | None:
    """Decodes a MEMBERSHIP item."""
    if item is None:
        return None
    return MembershipRecord(
        account=item["pk"].removeprefix("A#"),
        tier=PlanTier(item["tier"]),
        status=MembershipStatus(item["st"]),
        current_period_end=datetime.fromisoformat(item["end"]),
        cancel_at_period_end=item["cape"],
        trial_end=datetime.fromisoformat(item["trial"]) if "trial" in item else None,
        grace_until=datetime.fromisoformat(item["grace"]) if "grace" in item else None,
        version=item["v"],
    )
