"""The pages: GraphiQL at /graphql for a browser, for everyone or for staff, the player at /player, their assets below
/static/; nothing is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from domain.errors import Forbidden, Refused
from gateway.call import Call, content_type
from gateway.faults import refusal_body, refusal_headers
from gateway.lines import raw
from gateway.negotiation import Offer
from gateway.parameters import NAMES
from gateway.requester import Doorman, text_of
from gateway.statuses import case_of
from graph.callers import CallerClass, caller_class

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"
_HTML = b"text/html; charset=utf-8"
_JSON = content_type(b"application/json; charset=utf-8")

_FALLBACK = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Marquee</title>
<style>body{font:16px/1.5 system-ui;max-width:44rem;margin:4rem auto}pre{background:#8882;overflow:auto}</style>
<h1>Marquee</h1>
<p>GraphQL is served here. GraphiQL is not built yet: run <code>make setup</code> (it needs Node 20) and reload.</p>
<p>Until then, ask from a shell:</p>
<pre>curl -s -H 'content-type: application/json' -d '{"query":"{ genres { name } }"}' http://127.0.0.1:8000/graphql</pre>
</html>"""


def wants_page(call: Call, offer: Offer) -> bool:
    """A browser that opens the address, or comes back to it from signing in; never a client with a request."""
    if call.scope["method"] != "GET" or not offer.html or offer.json == "application/graphql-response+json":
        return False
    query: bytes = call.scope["query_string"]
    names = {name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=50)}
    return NAMES.isdisjoint(names)


class Pages:
    """The built pages, with a content policy that allows this origin and the services that the pages talk to.

    With `staff_only` there is no player, and GraphiQL comes with an access token of staff alone: a browser that opens
    the address is given a page to sign in on, which fetches it so.
    """

    def __init__(
        self,
        *,
        identity_urls: Sequence[str | None],
        media_url: str,
        config: dict[str, Any],
        staff_only: bool = False,
        dist: Path = DIST,
    ) -> None:
        self._dist = dist
        self._staff_only = staff_only
        self._config = orjson.dumps(config)
        policy = _policy([_origin(url) for url in identity_urls if url], _origin(media_url)).encode()
        self._headers = [
            (b"content-security-policy", policy),
            (b"cache-control", b"no-store" if staff_only else b"no-cache"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"vary", b"accept, authorization"),
        ]
        self._head = raw([(b"content-type", _HTML), *self._headers])

    async def graphiql(self, call: Call) -> None:
        """GraphiQL, or the way in; a small page that says how to build them, or why this caller is refused."""
        try:
            shown = not self._staff_only or await _is_staff(call)
        except Refused as refusal:
            headers = raw([(b"cache-control", b"no-store"), *refusal_headers(refusal)])
            await call.answer(case_of(refusal).strict, _JSON, refusal_body(refusal), headers)
            return
        await call.answer(200, self._head, self._page("graphiql.html" if shown else "staff.html"))

    def routes(self) -> list[BaseRoute]:
        """What the pages need beside themselves."""
        routes: list[BaseRoute] = [Route("/-/config.json", self._settings)]
        if not self._staff_only:
            routes.append(Route("/player", self._player))
        if self._dist.is_dir():
            routes.append(Mount("/static", Assets(directory=self._dist)))
        return routes

    def _page(self, name: str) -> bytes:
        path = self._dist / name
        return path.read_bytes() if path.is_file() else _FALLBACK

    async def _player(self, _request: object) -> Response:
        headers = {name.decode(): value.decode() for name, value in self._headers}
        return Response(self._page("player.html"), media_type="text/html", headers=headers)

    async def _settings(self, _request: object) -> Response:
        return Response(self._config, media_type="application/json", headers={"cache-control": "no-store"})


async def _is_staff(call: Call) -> bool:
    """False without a token; raises Refused for one that is not accepted, or not of staff."""
    authorization = text_of(call.headers, b"authorization")
    if authorization is None:
        return False
    doorman: Doorman = call.scope["state"]["doorman"]
    viewer, _ = await doorman.identify(authorization, None)
    if caller_class(viewer) is not CallerClass.STAFF:
        raise Forbidden("This page is for editors and admins. Sign in as one of them.")
    return True


class Assets(StaticFiles):
    """Hashed files: kept for a year by whoever fetched them once."""

    def file_response(self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        hashed = "assets" in Path(full_path).parts
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _policy(identity: Sequence[str], media: str) -> str:
    services = " ".join(dict.fromkeys(identity))
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            # The editor and the explorer set style attributes.
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self' data:",
            f"img-src 'self' data: {media}",
            # hls.js makes its subtitle tracks from an empty data: address.
            f"media-src blob: data: {media}",
            "worker-src 'self' blob:",
            f"connect-src 'self' {media} {services}".rstrip(),
            "base-uri 'none'",
            f"form-action 'self' {services}".rstrip(),
            "frame-ancestors 'none'",
        ]
    )
