"""The household: an account with its profiles, their preferences and their PINs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.titles import Quality

KIDS_MAX_AGE = 12
"""Years; the most that a kids' profile may be set to."""

KIDS_DEFAULT_AGE = 7
ADULT_AGE = 18
PROFILES_WITHOUT_PLAN = 2
PIN_TRIES = 5
PIN_LOCK = timedelta(minutes=15)

_SCRYPT = {"n": 2**13, "r": 8, "p": 1, "maxmem": 32 * 1024 * 1024, "dklen": 32}
"""About 15 ms: a PIN has few digits, so the attempt limit guards it and the hash only slows a stolen table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesRecord:
    """How a profile likes to watch; `subtitle_language` None means no subtitles."""

    language: str | None = None
    audio_language: str | None = None
    subtitle_language: str | None = None
    max_quality: Quality | None = None
    autoplay_next: bool = True
    autoplay_previews: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRecord:
    """A person of the household; titles rated for people older than `max_age` years are neither listed nor played."""

    id: str
    name: str
    kids: bool
    max_age: int
    pin_hash: str | None = None
    preferences: PreferencesRecord = field(default_factory=PreferencesRecord)

    @property
    def locked(self) -> bool:
        """Whether selecting it asks for a PIN."""
        return self.pin_hash is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """The account behind a token; `id` is the token's subject, `country` ISO 3166-1 alpha-2."""

    id: str
    email: str
    country: str
    profiles: tuple[ProfileRecord, ...]
    created_at: datetime
    version: int = 1

    def profile(self, profile_id: str) -> ProfileRecord | None:
        """The profile with that id, if it is of this household."""
        return next((p for p in self.profiles if p.id == profile_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinAttempts:
    """An attempt at a PIN: `allowed` to be compared, being the `failures`th in a row should it be wrong.

    `locked_until` is set when no further attempt is allowed before that instant.
    """

    allowed: bool
    failures: int
    locked_until: datetime | None = None


def hash_pin(pin: str) -> str:
    """A salted scrypt hash; never compare PINs in any other way."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${hashlib.scrypt(pin.encode(), salt=salt, **_SCRYPT).hex()}"


def pin_matches(pin: str, pin_hash: str) -> bool:
    """Compares in constant time; takes about 15 ms of CPU, so call it off the event loop."""
    salt, _, expected = pin_hash.partition("$")
    found = hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), **_SCRYPT).hex()
    return hmac.compare_digest(found, expected)
