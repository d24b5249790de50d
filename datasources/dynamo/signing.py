"""Signature Version 4 for DynamoDB's JSON calls, and the clock that it is made by."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from hashlib import sha256
from hmac import digest
from typing import NamedTuple
from urllib.parse import quote, urlsplit

SKEW_SECONDS = 30.0
"""A difference of clocks that cannot be the cause of a refused signature (AWS allows five minutes)."""


class Keys(NamedTuple):
    """Credentials as they are at one moment; `token` for temporary ones."""

    access_key: str
    secret_key: str
    token: str | None


class Clock:
    """This machine's UTC clock, corrected by what the service says its own shows."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now() + self._offset

    def correct(self, date: str) -> bool:
        """Takes over the `Date` header of an answer; False when it cannot be read or says nothing new."""
        try:
            offset = parsedate_to_datetime(date).timestamp() - self._now()
        except (TypeError, ValueError):
            return False
        if abs(offset - self._offset) < SKEW_SECONDS:
            return False
        self._offset = offset
        return True


class Signer:
    """Builds the whole signed head of a POST to one endpoint; what stays the same within a day or second is kept."""

    def __init__(self, endpoint_url: str, region: str, clock: Clock, user_agent: str) -> None:
        url = urlsplit(endpoint_url)
        if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
            raise ValueError(f"not an endpoint: {endpoint_url!r}")
        self.host, self.tls = url.hostname, url.scheme == "https"
        self.port = url.port or (443 if self.tls else 80)
        path = quote(url.path or "/", safe="/~")
        self._authority = _authority(url.hostname, url.port, self.tls)
        self._canonical = f"POST\n{path}\n\nhost:{self._authority}\nx-amz-date:"
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._authority}\r\nUser-Agent: {user_agent}\r\n"
            "Content-Type: application/x-amz-json-1.0\r\nAccept-Encoding: identity\r\n"
        )
        self._region, self._clock = region, clock
        self._second, self._stamp = -1, ""
        self._derived: tuple[str, str, bytes] = ("", "", b"")

    def request(self, operation: str, body: bytes, keys: Keys) -> bytes:
        """The bytes of the whole signed request."""
        stamp = self._time()
        target = f"DynamoDB_20120810.{operation}"
        scope = f"{stamp[:8]}/{self._region}/dynamodb/aws4_request"
        if keys.token is None:
            signed, middle, extra = "host;x-amz-date;x-amz-target", "", ""
        else:
            signed = "host;x-amz-date;x-amz-security-token;x-amz-target"
            middle, extra = f"x-amz-security-token:{keys.token}\n", f"X-Amz-Security-Token: {keys.token}\r\n"
        canonical = f"{self._canonical}{stamp}\n{middle}x-amz-target:{target}\n\n{signed}\n{sha256(body).hexdigest()}"
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = digest(self._signing_key(keys.secret_key, stamp[:8]), to_sign.encode(), "sha256").hex()
        head = (
            f"{self._head}X-Amz-Date: {stamp}\r\nX-Amz-Target: {target}\r\n{extra}"
            f"Authorization: AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _time(self) -> str:
        second = int(self._clock.now())
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        return self._stamp

    def _signing_key(self, secret: str, day: str) -> bytes:
        if self._derived[:2] != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, "dynamodb", "aws4_request"):
                key = digest(key, part.encode(), "sha256")
            self._derived = (secret, day, key)
        return self._derived[2]


def _authority(host: str, port: int | None, tls: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None or port == (443 if tls else 80) else f"{name}:{port}"
