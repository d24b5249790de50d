"""Header lines as they are written, and as ASGI wants them."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.middleware.cors import HeaderList


def raw(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The lines of these headers."""
    return b"".join([b"%b: %b\r\n" % pair for pair in pairs])


def pairs_of(lines: bytes) -> HeaderList:
    """The headers in these lines, which are ours."""
    split = [line.partition(b": ") for line in lines.split(b"\r\n")[:-1]]
    return [(name, value) for name, _, value in split]
