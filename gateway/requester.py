"""Who sent a request: the verified viewer, where from, in which languages, and until when the token holds."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import inf
from typing import Protocol, Self

from domain.errors import BadRequest, Unauthenticated
from domain.locales import language_tag
from domain.viewers import ANONYMOUS, ActiveProfile, Viewer
from resolvers.context import Standing

_SAYS_MORE = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{3})*([-_][a-z]{4})?([-_](?:[a-z]{2}|[0-9]{3}))?(?:[-_](?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
"""Language, script and region of a tag as BCP 47 allows it."""

_ACCEPTED = 10
"""Languages of one header that count; browsers send fewer."""


class Verified(Protocol):
    """What a verifier says of a token: whose it is, and its end in seconds since the epoch."""

    @property
    def viewer(self) -> Viewer: ...

    @property
    def expires_at(self) -> float: ...


class Verifier(Protocol):
    """Checks access tokens; raises Unauthenticated."""

    async def check(self, token: str) -> Verified: ...

    @property
    def ready(self) -> bool: ...


class ProfileTokens(Protocol):
    """Reads profile tokens; raises Unauthenticated."""

    def read(self, token: str, sub: str) -> ActiveProfile: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """The caller of operations; `expires_at` is the token's end in seconds since the epoch."""

    viewer: Viewer = ANONYMOUS
    address: str
    country: str
    languages: tuple[str, ...] = ()
    expires_at: float = inf
    wants_cost: bool = False
    """Whether `extensions.cost` was asked for."""
    rights: Hashable = None
    """What of the viewer decides which catalogue is shown; None for an anonymous one."""
    shares: bool = True
    """Whether answers may be those of others with the same rights: staff sees what it has changed at once."""
    standing: Standing = field(init=False, compare=False, repr=False, default_factory=Standing)
    """Not an argument: what `replace` makes is another caller, whose standing begins anew."""

    def proven(self, viewer: Viewer, expires_at: float) -> Self:
        """The same caller, now known to be `viewer`."""
        own = viewer.profile.language if viewer.profile is not None else None
        languages = self.languages if own is None else (own, *(tag for tag in self.languages if tag != own))
        age = None if viewer.profile is None else viewer.profile.max_age
        rights = (viewer.roles, viewer.scopes, age)
        return replace(
            self, viewer=viewer, expires_at=expires_at, languages=languages, rights=rights, shares=not viewer.staff
        )


class Doorman:
    """Turns credentials into a viewer. No credentials is anonymous; wrong ones are refused, never ignored."""

    def __init__(self, verifier: Verifier, profiles: ProfileTokens) -> None:
        self._verifier = verifier
        self._profiles = profiles

    @property
    def ready(self) -> bool:
        """Whether tokens can be verified without asking anyone first."""
        return self._verifier.ready

    async def identify(self, authorization: str | None, profile: str | None) -> tuple[Viewer, float]:
        """The viewer and the token's end; a profile token counts beside a bearer token alone."""
        if authorization is None:
            if profile is not None:
                raise Unauthenticated("X-Profile-Token is read only beside `Authorization: Bearer <access token>`.")
            return ANONYMOUS, inf
        verified = await self._verifier.check(_bearer(authorization))
        viewer = verified.viewer
        if profile is not None and viewer.sub is not None:
            viewer = replace(viewer, profile=self._profiles.read(profile, viewer.sub))
        return viewer, verified.expires_at


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send `Authorization: Bearer <access token>`, or no Authorization at all.")
    return token.strip()


def text_of(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    """A header as text, None without it."""
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


@lru_cache(maxsize=1024)
def languages(accept_language: bytes) -> tuple[str, ...]:
    """Canonical tags by preference; a BadRequest for what is no language."""
    weighed: dict[str, float] = {}
    for part in accept_language.decode("latin-1").split(",")[: 4 * _ACCEPTED]:
        tag, _, rest = part.strip().partition(";")
        if tag.strip() not in ("", "*"):
            weighed.setdefault(_tag(tag.strip()), _weight(rest))
    wanted = [tag for tag, weight in weighed.items() if weight > 0]
    return tuple(sorted(wanted, key=lambda tag: -weighed[tag])[:_ACCEPTED])


def _tag(text: str) -> str:
    """What of a tag names what we have: dialects, spellings and extensions ("en-GB-oxendict") say more than that."""
    found = _SAYS_MORE.fullmatch(text)
    try:
        return language_tag("".join(part or "" for part in found.groups()) if found else text)
    except ValueError as error:
        raise BadRequest(f"Header Accept-Language: {error}") from None


def _weight(parameters: str) -> float:
    name, _, value = parameters.replace(" ", "").partition("=")
    if name != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        raise BadRequest("Header Accept-Language: a weight is a number from 0 to 1, as in `nl, en;q=0.8`.") from None
