"""How much of the C heap is in use, by glibc's own account."""

from __future__ import annotations

import ctypes
from collections.abc import Callable


class _Account(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "used", "free", "keepcost")
    ]


def taken(work: Callable[[], object]) -> int:
    """Bytes that are in use after `work` and were not before, while its result lives; 0 with another C library."""
    account = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if account is None:
        return 0
    account.restype = _Account
    before = account().used
    result = work()
    after: int = account().used
    del result
    return after - before
