"""Access tokens: who they say the caller is (T1, T2), and every attack on them that is refused (T1-T3)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Unauthenticated, Unavailable
from domain.viewers import Role, Viewer
from gateway.auth import Remembered, TokenRefused, Verifier, open_verifier
from gateway.jwks import read_keys
from tests.gateway.issuer import (
    CLIENT,
    ISSUER,
    PARTNER,
    KeyServer,
    claims,
    groups_that_are_no_list,
    jwk,
    key_server,
    partner_claims,
    pool,
    private_key,
    raw_token,
    token,
)


@pytest.fixture
async def server() -> AsyncIterator[KeyServer]:
    async with key_server() as running:
        yield running


@pytest.fixture
async def verifier(server: KeyServer) -> AsyncIterator[Verifier]:
    async with open_verifier([pool(server.url)]) as opened:
        yield opened


async def test_a_user_is_a_viewer(verifier: Verifier):
    payload = claims(origin_jti="o-1")
    expected = Viewer(
        sub="sub-1",
        client_id=CLIENT,
        roles=frozenset({Role.VIEWER}),
        sign_in="o-1",
        signed_in_at=float(payload["auth_time"]),
    )
    verified = await verifier.check(token(payload))
    assert (verified.viewer, verified.expires_at) == (expected, payload["exp"])


async def test_a_sign_in_without_an_id_is_named_by_its_instant(verifier: Verifier):
    assert (await verifier.verify(token(claims(auth_time=1234)))).sign_in == "1234"
    assert (await verifier.verify(token(claims(auth_time=None)))).sign_in is None


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        ([], {Role.VIEWER}),
        (["editor"], {Role.VIEWER, Role.EDITOR}),
        (["admin"], {Role.VIEWER, Role.EDITOR, Role.ADMIN}),
        (["partner", "Admin", "ADMIN", "root"], {Role.VIEWER}),
    ],
)
async def test_groups_give_roles_and_admin_implies_editor(verifier: Verifier, groups: list[str], roles: set[Role]):
    assert (await verifier.verify(token(claims(**{"cognito:groups": groups})))).roles == roles


@pytest.mark.parametrize("groups", list(groups_that_are_no_list()))
async def test_groups_that_are_no_list_of_names_are_no_groups(verifier: Verifier, groups: object):
    assert (await verifier.verify(token(claims(**{"cognito:groups": groups})))).roles == {Role.VIEWER}


async def test_staff_groups_count_from_a_pool_with_staff_alone(server: KeyServer):
    admin = token(claims(**{"cognito:groups": ["admin"]}))
    async with open_verifier([pool(server.url, kind="viewers")]) as viewers_only:
        assert (await viewers_only.verify(admin)).roles == {Role.VIEWER}
    async with open_verifier([pool(server.url, kind="staff")]) as staff:
        assert Role.ADMIN in (await staff.verify(admin)).roles


async def test_a_machine_is_a_partner_with_its_own_scopes(verifier: Verifier):
    expected = Viewer(
        sub=PARTNER, client_id=PARTNER, roles=frozenset({Role.PARTNER}), scopes=frozenset({"catalog:read"})
    )
    assert await verifier.verify(token(partner_claims())) == expected


async def test_two_pools_have_their_own_keys(server: KeyServer):
    async with key_server() as other:
        other.publish("k2")
        issuer = f"{ISSUER}2"
        async with open_verifier([pool(server.url), pool(other.url, issuer=issuer, kind="staff")]) as both:
            assert (await both.verify(token())).sub == "sub-1"
            assert (await both.verify(token(claims(iss=issuer), kid="k2", signed_by="k2"))).sub == "sub-1"
            with pytest.raises(TokenRefused, match="not trusted"):
                await both.verify(token(claims(iss=issuer), kid="k1", signed_by="k1"))


def _public_pem() -> bytes:
    return private_key("k1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _hmac_with_public_key() -> str:
    """HS256 with the public key as its secret: what a careless verifier takes for RS256."""
    head = base64.urlsafe_b64encode(orjson.dumps({"alg": "HS256", "kid": "k1"})).rstrip(b"=")
    body = base64.urlsafe_b64encode(orjson.dumps(claims())).rstrip(b"=")
    signature = hmac.digest(_public_pem(), head + b"." + body, hashlib.sha256)
    return b".".join((head, body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


def _tampered() -> str:
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(orjson.dumps(claims(**{"cognito:groups": ["admin"]}))).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


def _now(seconds: int) -> int:
    return int(time.time()) + seconds


ATTACKS: dict[str, tuple[Callable[[], str], str]] = {
    "alg none": (lambda: raw_token({"alg": "none", "kid": "k1"}, claims(), b""), "not trusted"),
    "alg None": (lambda: raw_token({"alg": "None", "kid": "k1"}, claims(), b""), "not trusted"),
    "alg missing": (lambda: raw_token({"kid": "k1"}, claims()), "not trusted"),
    "alg is a list": (lambda: raw_token({"alg": ["RS256"], "kid": "k1"}, claims()), "not trusted"),
    "HS256 with the public key": (_hmac_with_public_key, "not trusted"),
    "RS512": (
        lambda: jwt.encode(claims(), private_key("k1"), algorithm="RS512", headers={"kid": "k1"}),
        "not trusted",
    ),
    "PS256": (
        lambda: jwt.encode(claims(), private_key("k1"), algorithm="PS256", headers={"kid": "k1"}),
        "not trusted",
    ),
    "tampered claims": (_tampered, "not trusted"),
    "signature cut off": (lambda: token().rpartition(".")[0] + ".", "not trusted"),
    "another key, known kid": (lambda: token(signed_by="thief"), "not trusted"),
    "unknown kid": (lambda: token(kid="thief", signed_by="thief"), "not trusted"),
    "no kid": (lambda: token(kid=None), "malformed"),
    "kid is a number": (lambda: raw_token({"alg": "RS256", "kid": 1}, claims()), "malformed"),
    "kid too long": (lambda: token(kid="k" * 129), "malformed"),
    "kid is a path": (lambda: token(kid="../../etc/passwd"), "not trusted"),
    "kid is no text": (lambda: raw_token(b'{"alg":"RS256","kid":"\\ud800"}', claims()), "malformed"),
    "header is a list": (lambda: raw_token(b'["alg"]', claims()), "malformed"),
    "header nested deep": (lambda: raw_token(b'{"alg":' + b"[" * 3000, claims()), "malformed"),
    "number of 5000 digits": (
        lambda: raw_token({"alg": "RS256", "kid": "k1"}, b'{"exp":' + b"9" * 5000 + b"}"),
        "malformed",
    ),
    "crit": (lambda: raw_token({"alg": "RS256", "kid": "k1", "crit": ["exp"], "exp": 1}, claims()), "malformed"),
    "b64 false": (lambda: raw_token({"alg": "RS256", "kid": "k1", "crit": ["b64"], "b64": False}, b"x"), "malformed"),
    "jku": (lambda: token(jku="http://127.0.0.1:9/keys"), "not trusted"),
    "jwk": (lambda: token(jwk={"kty": "RSA"}), "not trusted"),
    "x5u": (lambda: token(x5u="http://127.0.0.1:9/chain"), "not trusted"),
    "x5c": (lambda: token(x5c=["AAAA"]), "not trusted"),
    "cty": (lambda: token(cty="JWT"), "not trusted"),
    "a profile token's typ": (lambda: token(typ="marquee-profile+jwt"), "wrong kind"),
    "ID token": (
        lambda: token(claims(token_use="id", aud=CLIENT, client_id=None, **{"cognito:username": "vera"})),
        "wrong kind",
    ),
    "refresh token": (lambda: token(claims(token_use="refresh")), "wrong kind"),
    "no token_use": (lambda: token(claims(token_use=None)), "wrong kind"),
    "another pool's issuer": (lambda: token(claims(iss="https://evil.example/pool")), "not trusted"),
    "issuer with a slash": (lambda: token(claims(iss=f"{ISSUER}/")), "not trusted"),
    "issuer is a prefix": (lambda: token(claims(iss=ISSUER[:-1])), "not trusted"),
    "issuer is a list": (lambda: raw_token({"alg": "RS256", "kid": "k1"}, claims(iss=[ISSUER])), "not trusted"),
    "no issuer": (lambda: token(claims(iss=None)), "not trusted"),
    "another client": (lambda: token(claims(client_id="other")), "wrong kind"),
    "no client": (lambda: token(claims(client_id=None)), "wrong kind"),
    "client is a list": (lambda: token(claims(client_id=[CLIENT])), "wrong kind"),
    "aud instead of client": (lambda: token(claims(client_id=None, aud=CLIENT)), "wrong kind"),
    "user token of the machine client": (lambda: token(claims(client_id=PARTNER)), "wrong kind"),
    "machine token of the web client": (lambda: token(partner_claims(client_id=CLIENT)), "wrong kind"),
    "expired": (lambda: token(claims(exp=_now(-31))), "expired"),
    "no exp": (lambda: token(claims(exp=None)), "malformed"),
    "exp is text": (lambda: token(claims(exp=str(_now(60)))), "malformed"),
    "exp is true": (lambda: token(claims(exp=True)), "malformed"),
    "nbf in the future": (lambda: token(claims(nbf=_now(60))), "not yet valid"),
    "iat in the future": (lambda: token(claims(iat=_now(60))), "not yet valid"),
    "iat is text": (lambda: token(claims(iat="soon")), "not yet valid"),
    "empty sub": (lambda: token(claims(sub="")), "wrong kind"),
    "no sub": (lambda: token(claims(sub=None)), "wrong kind"),
    "sub is a number": (lambda: token(claims(sub=7)), "wrong kind"),
    "empty": (lambda: "", "malformed"),
    "one part": (lambda: "abc", "malformed"),
    "five parts": (lambda: "a.b.c.d.e", "malformed"),
    "not base64": (lambda: "?.?.?", "malformed"),
    "not JSON": (lambda: raw_token({"alg": "RS256", "kid": "k1"}, b"{"), "malformed"),
    "claims are a list": (lambda: raw_token({"alg": "RS256", "kid": "k1"}, b"[]"), "malformed"),
    "claims nested deep": (lambda: raw_token({"alg": "RS256", "kid": "k1"}, b"[" * 3000), "malformed"),
    "not ASCII": (lambda: f"{token()}é", "malformed"),
    "lone surrogate": (lambda: f"{token()}\ud800", "malformed"),
    "too long": (lambda: token(claims(pad="x" * 9000)), "malformed"),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_unauthenticated_with_its_reason_class_alone(verifier: Verifier, name: str):
    attack, reason = ATTACKS[name]
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(attack())
    assert refused.value.message == f"The access token is not accepted: {reason}. Get a new one and try again."
    assert verifier.stats.refused == {reason: 1}


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -20), ("iat", 20), ("nbf", 20)])
async def test_clocks_may_differ_by_the_leeway(verifier: Verifier, claim: str, seconds: int):
    assert (await verifier.verify(token(claims(**{claim: _now(seconds)})))).sub == "sub-1"


async def test_a_token_is_checked_once_and_remembered_until_it_ends(verifier: Verifier):
    text = token()
    first, second = await verifier.check(text), await verifier.check(text)
    assert first is second
    assert (verifier.stats.checked, verifier.stats.remembered) == (1, 1)


async def test_a_remembered_token_ends_at_its_exp(server: KeyServer, monkeypatch: pytest.MonkeyPatch):
    async with open_verifier([pool(server.url)]) as verifier:
        text = token(claims(exp=_now(100)))
        await verifier.verify(text)
        late = time.time() + 131
        monkeypatch.setattr(verifier, "_clock", lambda: late)
        with pytest.raises(TokenRefused, match="expired"):
            await verifier.verify(text)


def test_the_memory_is_bounded():
    memory: Remembered[int] = Remembered(2)
    for number in range(5):
        memory.put(str(number).encode(), 10.0, number)
    assert (len(memory), memory.get(b"4", 0.0), memory.get(b"2", 0.0)) == (2, 4, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
HEADERS = st.fixed_dictionaries({}, optional={"alg": JSON | st.just("RS256"), "kid": JSON | st.just("k1"), "typ": JSON})
CLAIMS = st.fixed_dictionaries(
    {}, optional={"iss": JSON | st.just(ISSUER), "exp": JSON, "sub": JSON, "client_id": JSON}
)


@settings(max_examples=300, deadline=None)
@given(header=HEADERS | JSON, payload=CLAIMS | JSON, signature=st.binary(max_size=300), text=st.text(max_size=60))
def test_whatever_is_sent_is_refused_and_nothing_breaks(header: Any, payload: Any, signature: bytes, text: str):
    pem = read_keys(orjson.dumps({"keys": [jwk("k1")]}))

    class Known:
        async def key(self, kid: str) -> Any:
            return pem.get(kid)

    verifier = Verifier([pool("http://127.0.0.1:9/")], [Known()])  # type: ignore[list-item]
    head, body = json.dumps(header).encode(), json.dumps(payload).encode()
    for attack in (raw_token(head, body, signature), text, f"{text}.{text}.{text}"):
        with pytest.raises(TokenRefused):
            asyncio.run(verifier.verify(attack))


async def test_a_refused_token_is_not_remembered(verifier: Verifier, server: KeyServer):
    for _ in range(2):
        with pytest.raises(TokenRefused):
            await verifier.verify(token(signed_by="thief"))
    assert verifier.stats.refused == {"not trusted": 2}


async def test_without_any_keys_nobody_is_called_unauthenticated(server: KeyServer):
    server.status = 503
    async with open_verifier([pool(server.url)]) as verifier:
        with pytest.raises(Unavailable) as refused:
            await verifier.verify(token())
        assert refused.value.retry_after == 1.0
        assert not verifier.ready


async def test_a_revoked_sign_in_is_refused_though_its_token_was_seen_before(verifier: Verifier):
    """T5: asked each time, before what is remembered and before what is new."""
    seen, fresh = token(claims(origin_jti="o-1")), token(claims(origin_jti="o-1", jti="2"))
    other = token(claims(origin_jti="o-2"))
    await verifier.check(seen)
    ended = {"o-1"}
    verifier.revoked = lambda viewer: viewer.sign_in in ended
    for _ in range(2):
        for refused in (seen, fresh):
            with pytest.raises(TokenRefused, match="revoked"):
                await verifier.check(refused)
    assert (await verifier.verify(other)).sign_in == "o-2"
    assert verifier.stats.refused == {"revoked": 4}
    ended.clear()
    assert (await verifier.verify(seen)).sign_in == "o-1"


@pytest.mark.parametrize(
    ("changes", "since"),
    [({"auth_time": 5, "iat": 9}, 5.0), ({"auth_time": None, "iat": 9}, 9.0), ({"auth_time": None, "iat": None}, None)],
)
async def test_a_sign_in_began_when_its_first_token_was_made(verifier: Verifier, changes: dict[str, Any], since: float):
    assert (await verifier.verify(token(claims(**changes)))).signed_in_at == since
