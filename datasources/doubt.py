"""Whether what an operation has read is not to be remembered: a makeshift, or somebody's own.

An answer may be whole in form, without errors, and still be a makeshift: titles left out that could not be read, or
chosen by others than the model. Or it depends on who asks although the field does not, as a node by its id may. Who
keeps answers or pages for others asks here first.
"""

from __future__ import annotations

from contextvars import ContextVar


class _Doubt:
    """One operation's, shared by all of its tasks."""

    __slots__ = ("raised",)

    def __init__(self) -> None:
        self.raised = False


_DOUBT: ContextVar[_Doubt | None] = ContextVar("doubt", default=None)


def begin() -> None:
    """An operation begins; to be called in the task that will keep its answer."""
    _DOUBT.set(_Doubt())


def cast() -> None:
    """Something stands in for what could not be read, or is not the same for everybody."""
    doubt = _DOUBT.get()
    if doubt is not None:
        doubt.raised = True


def raised() -> bool:
    """Whether anything did since the operation began."""
    doubt = _DOUBT.get()
    return doubt is not None and doubt.raised
