"""What was worked out for an audience, remembered for the minute that the audience's clock stands still."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from domain.availability import Audience, Visibility
from domain.titles import TitleRecord

_AUDIENCES = 64
_PAGES = 500


@dataclass(slots=True)
class AudienceMemory:
    """`verdicts` of the visibility rule by title id, with the record they were given for; finished `pages` of lists."""

    verdicts: dict[str, tuple[TitleRecord, Visibility]] = field(default_factory=dict)
    pages: dict[Hashable, Any] = field(default_factory=dict)

    def keep(self, key: Hashable, page: Any) -> None:
        """Keeps a page; when there are too many, all make room."""
        if len(self.pages) >= _PAGES:
            self.pages.clear()
        self.pages[key] = page


class Audiences:
    """The memories of the audiences of the last minutes; callers of one country and rating share one."""

    def __init__(self) -> None:
        self._memories: OrderedDict[Audience, AudienceMemory] = OrderedDict()

    def of(self, audience: Audience) -> AudienceMemory:
        memory = self._memories.get(audience)
        if memory is None:
            memory = self._memories[audience] = AudienceMemory()
            if len(self._memories) > _AUDIENCES:
                self._memories.popitem(last=False)
        return memory

    def forget(self) -> None:
        """The catalogue changed: everything is worked out anew."""
        self._memories.clear()
