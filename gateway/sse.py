"""Server-sent events, distinct-connections mode: one operation, `next` for each result, then `complete`.

Lines end with LF alone: clients in the field split events at two of them.
"""

from __future__ import annotations

from gateway.streams import Framing


def event(body: bytes) -> bytes:
    """One result; its JSON has no line breaks."""
    return b"event: next\ndata: " + body + b"\n\n"


EVENTS = Framing(
    content_type=b"text/event-stream; charset=utf-8",
    opening=b":\n\n",
    encode=event,
    heartbeat=b":\n\n",
    end=b"event: complete\ndata:\n\n",
)
