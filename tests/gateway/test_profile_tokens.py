"""Profile tokens: bound to the account, short-lived, and worth nothing anywhere else (T3)."""

from __future__ import annotations

from datetime import UTC, datetime

import jwt
import pytest

from domain.viewers import ActiveProfile
from gateway.auth import TokenRefused, open_verifier
from gateway.profile_tokens import AUDIENCE, TYPE, ProfileTokens
from tests.clock import Clock
from tests.gateway.issuer import key_server, pool, token

SECRET, NEXT = "a secret of thirty-two bytes, at least", "another secret of thirty-two bytes, or so"
KIDS = ActiveProfile(id="p1", kids=True, max_age=12, language="nl")


def _tokens(*secrets: str, clock: Clock[float] | None = None) -> ProfileTokens:
    return ProfileTokens(secrets or (SECRET,), life_seconds=900, clock=clock or Clock(1_000_000.0))


def test_the_profile_comes_back_for_its_account():
    tokens = _tokens()
    issued = tokens.issue("sub-1", KIDS)
    assert issued.expires_at == datetime.fromtimestamp(1_000_900, UTC)
    assert tokens.read(issued.token, "sub-1") == KIDS
    assert tokens.read(issued.token, "sub-1") == KIDS


def test_another_account_may_not_use_it_even_when_it_is_remembered():
    tokens = _tokens()
    issued = tokens.issue("sub-1", KIDS).token
    tokens.read(issued, "sub-1")
    with pytest.raises(TokenRefused, match="of another account"):
        tokens.read(issued, "sub-2")


def test_it_ends_on_the_second_even_when_it_is_remembered():
    clock = Clock(1_000_000.0)
    tokens = _tokens(clock=clock)
    issued = tokens.issue("sub-1", KIDS).token
    tokens.read(issued, "sub-1")
    clock.now += 899
    assert tokens.read(issued, "sub-1") == KIDS
    clock.now += 1
    with pytest.raises(TokenRefused, match="expired"):
        tokens.read(issued, "sub-1")


def test_secrets_rotate():
    old = _tokens(SECRET).issue("sub-1", KIDS).token
    both = _tokens(NEXT, SECRET)
    assert both.read(old, "sub-1") == KIDS
    fresh = both.issue("sub-1", KIDS).token
    assert _tokens(NEXT).read(fresh, "sub-1") == KIDS
    with pytest.raises(TokenRefused, match="not trusted"):
        _tokens(NEXT).read(old, "sub-1")


def _forged(**changes: object) -> str:
    claims = {
        "aud": AUDIENCE,
        "sub": "sub-1",
        "iat": 0,
        "exp": 2_000_000_000,
        "profile": "p1",
        "kids": False,
        "age": 18,
    }
    wanted = {**claims, "lang": None, **changes}
    key, alg, typ = wanted.pop("key", "k" * 32), wanted.pop("alg", "HS256"), wanted.pop("typ", TYPE)
    return jwt.encode(wanted, key, algorithm=alg, headers={"typ": typ})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "forged",
    ["", "x", "a.b.c", "é" * 10, "x" * 9000, _forged(), _forged(alg="none", key=None), _forged(key=SECRET.ljust(64))],
)
def test_a_forged_one_is_refused(forged: str):
    with pytest.raises(TokenRefused, match="The profile token is not accepted"):
        _tokens().read(forged, "sub-1")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_one_is_refused(part: int):
    tokens = _tokens()
    pieces = tokens.issue("sub-1", KIDS).token.split(".")
    pieces[part] = pieces[part][:-2] + ("AA" if pieces[part][-2:] != "AA" else "BB")
    with pytest.raises(TokenRefused):
        tokens.read(".".join(pieces), "sub-1")


@pytest.mark.parametrize(
    "changes", [{"typ": "JWT"}, {"aud": "other"}, {"exp": "soon"}, {"sub": 7}, {"profile": None, "typ": "JWT"}]
)
def test_our_own_key_signs_nothing_else_that_passes(changes: dict):
    tokens = _tokens()
    with pytest.raises(TokenRefused):
        tokens.read(_forged(key=tokens._keys[0], **changes), "sub-1")


async def test_it_is_no_bearer_token_and_a_bearer_token_is_no_profile():
    tokens = _tokens()
    async with key_server() as server, open_verifier([pool(server.url)]) as verifier:
        with pytest.raises(TokenRefused):
            await verifier.verify(tokens.issue("sub-1", KIDS).token)
    with pytest.raises(TokenRefused):
        tokens.read(token(), "sub-1")


@pytest.mark.parametrize("secrets", [(), ("short",), (SECRET, "short")])
def test_weak_secrets_are_refused_at_start(secrets: tuple[str, ...]):
    with pytest.raises(ValueError, match="32 bytes"):
        ProfileTokens(secrets)


def test_a_profile_without_a_language_comes_back_without_one():
    tokens = ProfileTokens([SECRET.ljust(40, "k")])
    profile = ActiveProfile(id="p1", kids=False, max_age=18, language=None)
    assert tokens.read(tokens.issue("sub-1", profile).token, "sub-1") == profile
