"""Rankings and hand-made shelves: ids in order, for a country or for everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from datasources import doubt
from datasources.catalog import Reader
from datasources.catalog_keys import ranking_key
from domain.discovery import Ranking

EVERYWHERE = "*"


class RankingSource:
    """Rankings as one country sees them."""

    def __init__(self, reader: Reader, country: str) -> None:
        self._reader = reader
        self._country = country

    async def by_scopes(self, scopes: Sequence[str]) -> list[Ranking | Exception | None]:
        """In the order of `scopes`: the country's own ranking, else the one for everywhere, else None."""
        places = [ranking_key(country, scope) for scope in scopes for country in (self._country, EVERYWHERE)]
        found = await self._reader.read(places)
        if any(isinstance(one, Exception) for one in found):
            doubt.cast()
        return [_first(found[at], found[at + 1]) for at in range(0, len(found), 2)]


def _first(own: Ranking | Exception | None, everywhere: Ranking | Exception | None) -> Ranking | Exception | None:
    return own if isinstance(own, Ranking) or (own is not None and everywhere is None) else everywhere
