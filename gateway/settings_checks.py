"""Turns the text of a variable into its value; each refusal is a reason that a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from math import isfinite
from typing import TypeVar
from urllib.parse import urlsplit

from domain.locales import country_code

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FLAGS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}

Word = TypeVar("Word", bound=str)
Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Secret:
    """Text that is not shown with what holds it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text."""
        return self._text


def text(least: int = 0) -> Callable[[str], str]:
    """Any text of so many characters."""

    def read(value: str) -> str:
        if len(value) < least:
            raise ValueError(f"it should have {least} characters or more")
        return value

    return read


def whole(*, least: int | None = None, most: int | None = None) -> Callable[[str], int]:
    """A whole number, bounds included."""

    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError("it should be a valid integer") from None
        return _bounded(number, least, most)

    return read


def number(
    *, least: float | None = None, above: float | None = None, most: float | None = None
) -> Callable[[str], float]:
    """A number, bounds included but for `above`."""

    def read(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise ValueError("it should be a valid number") from None
        if not isfinite(number):
            raise ValueError("it should be a finite number")
        if above is not None and number <= above:
            raise ValueError(f"it should be greater than {above}")
        return _bounded(number, least, most)

    return read


def _bounded(number: Number, least: float | None, most: float | None) -> Number:
    if least is not None and number < least:
        raise ValueError(f"it should be greater than or equal to {least}")
    if most is not None and number > most:
        raise ValueError(f"it should be less than or equal to {most}")
    return number


def flag(value: str) -> bool:
    """Yes or no, as people write it."""
    found = _FLAGS.get(value.strip().lower())
    if found is None:
        raise ValueError("it should be 'true' or 'false'")
    return found


def word(*words: Word) -> Callable[[str], Word]:
    """One of these words."""
    quoted = [f"'{one}'" for one in words]

    def read(value: str) -> Word:
        found = next((one for one in words if one == value), None)
        if found is None:
            raise ValueError(f"it should be {', '.join(quoted[:-1])} or {quoted[-1]}")
        return found

    return read


def many(value: str) -> tuple[str, ...]:
    """Parts between commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def some(value: str) -> tuple[str, ...]:
    """At least one part between commas."""
    found = many(value)
    if not found:
        raise ValueError("it should have one item or more")
    return found


def base_url(value: str) -> str:
    """An http or https address without a trailing slash; plain http for this machine only."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it must be an address that starts with https://")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("plain http is accepted for 127.0.0.1 and localhost only; use https")
    return value.rstrip("/")


def country(value: str) -> str:
    """ISO 3166-1 alpha-2."""
    return country_code(value)


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses or networks such as 10.0.0.0/8."""
    return tuple(ip_network(item) for item in many(value))


def web_origins(value: str) -> tuple[str, ...]:
    """Origins as a browser sends them: scheme, host and port."""
    return tuple(_origin(item) for item in many(value))


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ValueError(f"{value!r} is not a web origin: scheme, host and port alone, no path and no wildcard")
    return f"{parts.scheme}://{parts.netloc}".lower()


def secret(value: str) -> Secret:
    """Text of at least 32 characters."""
    if len(value) < 32:
        raise ValueError("it must have 32 characters or more")
    return Secret(value)


def hidden(value: str) -> Secret | None:
    """Text that may hold a password; none where it is empty."""
    return Secret(value) if value else None


def hidden_many(value: str) -> tuple[Secret, ...]:
    """Parts between commas that are nobody's business."""
    return tuple(map(Secret, many(value)))


def shares(value: str) -> str:
    """Names with their shares: "AllTraffic=90,challenger=10"."""
    for part in many(value):
        name, _, share = part.partition("=")
        if not name or not share.isdigit():
            raise ValueError(f"{part!r} is not a variant with its share, such as challenger=10")
    return value
