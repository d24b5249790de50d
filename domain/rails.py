"""Rails: the rows of a home page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from domain.recommending import Choice
from domain.titles import Names


class RailKind(Enum):
    """What a row of the home page shows."""

    CONTINUE_WATCHING = "CONTINUE_WATCHING"
    WATCHLIST = "WATCHLIST"
    RECOMMENDED = "RECOMMENDED"
    BECAUSE_YOU_WATCHED = "BECAUSE_YOU_WATCHED"
    TRENDING = "TRENDING"
    NEW = "NEW"
    GENRE = "GENRE"
    EDITORIAL = "EDITORIAL"


class RailSource(Enum):
    """Where the choice of a row's titles came from."""

    MODEL = "MODEL"
    EDITORIAL = "EDITORIAL"
    RANKING = "RANKING"
    PERSONAL = "PERSONAL"
    FALLBACK = "FALLBACK"


@dataclass(frozen=True, slots=True, kw_only=True)
class RailRecord:
    """A row: `scope` is its ranking and its id; `title_ids` are in order, before anyone's visibility is applied.

    `owner` is the pseudonym of the profile that it was made for, `choice` what the model said, and `failure` why the
    titles of a row that belongs on the page cannot be told now. `version` tells the states of a row apart that is the
    same for everyone; None for the others.
    """

    scope: str
    kind: RailKind
    source: RailSource
    title_ids: tuple[str, ...]
    names: Names = field(default_factory=dict)
    owner: str | None = None
    choice: Choice | None = None
    failure: Exception | None = None
    version: tuple[str, datetime] | None = None
