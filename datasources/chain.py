"""AWS's default credential chain by botocore alone, which takes half the memory of aiobotocore with its HTTP client."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

from botocore.session import Session

MUST_RENEW_SECONDS = 600
"""Keys that live no longer than this are waited for; botocore renews them five minutes earlier if it can."""


class Chain:
    """The keys of one session, found and renewed in a thread: botocore's providers wait for networks and programs."""

    def __init__(self, session: Any = None) -> None:
        self.session = session or Session()
        self._provider: Any = None
        self._frozen: Any = None
        self._asking: asyncio.Future[Any] | None = None

    async def load(self) -> Chain:
        """Itself; the providers are asked with the first keys."""
        return self

    async def get_frozen_credentials(self) -> Any:
        """The keys as they are now, None where no provider has any; raises what the provider raises.

        Asked by many at once, the providers are asked once. Keys that are good for a while are not waited for.
        """
        if self._provider is not None and not _ends_within(self._provider, None):
            return self._provider.get_frozen_credentials()
        good = self._frozen if not _ends_within(self._provider, MUST_RENEW_SECONDS) else None
        if self._asking is None or self._asking.done():
            self._asking = _beside(self._ask)
        return good or await asyncio.shield(self._asking)

    def _ask(self) -> Any:
        self._provider = self._provider or self.session.get_credentials()
        if self._provider is not None:
            self._frozen = self._provider.get_frozen_credentials()
        return self._frozen


def _ends_within(provider: Any, seconds: int | None) -> bool:
    """Whether temporary keys must be renewed; None stands for the provider's own time to begin with that."""
    needed = getattr(provider, "refresh_needed", None)
    return needed is not None and bool(needed(seconds))


def _beside(work: Any) -> asyncio.Future[Any]:
    """In a thread of its own: one that hangs holds up neither the work of others nor the end of the process."""
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)

    threading.Thread(target=run, name="credentials", daemon=True).start()
    waiting = asyncio.wrap_future(done)
    waiting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # where nobody waited for it
    return waiting
