"""Who is calling: roles, the active profile and the verified identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Role(Enum):
    """What a caller may do beyond reading the public catalogue."""

    __hash__ = object.__hash__  # members are one object each; Enum's own is written in Python
    VIEWER = "VIEWER"
    PARTNER = "PARTNER"
    EDITOR = "EDITOR"
    ADMIN = "ADMIN"


STAFF = frozenset({Role.EDITOR, Role.ADMIN})
"""Roles that see titles in every status, country and rating."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveProfile:
    """The profile of a verified profile token; `max_age` is in years and caps what is shown."""

    id: str
    kids: bool
    max_age: int
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The caller as the tokens prove it; all empty for an anonymous one."""

    sub: str | None = None
    client_id: str | None = None
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[str] = frozenset()
    country: str | None = None
    """The account's country, ISO 3166-1 alpha-2."""
    profile: ActiveProfile | None = None
    sign_in: str | None = None
    """Names the sign-in that the token came from; the same on one device until it signs in anew."""

    signed_in_at: float | None = None
    """When that was, in seconds since the epoch; refreshed tokens keep it."""

    @property
    def staff(self) -> bool:
        return not STAFF.isdisjoint(self.roles)

    @property
    def partner(self) -> bool:
        return Role.PARTNER in self.roles


ANONYMOUS = Viewer()
"""A caller without a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileToken:
    """A fresh profile token and the instant at which it ends, in UTC."""

    token: str
    expires_at: datetime


IssueProfileToken = Callable[[str, ActiveProfile], ProfileToken]
"""Makes the token of a profile of the account whose id comes first."""
