"""/healthz says that the process lives, /readyz that it wants traffic; neither asks any other system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from gateway.call import Call
from gateway.lines import raw
from gateway.middleware.admission import Gate
from gateway.requester import Doorman

_HEAD = raw([(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")])


@dataclass(slots=True)
class Health:
    """`draining` is set when the process is asked to stop; `gate`, `doorman` and `settled` when it has started."""

    gate: Gate | None = None
    doorman: Doorman | None = None
    settled: Callable[[], bool] = lambda: True
    draining: bool = False

    def reason(self) -> str | None:
        """Why this process wants no traffic, None when it does; a table that is down is down for every process."""
        if self.gate is None or self.doorman is None:
            return "starting"
        if self.draining:
            return "draining"
        if not self.doorman.ready:
            return "no keys of the identity provider yet"
        if not self.settled():
            return "building the search index"
        return "overloaded" if self.gate.overloaded() else None

    async def alive(self, call: Call) -> None:
        """200 as long as the event loop turns."""
        await call.answer(200, _HEAD, b'{"status":"alive"}')

    async def ready(self, call: Call) -> None:
        """200, or 503 with the reason."""
        reason = self.reason()
        body = {"status": "ready"} if reason is None else {"status": "not ready", "reason": reason}
        await call.answer(200 if reason is None else 503, _HEAD, orjson.dumps(body))
