"""Host: which names this service answers to."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.statuses import Case, Rejected


class Hosts:
    """An allow-list; empty allows any. An entry without a port stands for every port."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)

    def check(self, host: bytes | None) -> None:
        """Raises Rejected for a name that is not ours: someone else's page may have been pointed at this address."""
        if not self._allowed:
            return
        name = (host or b"").decode("latin-1").lower()
        if name not in self._allowed and _without_port(name) not in self._allowed:
            raise Rejected(Case.HOST, f"This service does not answer to the host {name[:100]!r}.")


def _without_port(name: str) -> str:
    return name[: name.index("]") + 1] if name.startswith("[") and "]" in name else name.partition(":")[0]
