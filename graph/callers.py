"""The four kinds of caller for whom budgets, rates and document modes differ."""

from __future__ import annotations

from enum import StrEnum

from domain.viewers import Role, Viewer


class CallerClass(StrEnum):
    """What a caller is to a budget; the names stand in settings, logs and metrics."""

    ANONYMOUS = "anonymous"
    VIEWER = "viewer"
    PARTNER = "partner"
    STAFF = "staff"

    __hash__ = str.__hash__  # Enum's own is Python code, and every request looks up what its caller may do


def caller_class(viewer: Viewer) -> CallerClass:
    """The class of a verified caller: staff before partner before viewer."""
    roles = viewer.roles
    if not roles:
        return CallerClass.ANONYMOUS
    if Role.EDITOR in roles or Role.ADMIN in roles:
        return CallerClass.STAFF
    return CallerClass.PARTNER if Role.PARTNER in roles else CallerClass.VIEWER
