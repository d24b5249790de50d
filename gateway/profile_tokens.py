"""The token that makes answers personal: which profile of an account is active, signed by us, useless as a bearer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import jwt

from domain.viewers import ActiveProfile, ProfileToken
from gateway.auth import Remembered
from gateway.claims import MAX_TOKEN, TokenRefused

TYPE = "marquee-profile+jwt"
AUDIENCE = "marquee:profile"
_WHAT = "profile token"


class ProfileTokens:
    """Issues and reads profile tokens. The first secret signs, all of them verify, so that secrets can be rotated."""

    def __init__(
        self, secrets: Sequence[str], *, life_seconds: int = 3600, clock: Callable[[], float] = time.time
    ) -> None:
        if not secrets or min(len(secret.encode()) for secret in secrets) < 32:
            raise ValueError("A profile token secret must have 32 bytes or more.")
        self._keys = [hashlib.sha256(b"marquee profile token\0" + secret.encode()).digest() for secret in secrets]
        self._life = life_seconds
        self._clock = clock
        self._remembered: Remembered[tuple[str, ActiveProfile]] = Remembered(20_000)

    def issue(self, sub: str, profile: ActiveProfile) -> ProfileToken:
        """A token for that profile of the account `sub`."""
        now = int(self._clock())
        claims = {
            "aud": AUDIENCE,
            "sub": sub,
            "iat": now,
            "exp": now + self._life,
            "profile": profile.id,
            "kids": profile.kids,
            "age": profile.max_age,
            "lang": profile.language,
        }
        token = jwt.encode(claims, self._keys[0], algorithm="HS256", headers={"typ": TYPE})
        return ProfileToken(token=token, expires_at=datetime.fromtimestamp(now + self._life, UTC))

    def read(self, token: str, sub: str) -> ActiveProfile:
        """The profile, when the token is ours, in time and of the account `sub`; raises TokenRefused."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        found = self._remembered.get(digest, self._clock())
        if found is None:
            until, found = self._check(token)
            self._remembered.put(digest, until, found)
        owner, profile = found
        if owner != sub:
            raise TokenRefused("of another account", _WHAT)
        return profile

    def _check(self, token: str) -> tuple[float, tuple[str, ActiveProfile]]:
        claims = self._claims(token)
        exp, now = claims.get("exp"), self._clock()
        if not isinstance(exp, int) or exp <= now:
            raise TokenRefused("expired", _WHAT)
        profile = ActiveProfile(
            id=claims["profile"], kids=claims["kids"], max_age=claims["age"], language=claims.get("lang")
        )
        return exp, (claims["sub"], profile)

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN or not token.isascii():
            raise TokenRefused("malformed", _WHAT)
        for key in self._keys:
            try:
                whole = jwt.decode_complete(
                    token, key, algorithms=["HS256"], audience=AUDIENCE, options=_TIMES_ARE_OURS
                )
            except jwt.InvalidSignatureError:
                continue
            except jwt.InvalidTokenError as error:
                raise TokenRefused("malformed", _WHAT) from error
            if whole["header"].get("typ") != TYPE:
                raise TokenRefused("wrong kind", _WHAT)
            claims: dict[str, Any] = whole["payload"]
            return claims
        raise TokenRefused("not trusted", _WHAT)


_TIMES_ARE_OURS: Any = {
    "require": ["exp", "sub", "profile", "kids", "age"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
