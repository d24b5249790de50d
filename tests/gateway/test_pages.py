"""The pages: for browsers alone, from this origin alone, and a small one when they are not built."""

import httpx
import pytest

from gateway.app import Gateway
from gateway.ide import Pages
from tests.gateway.small import Options, gateway, running

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def app_with(dist):
    """The small gateway with pages from this folder."""
    pages = Pages(
        identity_urls=["https://sign-in.example.com/oauth2/authorize", None],
        media_url="https://media.example.com",
        config={"graphqlPath": "/graphql"},
        dist=dist,
    )
    whole = gateway(Options())
    return Gateway(whole._open_service, door=whole._door, health=whole.health, closing=whole.closing, pages=pages)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    dist = tmp_path_factory.mktemp("dist")
    (dist / "assets").mkdir()
    (dist / "graphiql.html").write_text("<title>GraphiQL</title>")
    (dist / "player.html").write_text("<title>Player</title>")
    (dist / "assets" / "app-1a2b.js").write_text("export {}")
    with running(app=app_with(dist)) as one, httpx.Client(base_url=one.base) as client:
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
