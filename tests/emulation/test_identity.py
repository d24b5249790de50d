"""The embedded identity provider over HTTP, as a browser and a command line meet it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from dirty_equals import IsInt, IsStr

from emulation.identity import PASSWORD, PERSONAS, SCOPES, TokenNotIssued, provision_identity, token_for
from emulation.outputs import Outputs, PoolOutputs


def _claims(token: str, pool: PoolOutputs) -> dict:
    """The claims, after the signature was verified with the keys that the pool publishes."""
    keys = jwt.PyJWKSet.from_dict(httpx.get(pool.jwks_url).json())
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.decode(token, keys[kid].key, algorithms=["RS256"], issuer=pool.issuer, options={"verify_aud": False})


def _pool(cloud: Outputs, persona: str) -> PoolOutputs:
    pool = cloud.staff_pool if persona in ("editor", "admin") else cloud.viewer_pool
    assert pool is not None
    return pool


@pytest.mark.parametrize("persona", [persona for persona in PERSONAS if persona != "partner"])
def test_a_persona_gets_an_access_token_signed_by_its_pool(cloud: Outputs, persona: str):
    pool = _pool(cloud, persona)
    claims = _claims(token_for(cloud, persona), pool)
    groups = {"cognito:groups": [persona]} if persona in ("editor", "admin") else {}
    assert claims == {
        "sub": next(user.subject for user in cloud.users if user.persona == persona),
        "iss": pool.issuer,
        "token_use": "access",
        "client_id": pool.client_id,
        "username": persona,
        "scope": "aws.cognito.signin.user.admin",
        "iat": IsInt,
        "exp": claims["iat"] + 3600,
        "auth_time": claims["iat"],
        "jti": IsStr,
        "origin_jti": IsStr,
        **groups,
    }


def test_the_partner_gets_scopes_and_no_username(cloud: Outputs):
    assert cloud.partner is not None
    claims = _claims(token_for(cloud, "partner"), _pool(cloud, "viewer"))
    assert claims["client_id"] == claims["sub"] == cloud.partner.client_id
    assert set(claims["scope"].split()) == {f"marquee/{scope}" for scope in SCOPES}
    assert "username" not in claims and "cognito:groups" not in claims


def test_a_wrong_client_secret_gets_nothing(cloud: Outputs):
    assert cloud.partner is not None
    form = {"grant_type": "client_credentials", "client_id": cloud.partner.client_id, "client_secret": "guess"}
    answer = httpx.post(cloud.partner.token_url, data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


def test_provisioning_twice_changes_nothing(cloud: Outputs):
    again = provision_identity(cloud.endpoint_url)
    assert (again.viewer_pool, again.staff_pool, again.partner, again.users) == (
        cloud.viewer_pool,
        cloud.staff_pool,
        cloud.partner,
        cloud.users,
    )


def test_an_unknown_persona_is_told_the_known_ones(cloud: Outputs):
    with pytest.raises(ValueError, match="viewer, second, kid, editor, admin, partner"):
        token_for(cloud, "root")


def test_no_cloud_says_so(cloud: Outputs):
    with pytest.raises(TokenNotIssued, match="Is the demo running"):
        token_for(replace(cloud, endpoint_url="http://127.0.0.1:9"), "viewer")


class Browser:
    """What a page does: PKCE, the sign-in form as the server wrote it, redirects not followed."""

    def __init__(self, pool: PoolOutputs, redirect_uri: str) -> None:
        self.pool = pool
        self.redirect_uri = redirect_uri
        self.verifier = secrets.token_urlsafe(32)
        self.state = secrets.token_urlsafe(8)
        self.http = httpx.Client(follow_redirects=False, timeout=30)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def open(self, **changes: str) -> httpx.Response:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        wish = {
            "response_type": "code",
            "client_id": self.pool.client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return self.http.get(f"{self.pool.authorize_url}?{urlencode({**wish, **changes})}")

    def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        hidden = dict(re.findall(r'<input type=hidden name=(\w+) value="([^"]*)">', page.text))
        hidden = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
        return self.http.post(str(page.url.copy_with(path="/login", query=None)), data={**hidden, **fields})

    def code(self, answer: httpx.Response) -> str:
        assert answer.status_code == 302
        location = answer.headers["location"]
        assert location.startswith(f"{self.redirect_uri}?")
        query = parse_qs(urlsplit(location).query)
        assert query["state"] == [self.state]
        return query["code"][0]

    def trade(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.pool.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.http.post(self.pool.token_url, data={**form, **changes}, headers={"origin": "http://localhost:1"})


@pytest.mark.parametrize("redirect", ["http://localhost:8000/graphql", "http://127.0.0.1:43219/player"])
def test_a_browser_signs_in_with_code_and_pkce_on_any_loopback_port(cloud: Outputs, redirect: str):
    with Browser(_pool(cloud, "viewer"), redirect) as browser:
        answer = browser.submit(browser.open(), username="viewer", password=PASSWORD)
        traded = browser.trade(browser.code(answer))
        assert traded.headers["access-control-allow-origin"] == "*"
        claims = _claims(traded.json()["access_token"], browser.pool)
        assert (claims["username"], claims["client_id"]) == ("viewer", browser.pool.client_id)


def test_one_click_signs_a_persona_in_and_refresh_keeps_its_group(cloud: Outputs):
    with Browser(_pool(cloud, "editor"), "http://localhost:8000/graphql") as browser:
        traded = browser.trade(browser.code(browser.submit(browser.open(), persona="editor"))).json()
        form = {
            "grant_type": "refresh_token",
            "client_id": browser.pool.client_id,
            "refresh_token": traded["refresh_token"],
        }
        refreshed = browser.http.post(browser.pool.token_url, data=form)
        assert refreshed.headers["access-control-allow-origin"] == "*"
        for token in (traded["access_token"], refreshed.json()["access_token"]):
            assert _claims(token, browser.pool)["cognito:groups"] == ["editor"]


def test_the_page_offers_the_users_of_its_own_pool(cloud: Outputs):
    for persona, expected in (("viewer", {"viewer", "second", "kid"}), ("editor", {"editor", "admin"})):
        with Browser(_pool(cloud, persona), "http://localhost:8000/graphql") as browser:
            page = browser.open()
        assert set(re.findall(r'name=persona value="(\w+)"', page.text)) == expected
        assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_wrong_password_shows_the_page_again(cloud: Outputs):
    with Browser(_pool(cloud, "viewer"), "http://localhost:8000/graphql") as browser:
        answer = browser.submit(browser.open(), username="viewer", password="wrong")
        assert answer.status_code == 200 and "The name or the password is wrong." in answer.text
        retry = browser.submit(answer, username="viewer", password=PASSWORD)
        assert browser.trade(browser.code(retry)).status_code == 200


def test_a_code_works_once_and_only_with_its_verifier(cloud: Outputs):
    with Browser(_pool(cloud, "viewer"), "http://localhost:8000/graphql") as browser:
        code = browser.code(browser.submit(browser.open(), persona="viewer"))
        assert browser.trade(code, code_verifier="x" * 43).json()["error"] == "invalid_grant"
        assert browser.trade(code).status_code == 200
        assert browser.trade(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "redirect",
    ["https://evil.example/graphql", "http://localhost:8000/elsewhere", "http://localhost.evil.example/graphql"],
)
def test_another_address_is_refused_and_never_redirected_to(cloud: Outputs, redirect: str):
    with Browser(_pool(cloud, "viewer"), redirect) as browser:
        page = browser.open()
    assert page.status_code == 400 and "location" not in page.headers
    assert "redirect_uri is not allowed" in page.text


def test_what_the_caller_sends_is_escaped(cloud: Outputs):
    with Browser(_pool(cloud, "viewer"), "http://localhost:8000/graphql") as browser:
        page = browser.open(state='"><script>alert(1)</script>')
    assert page.status_code == 200 and "<script" not in page.text
