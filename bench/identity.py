"""A user pool for benchmarks: a key server on loopback, and the tokens of one viewer with an active profile."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from bench.dataset import PROFILE
from domain.viewers import ActiveProfile
from gateway.profile_tokens import ProfileTokens

CLIENT = "bench-client"
SECRET = "a secret of the benchmark and of nothing else"
_KID = "bench"
_LIFE = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Where the pool's keys are, and the headers of its one signed-in viewer."""

    issuer: str
    jwks_url: str
    headers: dict[str, str]


@contextmanager
def identity() -> Iterator[Identity]:
    """Serves the keys until the end of the block."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    document = json.dumps({"keys": [_jwk(key)]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    issuer = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield Identity(issuer=issuer, jwks_url=f"{issuer}/jwks.json", headers=_headers(key, issuer))
    finally:
        server.shutdown()
        server.server_close()


def _headers(key: RSAPrivateKey, issuer: str) -> dict[str, str]:
    now = int(time.time())
    claims = {
        "sub": PROFILE.account,
        "iss": issuer,
        "client_id": CLIENT,
        "token_use": "access",
        "scope": "openid email",
        "username": "bench",
        "iat": now,
        "auth_time": now,
        "exp": now + _LIFE,
        "jti": "bench",
    }
    bearer = jwt.encode(claims, key, algorithm="RS256", headers={"kid": _KID})
    active = ActiveProfile(id=PROFILE.profile, kids=False, max_age=18)
    profile = ProfileTokens([SECRET], life_seconds=_LIFE).issue(PROFILE.account, active).token
    return {"authorization": f"Bearer {bearer}", "x-profile-token": profile}


def _jwk(key: RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"kid": _KID, "kty": "RSA", "alg": "RS256", "use": "sig", "n": _b64(numbers.n), "e": _b64(numbers.e)}


def _b64(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")
