"""Turns the data file's films into records: names, texts, credits, ratings, windows and pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from domain.titles import CreditRecord, CreditRole, ImageKind, MediaRecord, Quality, TitleKind, TitleRecord, TitleStatus
from emulation.demo.bundles import Bundle, image_of
from emulation.demo.licences import STATUSES, publish_at, windows_of
from emulation.demo.ratings import rating_of
from emulation.demo.seeds import dice, slugify, stable_id
from emulation.demo.sources import Film, films, translations
from emulation.demo.texts import home_of, leading, text_of
from emulation.demo.vocabulary import COUNTRIES, LANGUAGE_CODES
from emulation.media import MEDIA

_UNDELIVERED = 0.02
_MEDIA = {"tt0211915": "aurora-1", "tt0062622": "orbit-1"}
"""Films with a clip to play: Amélie and 2001: A Space Odyssey."""

_SEQUELS = ("Redux", "The Return", "Aftermath", "Homecoming", "Night Cut", "A New Season", "The Other Side", "Encore")
_CLASSIC_BEFORE = 1970
_NOIR = range(1940, 1960)
_SUBTITLES = (("en",), ("en", "es"), ("en", "de", "fr"), ("en", "de", "fr", "es", "ja"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A film as it is listed: the film itself, or one of the made-up variants that fill a large catalogue."""

    film: Film
    number: int = 0

    @property
    def title_id(self) -> str:
        return film_id(self.film.id, self.number)


def film_id(source_id: str, number: int = 0) -> str:
    """The id of a film's title; `number` counts its variants from 1."""
    return stable_id("film", source_id, number) if number else stable_id("film", source_id)


DEMO_PLAYABLE: tuple[str, ...] = tuple(film_id(source_id) for source_id in _MEDIA)
"""Titles with media: films whose clips the embedded AWS makes."""


@cache
def ranked() -> tuple[Film, ...]:
    """All films, those with media first and then the most popular."""
    return tuple(sorted(films(), key=lambda film: (film.id not in _MEDIA, -popularity_of(film), film.id)))


def cuts(count: int) -> Iterator[Cut]:
    """That many films: the most popular when there are more, variants of them when there are fewer."""
    known = ranked()
    for place in range(count):
        number, position = divmod(place, len(known))
        film = known[position]
        yield Cut(film=variant(film, number) if number else film, number=number)


