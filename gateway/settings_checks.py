"""Turns the text of a variable into its value; each refusal is a reason that a person can act on."""

from __future__ import annotations

from ipaddress import ip_network
from urllib.parse import urlsplit

from domain.locales import country_code

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def many(value: object) -> object:
    """Splits text at commas; anything else is left alone."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def base_url(value: object) -> object:
    """An http or https address without a trailing slash; plain http for this machine only."""
    if not isinstance(value, str):
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it must be an address that starts with https://")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("plain http is accepted for 127.0.0.1 and localhost only; use https")
    return value.rstrip("/")


def country(value: object) -> object:
    """ISO 3166-1 alpha-2."""
    return country_code(value) if isinstance(value, str) else value


def networks(value: object) -> object:
    """Addresses or networks such as 10.0.0.0/8."""
    items = many(value)
    return tuple(ip_network(item) for item in items) if isinstance(items, tuple) else items


def web_origins(value: object) -> object:
    """Origins as a browser sends them: scheme, host and port."""
    items = many(value)
    return tuple(_origin(item) for item in items) if isinstance(items, tuple) else items


def _origin(value: object) -> str:
    parts = urlsplit(value if isinstance(value, str) else "")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ValueError(f"{value!r} is not a web origin: scheme, host and port alone, no path and no wildcard")
    return f"{parts.scheme}://{parts.netloc}".lower()


def secret(value: object) -> object:
    """Text of at least 32 characters."""
    if isinstance(value, str) and len(value) < 32:
        raise ValueError("it must have 32 characters or more")
    return value


def shares(value: object) -> object:
    """Names with their shares: "AllTraffic=90,challenger=10"."""
    for part in many(value) if isinstance(value, str) else ():  # type: ignore[attr-defined]
        name, _, share = part.partition("=")
        if not name or not share.isdigit():
            raise ValueError(f"{part!r} is not a variant with its share, such as challenger=10")
    return value
