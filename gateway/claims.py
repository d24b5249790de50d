"""What a token of a Cognito user pool says, and which of it is believed: header, kind, client, groups and scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from domain.errors import Unauthenticated
from domain.viewers import Role, Viewer
from gateway.jwks import MAX_KID

PoolKind = Literal["viewers", "staff", "both"]
"""Whose users a pool holds; groups give roles in a pool with staff alone."""

GROUPS: Mapping[str, frozenset[Role]] = {
    "editor": frozenset({Role.EDITOR}),
    "admin": frozenset({Role.EDITOR, Role.ADMIN}),
}
MAX_TOKEN = 8192
_FOREIGN_KEYS = frozenset({"jku", "jwk", "x5u", "x5c", "cty", "crit"})
_TYPES = frozenset({"JWT", "AT+JWT"})
_UNREADABLE = (jwt.InvalidTokenError, ValueError, TypeError, RecursionError)
"""What decoding a hostile text can raise: PyJWT's own errors, and those of JSON that passes through it."""


class TokenRefused(Unauthenticated):
    """A token that was presented and is not accepted; `reason` is the class of the fault and all that is told."""

    def __init__(self, reason: str, what: str = "access token") -> None:
        super().__init__(f"The {what} is not accepted: {reason}. Get a new one and try again.")
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedPool:
    """A user pool whose tokens are accepted: users by `client_ids`, machines by `partner_client_ids`."""

    issuer: str
    jwks_url: str
    client_ids: frozenset[str]
    partner_client_ids: frozenset[str] = frozenset()
    kind: PoolKind = "both"
    resource_server: str = "marquee"
    """The prefix of the scopes that count: `marquee/catalog:read` is the scope `catalog:read`."""


def key_id(token: str) -> str:
    """The kid of a header that says RS256 and points to no key of its own."""
    try:
        header = jwt.get_unverified_header(token)
    except _UNREADABLE as error:
        raise TokenRefused("malformed") from error
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not _FOREIGN_KEYS.isdisjoint(header):
        raise TokenRefused("not trusted")
    if str(header.get("typ", "JWT")).upper() not in _TYPES:
        raise TokenRefused("wrong kind")
    if not isinstance(kid, str) or not kid.isascii() or not 0 < len(kid) <= MAX_KID:
        raise TokenRefused("malformed")
    return kid


def unverified(token: str) -> dict[str, Any]:
    """The claims as they stand, to choose the pool; nothing else may rest on them."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except _UNREADABLE as error:
        raise TokenRefused("malformed") from error
    return claims


def viewer_of(claims: Mapping[str, Any], pool: TrustedPool) -> Viewer:
    """The caller of verified claims; raises TokenRefused for any other kind of token or client."""
    sub, client_id = claims.get("sub"), claims.get("client_id")
    if claims.get("token_use") != "access" or not isinstance(client_id, str) or not isinstance(sub, str) or not sub:
        raise TokenRefused("wrong kind")
    if "username" not in claims:
        if client_id not in pool.partner_client_ids:
            raise TokenRefused("wrong kind")
        scopes = _scopes(claims.get("scope"), pool.resource_server)
        return Viewer(sub=sub, client_id=client_id, roles=frozenset({Role.PARTNER}), scopes=scopes)
    if client_id not in pool.client_ids:
        raise TokenRefused("wrong kind")
    roles = _roles(claims.get("cognito:groups"), pool.kind)
    return Viewer(sub=sub, client_id=client_id, roles=roles, sign_in=_sign_in(claims), signed_in_at=_since(claims))


def _sign_in(claims: Mapping[str, Any]) -> str | None:
    """What stays the same while tokens are refreshed: the first token's id, else the instant of the sign-in."""
    found = claims.get("origin_jti") or claims.get("auth_time")
    return str(found) if found else None


def _since(claims: Mapping[str, Any]) -> float | None:
    """Without an instant of signing in, that of the token's making."""
    found = claims.get("auth_time", claims.get("iat"))
    return float(found) if isinstance(found, int | float) else None


def _roles(groups: object, kind: PoolKind) -> frozenset[Role]:
    """A viewer always; staff by group, and only from a pool that has staff."""
    roles = frozenset({Role.VIEWER})
    if kind == "viewers" or not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        return roles
    return roles.union(*(GROUPS.get(group, frozenset()) for group in groups))


def _scopes(scope: object, resource_server: str) -> frozenset[str]:
    prefix = f"{resource_server}/"
    words = scope.split(" ") if isinstance(scope, str) else []
    return frozenset(word.removeprefix(prefix) for word in words if word.startswith(prefix))