def variant(film: Film, number: int) -> Film:
    """A made-up film with the same people, for catalogues larger than the data file."""
    chance = dice("variant", film.id, number)
    return replace(
        film,
        title=f"{film.title}: {chance.choice(_SEQUELS)} {number + 1}",
        year=min(2026, film.year + 2 * number),
        released=None,
        reviews=max(21, film.reviews // (number + 2)),
        minutes=max(60, film.minutes + chance.randrange(-15, 16)),
        oscars=0,
        gross=0.0,
    )


def popularity_of(film: Film) -> float:
    """0..1 from reviews, awards, approval and box office; a pinch of chance keeps ties apart."""
    reach = math.log(film.reviews) / 6
    fame = math.sqrt(film.oscars / 11)
    money = math.log1p(film.gross) / 8
    score = 0.45 * reach + 0.2 * fame + 0.15 * film.meter / 100 + 0.2 * money
    return round(min(0.96, score + dice("popularity", film.id, film.year).random() / 100), 5)


def genres_of(film: Film) -> tuple[str, ...]:
    """Genre ids: the data file's, and those that follow from its facts."""
    genres = [genre.lower() for genre in film.genres]
    if {"romance", "comedy"} <= set(genres):
        genres.append("romantic-comedy")
    if film.year in _NOIR and "crime" in genres and {"thriller", "drama", "mystery"} & set(genres):
        genres.append("film-noir")
    if film.year < _CLASSIC_BEFORE:
        genres.append("classics")
    if "English" not in film.languages:
        genres.append("world-cinema")
    return tuple(genres)


def language_of(film: Film) -> str:
    """The original language: English when it is spoken at home, else what home speaks, else the first."""
    spoken = [LANGUAGE_CODES[language] for language in film.languages if language in LANGUAGE_CODES]
    if "en" in spoken or not spoken:
        return "en"
    at_home = COUNTRIES[home_of(film)][2]
    return at_home if at_home in spoken else spoken[0]


def bundle_of(cut: Cut, today: date, updated_at: datetime, elsewhere: str | None = None) -> Bundle:
    """The film's records; `today` is what its windows are counted from."""
    film, id_ = cut.film, cut.title_id
    genres, original = genres_of(film), language_of(film)
    released = date.fromisoformat(film.released) if film.released else date(film.year, 1, 1)
    title = _title(cut, genres, original, released, today, updated_at)
    return Bundle(
        title=title,
        texts=[text_of(film, genres, language, elsewhere) for language in title.names],
        credits=_credits(film, id_, released),
    )


def names_of(film: Film, original: str) -> dict[str, str]:
    """By language: English, the original (for lack of another, by its English name) and known translations."""
    return {"en": film.title, original: film.title, **translations().get((film.title, film.year), {})}


def _title(
    cut: Cut, genres: tuple[str, ...], original: str, released: date, today: date, updated_at: datetime
) -> TitleRecord:
    film, id_ = cut.film, cut.title_id
    known_as = f"{film.title} {film.year}"
    chance = dice("rights", film.id, cut.number)
    plan_chance = 1.0 if id_ in DEMO_PLAYABLE else chance.random()
    media = _media(film, id_)
    return TitleRecord(
        id=id_,
        kind=TitleKind.MOVIE,
        slug=_slug(cut),
        names=names_of(film, original),
        original_language=original,
        release_date=released,
        maturity=rating_of(film, genres),
        genre_ids=genres,
        images=tuple(image_of(kind, id_, leading(genres)) for kind in (ImageKind.POSTER, ImageKind.BACKDROP)),
        windows=windows_of(known_as, plan_chance, today),
        status=STATUSES.get(known_as, TitleStatus.PUBLISHED),
        version=1,
        updated_at=updated_at,
        popularity=popularity_of(film),
        publish_at=publish_at(known_as, today),
        countries_of_origin=tuple(dict.fromkeys(COUNTRIES[country][0] for country in film.countries)),
        runtime_seconds=film.minutes * 60,
        **_tracks(film, original, media, chance.random()),
        media=media,
    )


def _media(film: Film, id_: str) -> MediaRecord | None:
    """One of the demo clips stands for nearly every film; a few wait for their delivery."""
    version = _MEDIA.get(film.id)
    if version is None:
        chance = dice("delivered", id_).random()
        version = None if chance < _UNDELIVERED else sorted(MEDIA)[chance < 0.5]
    return MEDIA[version] if version else None


def _tracks(film: Film, original: str, media: MediaRecord | None, chance: float) -> dict[str, Any]:
    if media is not None:
        return {
            "max_quality": media.max_quality,
            "audio_languages": media.audio_languages,
            "subtitle_languages": media.subtitle_languages,
        }
    dubbed = ("en",) if original != "en" and chance < 0.3 else ("de",) if chance < 0.25 else ()
    return {
        "max_quality": _quality(film.year, chance),
        "audio_languages": (original, *(language for language in dubbed if language != original)),
        "subtitle_languages": _SUBTITLES[int(chance * len(_SUBTITLES))],
    }


def _quality(year: int, chance: float) -> Quality:
    if year < 1960:
        return Quality.SD if chance < 0.3 else Quality.HD
    return Quality.UHD if chance < 0.35 else Quality.FULL_HD


def _slug(cut: Cut) -> str:
    slug = f"{slugify(cut.film.title)}-{cut.film.year}"
    return f"{slug}-{cut.title_id[:4].lower()}" if cut.number else slug


def _credits(film: Film, title_id: str, released: date) -> list[CreditRecord]:
    roles: Sequence[tuple[CreditRole, Sequence[str]]] = (
        (CreditRole.ACTOR, film.cast),
        (CreditRole.DIRECTOR, film.directors),
        (CreditRole.WRITER, film.writers),
    )
    parts = [(role, name) for role, names in roles for name in dict.fromkeys(names)]
    return [
        CreditRecord(title_id=title_id, person_id=person_id(name), role=role, order=order, release_date=released)
        for order, (role, name) in enumerate(parts)
    ]


@cache
def person_id(name: str) -> str:
    """The data file has no ids for people, so that namesakes are one person."""
    return stable_id("person", name)


def best_known() -> Mapping[str, Sequence[Film]]:
    """Each director's two most popular films, most popular first."""
    found: dict[str, list[Film]] = {}
    for film in ranked():
        for name in film.directors:
            if len(found.setdefault(name, [])) < 2:
                found[name].append(film)
    return found
