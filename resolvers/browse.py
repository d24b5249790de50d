"""Browsing: every title by filter and order."""

from __future__ import annotations

from enum import Enum


class TitleSort(Enum):
    """The order of a list of titles."""

    POPULARITY = "POPULARITY"
    NEWEST = "NEWEST"
    NAME = "NAME"
