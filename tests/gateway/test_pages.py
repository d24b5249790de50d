"""The pages: for browsers alone, from this origin alone, and a small one when they are not built."""

import httpx
import pytest

from gateway.app import Gateway
from gateway.ide import Pages
from gateway.service import create_app
from gateway.settings import load
from tests.gateway.small import Options, gateway, running
from tests.gateway.test_settings import RIGHT

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def app_with(dist, *, staff_only=False):
    """The small gateway with pages from this folder."""
    pages = Pages(
        identity_urls=["https://sign-in.example.com/oauth2/authorize", None],
        media_url="https://media.example.com",
        config={"graphqlPath": "/graphql"},
        staff_only=staff_only,
        dist=dist,
    )
    whole = gateway(Options())
    return Gateway(whole._open_service, door=whole._door, health=whole.health, closing=whole.closing, pages=pages)


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Pages as they are built."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "assets").mkdir()
    (folder / "graphiql.html").write_text("<title>GraphiQL</title>")
    (folder / "player.html").write_text("<title>Player</title>")
    (folder / "staff.html").write_text("<title>Sign in</title>")
    (folder / "assets" / "app-1a2b.js").write_text("export {}")
    return folder


@pytest.fixture(scope="module")
def built(dist):
    with running(app=app_with(dist)) as one, httpx.Client(base_url=one.base) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(dist):
    """Pages for staff alone."""
    with running(app=app_with(dist, staff_only=True)) as one, httpx.Client(base_url=one.base) as client:
        yield client


def policy(answer):
    parts = (part.partition(" ") for part in answer.headers["content-security-policy"].split("; "))
    return {name: sources.split(" ") for name, _, sources in parts}


