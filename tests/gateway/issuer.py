"""A user pool for tests: real RSA keys, tokens of every kind, and a key server over HTTP that can misbehave."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from ssl import SSLContext
from typing import Any

import jwt
import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from gateway.auth import TrustedPool

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Test"
CLIENT = "web-client"
PARTNER = "partner-client"


@cache
def private_key(kid: str, bits: int = 2048) -> RSAPrivateKey:
    """One key per kid and size; making them is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(name: str, **changes: Any) -> dict[str, Any]:
    """The public half as a pool publishes it."""
    numbers = private_key(name).public_key().public_numbers()
    entry = {"kid": name, "kty": "RSA", "alg": "RS256", "use": "sig", "n": _b64(numbers.n), "e": _b64(numbers.e)}
    return {key: value for key, value in {**entry, **changes}.items() if value is not None}


def _b64(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def claims(**changes: Any) -> dict[str, Any]:
    """A viewer's claims, with changes; None takes one away."""
    now = int(time.time())
    usual = {
        "sub": "sub-1",
        "iss": ISSUER,
        "client_id": CLIENT,
        "token_use": "access",
        "scope": "openid email",
        "username": "vera",
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        "jti": "1",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def partner_claims(**changes: Any) -> dict[str, Any]:
    """A machine's claims: no username, and the client is the subject."""
    usual = {"sub": PARTNER, "client_id": PARTNER, "username": None, "scope": "marquee/catalog:read other/secret"}
    return claims(**{**usual, **changes})


def token(
    payload: dict[str, Any] | None = None, *, kid: str | None = "k1", signed_by: str = "k1", **header: Any
) -> str:
    """A token with these claims; `header` adds to its header."""
    headers = {**({"kid": kid} if kid is not None else {}), **header}
    return jwt.encode(payload or claims(), private_key(signed_by), algorithm="RS256", headers=headers)


def raw_token(header: Any, payload: Any, signature: bytes = b"x" * 256) -> str:
    """A token put together by hand; bytes are taken as they are."""
    parts = [part if isinstance(part, bytes) else orjson.dumps(part) for part in (header, payload, signature)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@dataclass
class KeyServer:
    """Serves `body` with `status` after `delay`; counts the fetches."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    fetches: int = 0

    def publish(self, *kids: str, **changes: Any) -> None:
        """From now on these keys, and no misbehaviour."""
        self.body = orjson.dumps({"keys": [jwk(kid, **changes) for kid in kids]})
        self.status, self.delay, self.headers = 200, 0.0, {}

    async def answer(self, _request: web.Request) -> web.Response:
        self.fetches += 1
        await asyncio.sleep(self.delay)
        return web.Response(body=self.body, status=self.status, headers=self.headers, content_type="application/json")


@asynccontextmanager
async def key_server(tls: SSLContext | None = None) -> AsyncIterator[KeyServer]:
    """A key server on a free port that publishes k1."""
    server = KeyServer()
    server.publish("k1")
    app = web.Application()
    app.router.add_get("/jwks.json", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/jwks.json"
    try:
        yield server
    finally:
        await runner.cleanup()


def pool(url: str, **changes: Any) -> TrustedPool:
    """The pool of ISSUER."""
    usual = {
        "issuer": ISSUER,
        "jwks_url": url,
        "client_ids": frozenset({CLIENT}),
        "partner_client_ids": frozenset({PARTNER}),
    }
    return TrustedPool(**{**usual, **changes})


def groups_that_are_no_list() -> Iterator[object]:
    """What a tampered or odd claim may hold instead of a list of names."""
    yield from ("admin", {"admin": True}, ["admin", 1], [["admin"]], 7, True)
