"""Sealed tokens: a small value that a client carries, can neither change nor reuse elsewhere, and that dies in time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_TAG_BYTES = 16


class NotSealed(ValueError):
    """The token was not made with this key and purpose, was changed, or is over its time."""


class Sealer:
    """Seals for one purpose: a token made for another purpose does not open, even with the same `key` (>= 32 bytes)."""

    def __init__(self, key: bytes, purpose: str) -> None:
        if len(key) < 32:
            raise ValueError("a sealing key has at least 32 bytes")
        self._key = hmac.digest(key, purpose.encode(), hashlib.sha256)

    def seal(self, value: Mapping[str, Any], *, expires_at: datetime) -> str:
        """URL-safe text with the value, which must be JSON, and the instant at which it dies."""
        body = json.dumps([int(expires_at.timestamp()), value], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._tag(body) + body).rstrip(b"=").decode()

    def open(self, token: str, now: datetime) -> dict[str, Any]:
        """The sealed value; raises NotSealed."""
        try:
            raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise NotSealed("the token is not readable") from None
        tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(body)):
            raise NotSealed("the token was not made here")
        expires_at, value = json.loads(body)
        if now.timestamp() >= expires_at:
            raise NotSealed("the token is over its time")
        found: dict[str, Any] = value
        return found

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)[:_TAG_BYTES]
