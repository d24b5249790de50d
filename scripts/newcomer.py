"""What a newcomer asks of a running demo, each question with what must come back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
PERSONAS = ("viewer", "kid", "editor", "admin", "partner", "second")
FILM = "Le Fabuleux Destin d'Amélie Poulain"
"""A film of the demo that has a clip to play."""

_CALL_SECONDS = 20.0


class Unexpected(Exception):
    """An answer that is not what a newcomer should see."""


@dataclass(slots=True)
class Newcomer:
    """Who asks: remembers what earlier answers gave."""

    base: str
    tokens: dict[str, str] = field(default_factory=dict)
    film: dict[str, str] = field(default_factory=dict)
    profile_token: str = ""
    manifest_url: str = ""

    def get(self, path: str, **headers: str) -> str:
        """The text of a page of the gateway."""
        return fetched(f"{self.base}{path}", headers=headers)

    def ask(self, query: str, *, persona: str | None = None, **variables: Any) -> dict[str, Any]:
        """The data of an operation that has no errors."""
        headers = {"content-type": "application/json"}
        if persona is not None:
            headers["authorization"] = f"Bearer {self.tokens[persona]}"
        if persona is not None and self.profile_token:
            headers["x-profile-token"] = self.profile_token
        body = json.dumps({"query": query, "variables": variables}).encode()
        answer = json.loads(fetched(f"{self.base}/graphql", body=body, headers=headers))
        expect(not answer.get("errors"), answer)
        data: dict[str, Any] = answer["data"]
        return data

    def metrics(self, port: str) -> None:
        text = fetched(f"http://127.0.0.1:{port}/metrics")
        expect("marquee_operations_total" in text, text[:200])

    def healthy(self) -> None:
        expect(json.loads(self.get("/healthz")) == {"status": "alive"}, "/healthz")
        expect(json.loads(self.get("/readyz")) == {"status": "ready"}, "/readyz")

    def graphiql(self) -> None:
        page = self.get("/graphql", accept="text/html")
        scripts = re.findall(r'src="(/[^"]+\.js)"', page)
        expect(bool(scripts), page)
        for script in scripts:
            expect(len(self.get(script)) > 1000, script)

    def player(self) -> None:
        expect("<html" in self.get("/player", accept="text/html"), "/player")

    def home(self) -> None:
        rails = self.ask("{ home(first: 3) { nodes { name titles(first: 5) { nodes { name } } } } }")["home"]["nodes"]
        expect(len(rails) == 3 and all(rail["titles"]["nodes"] for rail in rails), rails)

    def search(self) -> None:
        query = "query($text: String!) { search(text: $text, first: 5) { nodes { ... on Movie { id name slug } } } }"
        found = self.ask(query, text="amelie")["search"]["nodes"]
        films = [one for one in found if one.get("name") == FILM]
        expect(len(films) == 1, found)
        self.film = films[0]

    def title(self) -> None:
        query = "query($slug: String!) { title(by: { slug: $slug }) { id name } }"
        title = self.ask(query, slug=self.film["slug"])["title"]
        expect(title == {"id": self.film["id"], "name": FILM}, title)

    def sign_in(self, persona: str) -> None:
        port = str(urllib.parse.urlsplit(self.base).port)
        command = [sys.executable, "-m", "gateway", "token", "--as", persona, "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_CALL_SECONDS, check=False)
        expect(done.returncode == 0, done.stderr)
        self.tokens[persona] = done.stdout.strip()
        self.ask("{ __typename }", persona=persona)

    def viewer(self) -> None:
        viewer = self.ask("{ viewer { email profiles { id name locked } } }", persona="viewer")["viewer"]
        expect(viewer["email"] == "viewer@marquee.example", viewer)
        profile = next(one for one in viewer["profiles"] if not one["locked"])
        select = "mutation($input: SelectProfileInput!) { selectProfile(input: $input) { token errors { message } } }"
        selected = self.ask(select, persona="viewer", input={"id": profile["id"]})["selectProfile"]
        expect(bool(selected["token"]), selected)
        self.profile_token = selected["token"]

    def play(self) -> None:
        start = """mutation($input: StartPlaybackInput!) { startPlayback(input: $input) {
            session { delivery { manifestUrl } } errors { code message } } }"""
        device = {"deviceId": str(uuid4()), "deviceName": "selfcheck", "deviceKind": "WEB"}
        started = self.ask(start, persona="viewer", input={"playableId": self.film["id"], **device})["startPlayback"]
        expect(not started["errors"], started)
        self.manifest_url = started["session"]["delivery"]["manifestUrl"]

    def film_arrives(self) -> None:
        """The manifest, the playlist of one quality, and its first segment."""
        rendition = listed(self.manifest_url)[0]
        segment = listed(rendition)[0]
        with opened(segment) as answer:
            content = answer.read()
        expect(len(content) > 1000, f"{segment}: {len(content)} bytes")


def listed(playlist_url: str) -> list[str]:
    """The addresses that an HLS playlist names."""
    text = fetched(playlist_url)
    expect(text.startswith("#EXTM3U"), text)
    return [urllib.parse.urljoin(playlist_url, line) for line in text.splitlines() if line and not line.startswith("#")]


def fetched(url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> str:
    """The text of an answer with status 200."""
    try:
        with opened(url, body=body, headers=headers) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        raise Unexpected(f"{url}: {error.code} {error.read(500).decode(errors='replace')}") from error


def opened(url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Any:
    return urllib.request.urlopen(urllib.request.Request(url, body, dict(headers or {})), timeout=_CALL_SECONDS)


def expect(held: bool, found: object) -> None:
    """Raises Unexpected with what was found instead."""
    if not held:
        raise Unexpected(str(found))


def questions(newcomer: Newcomer, metrics_port: str | None) -> list[tuple[str, Callable[[], None]]]:
    """In the order in which they build on each other."""
    tokens = [(f"token as {persona}", lambda persona=persona: newcomer.sign_in(persona)) for persona in PERSONAS]
    metrics = [("metrics", lambda: newcomer.metrics(metrics_port))] if metrics_port else []
    return [
        ("healthz and readyz", newcomer.healthy),
        ("GraphiQL page", newcomer.graphiql),
        ("player page", newcomer.player),
        ("home", newcomer.home),
        ("search", newcomer.search),
        ("title by its slug", newcomer.title),
        *tokens,
        ("viewer and profile", newcomer.viewer),
        ("start of a film", newcomer.play),
        ("manifest and segment", newcomer.film_arrives),
        *metrics,
    ]
