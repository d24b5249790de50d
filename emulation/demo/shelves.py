"""Rankings and hand-made shelves of the demo: what is trending, popular and new in a few countries, and by genre."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from zlib import crc32

from domain.availability import availability
from domain.discovery import HOME, Ranking
from domain.titles import AvailabilityStatus, TitleKind, TitleRecord, TitleStatus
from emulation.demo.vocabulary import GENRES, LANGUAGES

EVERYWHERE = "*"
RANKED_COUNTRIES = ("US", "GB", "NL", "BE", "DE", "FR", "ES", "JP", "BR", "IN")
"""Countries with rankings of their own; others see those of everywhere."""

_LENGTHS = {"trending": 100, "popular": 500, "new": 100, "genre": 200, "editorial": 60}
_AT_HOME = 0.25
"""How much nearer to the top a title is in its own country."""

_NORDIC = {"DK", "SE", "NO", "FI", "IS"}

Choice = Callable[[TitleRecord], bool]

_EDITORIAL: dict[str, tuple[tuple[str, str, str, str, str], Choice]] = {
    "originals": (
        ("Only on Marquee", "Nur bei Marquee", "Seulement sur Marquee", "Solo en Marquee", "Marquee独占"),
        lambda title: title.kind is TitleKind.SERIES,
    ),
    "ninety-minutes": (
        (
            "Done in ninety minutes",
            "In neunzig Minuten erzählt",
            "En quatre-vingt-dix minutes",
            "En noventa minutos",
            "90分で観る",
        ),
        lambda title: 0 < title.runtime_seconds <= 90 * 60,
    ),
    "after-midnight": (
        ("After midnight", "Nach Mitternacht", "Après minuit", "Después de medianoche", "真夜中すぎに"),
        lambda title: title.maturity.minimum_age >= 16 and bool({"horror", "thriller"} & set(title.genre_ids)),
    ),
    "whole-family": (
        ("With the whole family", "Mit der ganzen Familie", "En famille", "En familia", "家族みんなで"),
        lambda title: title.maturity.minimum_age <= 8 and bool({"family", "animation"} & set(title.genre_ids)),
    ),
    "nordic-light": (
        ("Nordic light", "Nordlicht", "Lumière du Nord", "Luz del norte", "北欧の光"),
        lambda title: bool(_NORDIC & set(title.countries_of_origin)),
    ),
    "shadows": (
        (
            "Trench coats and shadows",
            "Trenchcoats und Schatten",
            "Imperméables et ombres",
            "Gabardinas y sombras",
            "影とトレンチコート",
        ),
        lambda title: "film-noir" in title.genre_ids,
    ),
    "made-in-japan": (
        ("Made in Japan", "Aus Japan", "Venu du Japon", "Hecho en Japón", "日本の名作"),
        lambda title: "JP" in title.countries_of_origin,
    ),
    "old-futures": (
        ("Futures of the past", "Zukunft von gestern", "Futurs d'hier", "Futuros de ayer", "昨日の未来"),
        lambda title: "sci-fi" in title.genre_ids and title.release_date is not None and title.release_date.year < 1990,
    ),
    "long-evening": (
        ("A long evening", "Ein langer Abend", "Une longue soirée", "Una noche larga", "長い夜に"),
        lambda title: title.runtime_seconds >= 160 * 60,
    ),
}
"""Slug to names (in the order of LANGUAGES) and what belongs on the shelf, most popular first."""

_HOME = (
    "trending",
    "editorial:originals",
    "new",
    "genre:crime",
    "editorial:after-midnight",
    "genre:comedy",
    "editorial:whole-family",
    "popular",
    "editorial:nordic-light",
    "genre:sci-fi",
    "editorial:ninety-minutes",
    "genre:romance",
    "editorial:shadows",
    "genre:documentary",
    "editorial:made-in-japan",
    "genre:western",
    "editorial:old-futures",
    "editorial:long-evening",
)


def rankings(titles: Iterable[TitleRecord], now: datetime) -> Iterator[Ranking]:
    """All rankings of titles that can be watched at that moment."""
    published = [title for title in titles if title.status is TitleStatus.PUBLISHED]
    published.sort(key=lambda title: (-title.popularity, title.id))
    for country in (EVERYWHERE, *RANKED_COUNTRIES):
        shown = [title for title in published if _watchable(title, country, now)]
        yield _ranking(country, "popular", _popular(shown, country), now)
        yield _ranking(country, "trending", _trending(shown, country), now)
    shown = [title for title in published if _watchable(title, EVERYWHERE, now)]
    yield _ranking(EVERYWHERE, "new", sorted(shown, key=_newest_first), now)
    for genre in GENRES:
        yield _ranking(EVERYWHERE, f"genre:{genre}", [title for title in shown if genre in title.genre_ids], now)
    for slug, (names, belongs) in _EDITORIAL.items():
        chosen = [title for title in shown if belongs(title)]
        yield _ranking(EVERYWHERE, f"editorial:{slug}", chosen, now, dict(zip(LANGUAGES, names, strict=True)))
    yield Ranking(country=EVERYWHERE, scope=HOME, title_ids=_HOME, updated_at=now)


def _ranking(
    country: str, scope: str, titles: Sequence[TitleRecord], now: datetime, names: dict[str, str] | None = None
) -> Ranking:
    length = _LENGTHS[scope.partition(":")[0]]
    return Ranking(
        country=country,
        scope=scope,
        title_ids=tuple(title.id for title in titles[:length]),
        updated_at=now,
        names=names or {},
    )


def _watchable(title: TitleRecord, country: str, now: datetime) -> bool:
    return availability(title.windows, country, now).status is AvailabilityStatus.AVAILABLE


def _newest_first(title: TitleRecord) -> tuple[int, str]:
    return (-title.release_date.toordinal() if title.release_date else 0, title.id)


def _popular(titles: Sequence[TitleRecord], country: str) -> list[TitleRecord]:
    def score(title: TitleRecord) -> float:
        return title.popularity + (_AT_HOME if country in title.countries_of_origin and country != "US" else 0)

    return sorted(titles, key=score, reverse=True)


def _trending(titles: Sequence[TitleRecord], country: str) -> list[TitleRecord]:
    """What the week made of popularity: chance moves titles, each country's in its own way."""

    def score(title: TitleRecord) -> float:
        chance = crc32(f"{country}:{title.id}".encode()) / 2**32
        return title.popularity * (0.4 + chance)

    return sorted(_popular(titles, country)[:1000], key=score, reverse=True)
