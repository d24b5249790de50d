"""Titles as an audience may see them: by id, by slug, with texts and credits. Every path applies the one rule."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from datasources import doubt
from datasources.cache import MISSING
from datasources.catalog import Place, Reader, credits_of
from datasources.catalog_keys import slug_key, text_key, title_key
from domain.availability import Audience, Visibility, permitted, visibility
from domain.locales import best_language
from domain.titles import CreditRecord, TextRecord, TitleRecord

_GUESSES = 4
"""Languages whose texts are fetched along with a title that is asked for by itself."""


class TitleSource:
    """The titles that one audience may see."""

    def __init__(self, reader: Reader, audience: Audience, verdicts: dict[str, tuple[TitleRecord, Visibility]]) -> None:
        self._reader = reader
        self._audience = audience
        self._verdicts = verdicts

    def visibility(self, title: TitleRecord) -> Visibility:
        """How far this audience sees the record."""
        known = self._verdicts.get(title.id)
        if known is not None and known[0] is title:
            return known[1]
        verdict = visibility(title, self._audience)
        self._verdicts[title.id] = (title, verdict)
        return verdict

    def shown(self, record: TitleRecord | Exception | None) -> TitleRecord | Exception | None:
        """What a link to the record leads to: itself, None where the audience may not know of it, or the failure."""
        if isinstance(record, TitleRecord) and self.visibility(record) is Visibility.HIDDEN:
            return None
        return record

    async def by_ids(self, ids: Sequence[str]) -> list[TitleRecord | Exception | None]:
        """In the order of `ids`, None where absent or hidden, an Exception where it could not be read."""
        return [self.shown(record) for record in await self._reader.read([title_key(id_) for id_ in ids])]

    def stored(self, ids: Sequence[str]) -> Awaitable[list[TitleRecord | Exception | None]]:
        """In the order of `ids` whoever asks: for decisions that must tell why something is refused, never to show."""
        return self._reader.read([title_key(id_) for id_ in ids])

    async def kept(self, ids: Sequence[str]) -> list[TitleRecord | Exception | None]:
        """In the order of `ids`, for lists of the viewer's own: licences that ended leave no hole, ratings do."""
        found = await self.stored(ids)
        return [None if isinstance(one, TitleRecord) and not permitted(one, self._audience) else one for one in found]

    async def listed(self, ids: Sequence[str]) -> dict[str, TitleRecord]:
        """Those that may stand in lists, by id. What could not be read is left out; raises only when nothing could."""
        records = await self._reader.read([title_key(id_) for id_ in ids])
        failures = [record for record in records if isinstance(record, Exception)]
        if failures:
            if len(failures) == len(records):
                raise failures[0]
            doubt.cast()
        titles = (record for record in records if isinstance(record, TitleRecord))
        return {title.id: title for title in titles if self.visibility(title) is Visibility.LISTED}

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

    async def all_texts(self, titles: Sequence[TitleRecord]) -> list[tuple[TextRecord, ...] | Exception]:
        """The texts of each title in every language it has a name in."""
        places = [text_key(title.id, tag) for title in titles for tag in title.names]
        found = iter(await self._reader.read(places))
        answers: list[tuple[TextRecord, ...] | Exception] = []
        for title in titles:
            texts = [next(found) for _ in title.names]
            failed = next((text for text in texts if isinstance(text, Exception)), None)
            answers.append(failed or tuple(text for text in texts if text is not None))
        return answers

    async def credits(self, ids: Sequence[str]) -> list[tuple[CreditRecord, ...] | Exception]:
        """All credits of each title in billing order."""
        places: list[Place] = [credits_of(id_) for id_ in ids]
        return await self._reader.read(places)


def _or_raise(record: TitleRecord | Exception | None) -> TitleRecord | None:
    if isinstance(record, Exception):
        raise record
    return record
