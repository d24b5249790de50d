"""multipart/mixed: the frames of @defer and @stream, and subscriptions for clients that ask for them this way.

Each part is sent with the boundary that follows it, because readers take a part as whole when they see that.
"""

from __future__ import annotations

from gateway.streams import Framing

_PART = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"


def _frame(body: bytes) -> bytes:
    return _PART + body + b"\r\n---"


def _payload(body: bytes) -> bytes:
    return _PART + b'{"payload":' + body + b"}\r\n--graphql"


INCREMENTAL = Framing(
    content_type=b'multipart/mixed; boundary="-"',
    opening=b"\r\n---",
    encode=_frame,
    heartbeat=b"",
    end=b"--\r\n",
)
SUBSCRIPTION = Framing(
    content_type=b'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    opening=b"\r\n--graphql",
    encode=_payload,
    heartbeat=_PART + b"{}\r\n--graphql",
    end=b"--\r\n",
)
