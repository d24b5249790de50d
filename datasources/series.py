"""Seasons and episodes; who may see the series may see them, nobody else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeVar

from datasources.catalog import Place, Reader, episode_texts_of, episodes_of, seasons_of
from datasources.catalog_keys import episode_key, episode_text_key, season_key, title_key
from datasources.catalog_series import EpisodeText, with_texts
from datasources.titles import TitleSource
from domain.locales import best_language
from domain.titles import EpisodeRecord, SeasonRecord, TitleRecord

SeasonPath = tuple[str, str]
"""Series id and season id."""

EpisodePath = tuple[str, str, str]
"""Series id, season id and episode id."""

Episodes = tuple[EpisodeRecord, ...]
Texts = tuple[EpisodeText, ...]
Part = TypeVar("Part")

_MERGES = 4000


class Merges:
    """Episodes joined with their texts, remembered as long as both come from the same reads."""

    def __init__(self) -> None:
        self._done: OrderedDict[tuple[int, int], tuple[Episodes, Texts, Episodes]] = OrderedDict()

    def of(self, episodes: Episodes, texts: Texts) -> Episodes:
        """The episodes by number, each with its text; the very same records for the same two reads."""
        key = (id(episodes), id(texts))
        done = self._done.get(key)
        if done is None:
            by_id = {text.episode_id: text for text in texts}
            joined = [with_texts(one, [by_id[one.id]]) if one.id in by_id else one for one in episodes]
            # The inputs are kept beside the result, so that their ids stay theirs.
            done = self._done[key] = (episodes, texts, tuple(sorted(joined, key=_number)))
            if len(self._done) > _MERGES:
                self._done.popitem(last=False)
        return done[2]


class SeriesSource:
    """What belongs to the series that one audience may see."""

    def __init__(self, reader: Reader, titles: TitleSource, merges: Merges) -> None:
        self._reader = reader
        self._titles = titles
        self._merges = merges

    async def seasons(self, series_ids: Sequence[str]) -> list[tuple[SeasonRecord, ...] | Exception]:
        """The seasons of each series by number; the caller has the series, so it may see them."""
        found = await self._reader.read([seasons_of(id_) for id_ in series_ids])
        return [one if isinstance(one, Exception) else tuple(sorted(one, key=_number)) for one in found]

    async def seasons_by_path(self, paths: Sequence[SeasonPath]) -> list[SeasonRecord | Exception | None]:
        """Each with its series in the same call; None where either is absent or the series is hidden."""
        places: list[Place] = [title_key(series) for series, _ in paths]
        places += [season_key(series, season) for series, season in paths]
        found = await self._reader.read(places)
        pairs = zip(found[: len(paths)], found[len(paths) :], strict=True)
        return [self._under(series, season) for series, season in pairs]

    async def episodes(
        self, seasons: Sequence[SeasonPath], languages: Sequence[str]
    ) -> list[Episodes | Exception | None]:
        """The episodes of each season by number, in the best language of the series; None for a hidden series."""
        series = await self._titles.by_ids([series for series, _ in seasons])
        tags = [_translation(one, languages) for one in series]
        places: list[Place] = [episodes_of(*path) for path in seasons]
        places += [episode_texts_of(*path, tag) for path, tag in zip(seasons, tags, strict=True) if tag]
        found = await self._reader.read(places)
        texts = iter(found[len(seasons) :])
        return [
            self._under(one, self._joined(episodes, next(texts) if tag else ()))
            for one, episodes, tag in zip(series, found, tags, strict=False)
        ]

    async def episodes_by_path(
        self, paths: Sequence[EpisodePath], languages: Sequence[str]
    ) -> list[EpisodeRecord | Exception | None]:
        """In the order of `paths`; None where the episode is absent or the series is hidden."""
        series = await self._titles.by_ids([path[0] for path in paths])
        tags = [_translation(one, languages) for one in series]
        places: list[Place] = [episode_key(*path) for path in paths]
        places += [
            episode_text_key(path[0], tag, path[1], path[2]) for path, tag in zip(paths, tags, strict=True) if tag
        ]
        found = await self._reader.read(places)
        texts = iter(found[len(paths) :])
        return [
            self._under(one, _with(episode, next(texts) if tag else None))
            for one, episode, tag in zip(series, found, tags, strict=False)
        ]

    async def stored_episodes(self, paths: Sequence[EpisodePath]) -> list[EpisodeRecord | Exception | None]:
        """In the order of `paths` whoever asks, without texts; as `TitleSource.stored`."""
        return await self._reader.read([episode_key(*path) for path in paths])

    def _under(self, series: TitleRecord | Exception | None, part: Part | Exception | None) -> Part | Exception | None:
        shown = self._titles.shown(series)
        return part if isinstance(shown, TitleRecord) else shown

    def _joined(self, episodes: Episodes | Exception, texts: Texts | Exception) -> Episodes | Exception:
        if isinstance(episodes, Exception):
            return episodes
        return texts if isinstance(texts, Exception) else self._merges.of(episodes, texts)


def _with(
    episode: EpisodeRecord | Exception | None, text: EpisodeText | Exception | None
) -> EpisodeRecord | Exception | None:
    if text is None or not isinstance(episode, EpisodeRecord):
        return episode
    return text if isinstance(text, Exception) else with_texts(episode, [text])


def _translation(series: TitleRecord | Exception | None, languages: Sequence[str]) -> str | None:
    """The language whose episode texts lie beside the episodes; None where their own are the best."""
    if not isinstance(series, TitleRecord):
        return None
    best = best_language(series.names, languages, series.original_language)
    return best if best != series.original_language else None


def _number(part: SeasonRecord | EpisodeRecord) -> int:
    return part.number
