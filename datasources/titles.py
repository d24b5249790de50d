"""Titles as an audience may see them: by id, by slug, with texts and credits. Every path applies the one rule."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from datasources.cache import MISSING
from datasources.catalog import Place, Reader, credits_of
from datasources.catalog_keys import slug_key, text_key, title_key
from domain.locales import best_language
from domain.titles import Audience, CreditRecord, TextRecord, TitleRecord, Visibility, visibility

_GUESSES = 4
"""Languages whose texts are fetched along with a title that is asked for by itself."""

_AUDIENCES = 64

Seen = dict[str, tuple[TitleRecord, Visibility]]
"""What the rule said of each record, by title id."""


class Sightings:
    """What the rule said, remembered for the audiences of the last minutes: callers of one country share it."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Audience, Seen] = OrderedDict()

    def of(self, audience: Audience) -> Seen:
        seen = self._seen.get(audience)
        if seen is None:
            seen = self._seen[audience] = {}
            if len(self._seen) > _AUDIENCES:
                self._seen.popitem(last=False)
        return seen


class TitleSource:
    """The titles that one audience may see."""

    def __init__(self, reader: Reader, audience: Audience, seen: Seen) -> None:
        self._reader = reader
        self._audience = audience
        self._seen = seen

    def visibility(self, title: TitleRecord) -> Visibility:
        """How far this audience sees the record."""
        known = self._seen.get(title.id)
        if known is not None and known[0] is title:
            return known[1]
        verdict = visibility(title, self._audience)
        self._seen[title.id] = (title, verdict)
        return verdict

    def shown(self, record: TitleRecord | Exception | None) -> TitleRecord | Exception | None:
        """What a link to the record leads to: itself, None where the audience may not know of it, or the failure."""
        if isinstance(record, TitleRecord) and self.visibility(record) is Visibility.HIDDEN:
            return None
        return record

    async def by_ids(self, ids: Sequence[str]) -> list[TitleRecord | Exception | None]:
        """In the order of `ids`, None where absent or hidden, an Exception where it could not be read."""
        return [self.shown(record) for record in await self._reader.read([title_key(id_) for id_ in ids])]

    def listed_now(self, ids: Sequence[str]) -> list[TitleRecord] | None:
        """As `listed`, without waiting; None when something must be fetched first."""
        records = self._reader.peek([title_key(id_) for id_ in ids])
        return None if MISSING in records else self._list(records)

    async def listed(self, ids: Sequence[str]) -> list[TitleRecord]:
        """Those that may stand in lists, in the order of `ids`. Raises only when none could be read."""
        return self._list(await self._reader.read([title_key(id_) for id_ in ids]))

    def _list(self, records: Sequence[TitleRecord | Exception | None]) -> list[TitleRecord]:
        shown = [
            record
            for record in records
            if isinstance(record, TitleRecord) and self.visibility(record) is Visibility.LISTED
        ]
        if not shown:
            for record in records:
                if isinstance(record, Exception):
                    raise record
        return shown

    async def page(self, id_: str, languages: Sequence[str]) -> TitleRecord | None:
        """One title, as a page about it wants it: its texts ride along in the same call. Raises what failed."""
        key = title_key(id_)
        (record,) = self._reader.peek([key])
        if record is MISSING:
            guesses = dict.fromkeys(tag for wish in languages for tag in (wish, wish.partition("-")[0]))
            texts = [text_key(id_, tag) for tag in [*guesses][:_GUESSES]]
            (record, *_) = await self._reader.read([key, *texts])
        return _or_raise(self.shown(record))

    async def by_slug(self, slug: str, languages: Sequence[str]) -> TitleRecord | None:
        """As `page`, by the name in the address; a slug that the title has given up leads nowhere."""
        (id_,) = await self._reader.read([slug_key(slug)])
        if isinstance(id_, Exception):
            raise id_
        title = await self.page(id_, languages) if id_ is not None else None
        return title if title is not None and title.slug == slug else None

    async def texts(
        self, titles: Sequence[TitleRecord], languages: Sequence[str]
    ) -> list[TextRecord | Exception | None]:
        """The text of each title in the best language it has."""
        best = [best_language(title.names, languages, title.original_language) for title in titles]
        texts = await self._reader.read([text_key(title.id, tag) for title, tag in zip(titles, best, strict=True)])
        absent = [
            (position, text_key(title.id, title.original_language))
            for position, (title, tag) in enumerate(zip(titles, best, strict=True))
            if texts[position] is None and tag != title.original_language
        ]
        if absent:
            for (position, _), text in zip(absent, await self._reader.read([key for _, key in absent]), strict=True):
                texts[position] = text
        return texts

    async def credits(self, ids: Sequence[str]) -> list[tuple[CreditRecord, ...] | Exception]:
        """All credits of each title in billing order."""
        places: list[Place] = [credits_of(id_) for id_ in ids]
        return await self._reader.read(places)


def _or_raise(record: TitleRecord | Exception | None) -> TitleRecord | None:
    if isinstance(record, Exception):
        raise record
    return record