def test_a_browser_gets_graphiql(built):
    answer = built.get("/graphql", headers={"accept": BROWSER})
    assert (answer.status_code, answer.text) == (200, "<title>GraphiQL</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_also_comes_back_to_it_from_signing_in(built):
    assert built.get("/graphql?code=1&state=2", headers={"accept": BROWSER}).text == "<title>GraphiQL</title>"


@pytest.mark.parametrize(
    ("method", "url", "accept"),
    [
        ("GET", "/graphql", "*/*"),
        ("GET", "/graphql", "application/json"),
        ("GET", "/graphql?query={hello}", BROWSER),
        ("GET", "/graphql?documentId=x", BROWSER),
        ("POST", "/graphql", BROWSER),
    ],
)
def test_nobody_else_gets_a_page(built, method, url, accept):
    answer = built.request(method, url, headers={"accept": accept})
    assert "html" not in answer.headers["content-type"]
    assert answer.json()["errors"]


def test_a_page_may_talk_to_this_origin_and_the_named_services_and_to_nobody_else(built):
    found = policy(built.get("/graphql", headers={"accept": BROWSER}))
    assert found["default-src"] == ["'none'"]
    assert found["script-src"] == ["'self'"]
    assert found["connect-src"] == ["'self'", "https://media.example.com", "https://sign-in.example.com"]
    assert found["frame-ancestors"] == found["base-uri"] == ["'none'"]


def test_the_player_and_the_assets_are_served(built):
    player = built.get("/player")
    assert (player.status_code, player.text) == (200, "<title>Player</title>")
    assert "content-security-policy" in player.headers
    asset = built.get("/static/assets/app-1a2b.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["x-content-type-options"] == "nosniff"
    assert built.get("/static/../gateway/app.py").status_code == 404
    assert built.get("/-/config.json").json() == {"graphqlPath": "/graphql"}


def test_pages_that_are_not_built_say_how(tmp_path):
    with running(app=app_with(tmp_path / "missing")) as one:
        answer = httpx.get(one.url, headers={"accept": BROWSER})
    assert answer.status_code == 200
    assert "make setup" in answer.text


def test_a_gateway_without_pages_has_none():
    with running() as one:
        assert httpx.get(one.url, headers={"accept": BROWSER}).status_code == 400
        assert httpx.get(f"{one.base}/player").status_code == 404
        assert httpx.get(f"{one.base}/-/config.json").status_code == 404


def asked(client, token=None):
    headers = {"accept": BROWSER} | ({"authorization": f"Bearer {token}"} if token else {})
    return client.get("/graphql", headers=headers)


@pytest.mark.parametrize("url", ["/graphql", "/graphql?code=1&state=2"])
def test_a_browser_gets_a_way_in_where_graphiql_is_for_staff(guarded, url):
    answer = guarded.get(url, headers={"accept": BROWSER})
    assert (answer.status_code, answer.text) == (200, "<title>Sign in</title>")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "accept, authorization"
    assert policy(answer)["script-src"] == ["'self'"]


def test_staff_get_graphiql_with_their_token(guarded):
    answer = asked(guarded, "editor-eve")
    assert (answer.status_code, answer.text) == (200, "<title>GraphiQL</title>")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("token", "status", "code", "message"),
    [
        ("viewer-vera", 403, "FORBIDDEN", "This page is for editors and admins. Sign in as one of them."),
        ("partner-acme", 403, "FORBIDDEN", "This page is for editors and admins. Sign in as one of them."),
        (
            "forged",
            401,
            "UNAUTHENTICATED",
            "The access token is not accepted: malformed. Get a new one and try again.",
        ),
    ],
)
def test_nobody_else_gets_graphiql_where_it_is_for_staff(guarded, token, status, code, message):
    answer = asked(guarded, token)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
    assert answer.json() == {"errors": [{"message": message, "extensions": {"code": code}}]}


def test_there_is_no_player_where_graphiql_is_for_staff(guarded):
    assert guarded.get("/player").status_code == 404
    assert guarded.get("/-/config.json").json() == {"graphqlPath": "/graphql"}
    assert guarded.get("/static/assets/app-1a2b.js").status_code == 200


SIGN_IN = {
    "MARQUEE_IDENTITY__VIEWERS__AUTHORIZE_URL": "https://sign-in.example.com/oauth2/authorize",
    "MARQUEE_IDENTITY__VIEWERS__TOKEN_URL": "https://sign-in.example.com/oauth2/token",
}
POOL = {
    "authorizeUrl": "https://sign-in.example.com/oauth2/authorize",
    "tokenUrl": "https://sign-in.example.com/oauth2/token",
    "clientId": "web",
}


@pytest.mark.parametrize(
    ("chosen", "player"),
    [
        ({"MARQUEE_MODE": "dev"}, True),
        ({"MARQUEE_MODE": "dev", "MARQUEE_HTTP__GRAPHIQL": "false"}, None),
        ({"MARQUEE_MODE": "prod"}, None),
        ({"MARQUEE_MODE": "prod", **SIGN_IN}, False),
        ({"MARQUEE_MODE": "prod", **SIGN_IN, "MARQUEE_HTTP__GRAPHIQL": "true"}, True),
        ({"MARQUEE_MODE": "prod", **SIGN_IN, "MARQUEE_HTTP__GRAPHIQL": "false"}, None),
    ],
)
async def test_settings_say_who_has_pages(chosen, player):
    """None: nobody. In production nobody but staff, and nobody at all where they could not sign in."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**RIGHT, **chosen}.items():
            patch.setenv(name, value)
        app = create_app(load())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example") as client:
        answer = await client.get("/-/config.json")
        if player is None:
            assert answer.status_code == 404
            return
        config = answer.json()
        page = await client.get("/graphql", headers={"accept": BROWSER})
    assert config["player"] is player
    assert ("<title>Marquee GraphiQL</title>" if player else "<title>Marquee, for staff</title>") in page.text
    assert config["identity"] == ({"viewer": POOL, "staff": POOL} if SIGN_IN.items() <= chosen.items() else {})
