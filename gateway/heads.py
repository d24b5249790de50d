"""Request heads that came before, byte for byte: what was read in them is not read again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.arrivals import Arrival

HOLDS_SECONDS = 5.0
"""How long what was read in a head holds: the longest that a key which was withdrawn is still believed."""
_HEADS = 4
"""Of one connection. They differ in Content-Length already, and hold tokens."""
_BYTES = 4096
_BODY_BYTES = 65_536
_END = b"\r\n\r\n"
_LEFT_ALONE = frozenset({b"connection", b"expect", b"te", b"trailer", b"transfer-encoding", b"upgrade"})
"""Headers that say how to go on reading or answering: a message with one of them is parsed every time."""


class Known:
    """A head. Its values are shared by all requests that bring it: nobody may change them."""

    __slots__ = ("arrival", "bytes", "headers", "scope", "size", "until")

    def __init__(self, head: bytes, size: int, scope: Mapping[str, Any], until: float) -> None:
        self.bytes = head
        self.size = size
        """Of the message with its body, in bytes."""
        self.scope = {**scope}
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.arrival: Arrival | None = None
        """Who sends it, once that is judged; believed no longer than `until`."""
        self.until = until


class Heads:
    """The last few heads of one connection that came twice; one that comes once, as most do, costs next to nothing."""

    __slots__ = ("_before", "_clock", "_kept")

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._before = b""
        self._kept: list[Known] = []

    def find(self, data: bytes) -> Known | None:
        """What is known of the head, if `data` is a whole message with a known one."""
        size = len(data)
        for known in self._kept:
            if known.size == size and data.startswith(known.bytes):
                if known.until > self._clock():
                    return known
                self._kept.remove(known)
                break
        return None

    def note(self, data: bytes, scope: Mapping[str, Any]) -> None:
        """The parser found one message in `data`, from its first byte to its last."""
        head = data[: data.find(_END, 0, _BYTES) + len(_END)]
        if head != self._before:
            self._before = head
        elif _is_plain(scope, len(data) - len(head)):
            known = Known(head, len(data), scope, self._clock() + HOLDS_SECONDS)
            self._kept = [known, *self._kept[: _HEADS - 1]]

    def forget(self) -> None:
        """They hold bearer tokens: not to be kept where nobody comes."""
        self._before = b""
        self._kept.clear()


def _is_plain(scope: Mapping[str, Any], body: int) -> bool:
    """A POST over HTTP/1.1 whose body is as long as its one Content-Length says, with nothing special about it."""
    headers = dict(scope["headers"])
    return (
        scope["method"] == "POST"
        and scope["http_version"] == "1.1"
        and len(headers) == len(scope["headers"])
        and _LEFT_ALONE.isdisjoint(headers)
        and headers.get(b"content-length") == b"%d" % body
        and body <= _BODY_BYTES
    )
