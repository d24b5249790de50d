"""People and what they made, without the titles that the audience may not see."""

from __future__ import annotations

from collections.abc import Sequence

from datasources.catalog import Reader, filmography_of
from datasources.catalog_keys import person_key
from datasources.titles import TitleSource
from domain.titles import CreditRecord, PersonRecord


class PersonSource:
    """People by id."""

    def __init__(self, reader: Reader, titles: TitleSource) -> None:
        self._reader = reader
        self._titles = titles

    async def by_ids(self, ids: Sequence[str]) -> list[PersonRecord | Exception | None]:
        return await self._reader.read([person_key(id_) for id_ in ids])

    async def filmographies(self, ids: Sequence[str]) -> list[tuple[CreditRecord, ...] | Exception]:
        """The credits of each person on titles that may stand in lists, newest release first."""
        found: list[tuple[CreditRecord, ...] | Exception]
        found = await self._reader.read([filmography_of(id_) for id_ in ids])
        wanted = dict.fromkeys(c.title_id for one in found if not isinstance(one, Exception) for c in one)
        listed = await self._titles.listed([*wanted])
        return [one if isinstance(one, Exception) else tuple(c for c in one if c.title_id in listed) for one in found]
