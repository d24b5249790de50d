"""The way past ASGI's messages between our server and our application."""

from __future__ import annotations

from weakref import ref

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.heads import Known


class Direct:
    """For what is there already: a head that is known, a body that has arrived, an answer in one piece."""

    __slots__ = ("_cycle", "known")

    def __init__(self, cycle: RequestResponseCycle, known: Known | None = None) -> None:
        # The cycle's scope holds this: with a strong reference back, requests and bodies would wait for the collector.
        self._cycle = ref(cycle)
        self.known = known

    def body(self) -> bytes | None:
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
        if cycle is None or cycle.flow.write_paused or cycle.disconnected or cycle.response_started:
            return False
        if cycle.scope["method"] == "HEAD":
            return False
        cycle.response_started = cycle.response_complete = True
        ours = b"".join([b"%b: %b\r\n" % pair for pair in cycle.default_headers])
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        cycle.transport.writelines((b"".join((STATUS_LINE[status], ours, head, end)), body))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True
