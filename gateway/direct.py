"""The way past ASGI's messages between our server and our application."""

from __future__ import annotations

import asyncio
from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.lines import raw
from gateway.middleware.cors import HeaderList


class Direct:
    """For a message that was parsed: a body that has arrived, an answer in one piece."""

    __slots__ = ("_cycle",)
    known = None

    def __init__(self, cycle: RequestResponseCycle) -> None:
        # The cycle's scope holds this: with a strong reference back, requests and bodies would wait for the collector.
        self._cycle = ref(cycle)

    def take(self) -> bytes | None:
        """The whole body if it has arrived and nobody has read of it, else None: `receive` has to be asked."""
        cycle = self._cycle()
        if cycle is None or cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue:
            return None
        cycle.flow.resume_reading()
        cycle.message_event.clear()
        body, cycle.body = bytes(cycle.body), bytearray()
        return body

    def write(self, status: int, head: bytes, body: bytes) -> bool:
        """Writes it where nothing stands in the way; uvicorn checks each header and writes twice.

        False when it has to go the usual way. The headers are ours, or were checked where they were taken over.
        """
        cycle = self._cycle()
        if cycle is None or cycle.scope["method"] == "HEAD":
            return False
        return written(cycle, cycle.message_event, status, head, body)


def written(cycle: RequestResponseCycle, event: asyncio.Event | None, status: int, head: bytes, body: bytes) -> bool:
    """Ends the cycle with this answer; False, and nothing is written, where the connection does not take it now."""
    if cycle.flow.write_paused or cycle.disconnected or cycle.response_started:
        return False
    cycle.response_started = cycle.response_complete = True
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    cycle.transport.writelines((b"".join((STATUS_LINE[status], _lines_of(cycle.default_headers), head, end)), body))
    if event is not None:
        event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


_last: tuple[HeaderList, bytes] = ([], b"")


def _lines_of(headers: HeaderList) -> bytes:
    """uvicorn makes a new list of the headers of every answer each second, and changes none."""
    global _last
    if headers is not _last[0]:
        _last = headers, raw(headers)
    return _last[1]
