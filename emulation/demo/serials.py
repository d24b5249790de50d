"""Turns the scripts of our own series into records: title, texts, seasons, episodes and credits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from domain.titles import (
    CreditRecord,
    CreditRole,
    EpisodeRecord,
    ImageKind,
    MediaRecord,
    Quality,
    SeasonRecord,
    TextRecord,
    TitleKind,
    TitleRecord,
    TitleStatus,
)
from emulation.demo.bundles import Bundle, image_of
from emulation.demo.films import person_id
from emulation.demo.licences import windows_of
from emulation.demo.ratings import own_rating
from emulation.demo.seeds import dice, stable_id
from emulation.demo.sources import SeasonScript, SeriesScript, series
from emulation.media import MEDIA

_PLAYABLE_SERIES = "orbital-decay"
_PLAYABLE_EPISODES = 3
_BETWEEN_SEASONS = timedelta(weeks=32)
_MINUTES = {"animation": (11, 24), "comedy": (22, 32), "documentary": (40, 50)}
_DRAMA_MINUTES = (44, 59)
_NO_PLAN_BY_CHANCE = 1.0


def series_id(slug: str) -> str:
    return stable_id("series", slug)


def season_id(slug: str, number: int) -> str:
    return stable_id("season", slug, number)


def episode_id(slug: str, season: int, number: int) -> str:
    return stable_id("episode", slug, season, number)


DEMO_PLAYABLE_EPISODES: tuple[tuple[str, str, str], ...] = tuple(
    (series_id(_PLAYABLE_SERIES), season_id(_PLAYABLE_SERIES, 1), episode_id(_PLAYABLE_SERIES, 1, number))
    for number in range(1, _PLAYABLE_EPISODES + 1)
)
"""Series, season and episode ids of the episodes with media."""


def bundles(today: date, updated_at: datetime) -> Iterator[Bundle]:
    """All series; `today` is what their windows are counted from."""
    for script in series():
        yield bundle_of(script, today, updated_at)


def bundle_of(script: SeriesScript, today: date, updated_at: datetime) -> Bundle:
    id_ = series_id(script.slug)
    return Bundle(
        title=_title(script, id_, today, updated_at),
        texts=[
            TextRecord(language=language, tagline=script.taglines.get(language), synopsis=synopsis)
            for language, synopsis in script.synopses.items()
        ],
        credits=_credits(script, id_),
        seasons=[
            _season(script, id_, number, season, updated_at) for number, season in enumerate(script.seasons, start=1)
        ],
        episodes=[
            episode
            for number, season in enumerate(script.seasons, start=1)
            for episode in _episodes(script, id_, number, season, updated_at)
        ],
    )


def _title(script: SeriesScript, id_: str, today: date, updated_at: datetime) -> TitleRecord:
    return TitleRecord(
        id=id_,
        kind=TitleKind.SERIES,
        slug=script.slug,
        names=script.names,
        original_language=script.language,
        release_date=script.released,
        maturity=own_rating(script.age, script.advisories),
        genre_ids=script.genres,
        images=(image_of(ImageKind.POSTER, id_, script.genres[0]), image_of(ImageKind.BACKDROP, id_, script.genres[0])),
        windows=windows_of(script.names["en"], _NO_PLAN_BY_CHANCE, today),
        status=TitleStatus.PUBLISHED,
        version=1,
        updated_at=updated_at,
        popularity=script.popularity,
        countries_of_origin=script.countries,
        season_count=len(script.seasons),
        episode_count=sum(len(season.episodes) for season in script.seasons),
        max_quality=Quality.UHD,
        audio_languages=_audio(script.language),
        subtitle_languages=tuple(script.names),
    )


def _audio(original: str) -> tuple[str, ...]:
    return (original,) if original == "en" else (original, "en")


def _credits(script: SeriesScript, id_: str) -> list[CreditRecord]:
    return [
        CreditRecord(
            title_id=id_,
            person_id=person_id(part.name),
            role=CreditRole[part.role],
            order=order,
            character=part.character,
            release_date=script.released,
        )
        for order, part in enumerate(script.cast)
    ]


def _released(script: SeriesScript, season: int) -> date:
    return script.released + (season - 1) * _BETWEEN_SEASONS


def _season(script: SeriesScript, id_: str, number: int, season: SeasonScript, updated_at: datetime) -> SeasonRecord:
    own_id = season_id(script.slug, number)
    return SeasonRecord(
        id=own_id,
        series_id=id_,
        number=number,
        names=season.names,
        synopses=season.synopses,
        release_date=_released(script, number),
        episode_count=len(season.episodes),
        images=(image_of(ImageKind.POSTER, own_id, script.genres[0]),),
        version=1,
        updated_at=updated_at,
    )


def _episodes(
    script: SeriesScript, id_: str, season_number: int, season: SeasonScript, updated_at: datetime
) -> Iterator[EpisodeRecord]:
    for number, written in enumerate(season.episodes, start=1):
        own_id = episode_id(script.slug, season_number, number)
        media = _media_of(number)
        yield EpisodeRecord(
            id=own_id,
            series_id=id_,
            season_id=season_id(script.slug, season_number),
            number=number,
            names=written.names,
            synopses=written.synopses,
            original_language=script.language,
            release_date=_released(script, season_number) + timedelta(weeks=number - 1),
            runtime_seconds=_runtime(script, own_id),
            images=(image_of(ImageKind.STILL, own_id, script.genres[0]),),
            version=1,
            updated_at=updated_at,
            max_quality=media.max_quality,
            audio_languages=media.audio_languages,
            subtitle_languages=media.subtitle_languages,
            media=media,
        )


def _media_of(number: int) -> MediaRecord:
    """One of the demo clips stands for every episode."""
    versions = sorted(MEDIA)
    return MEDIA[versions[number % len(versions)]]


def _runtime(script: SeriesScript, own_id: str) -> int:
    low, high = next((_MINUTES[genre] for genre in script.genres if genre in _MINUTES), _DRAMA_MINUTES)
    return dice("runtime", own_id).randrange(low * 60, high * 60)
