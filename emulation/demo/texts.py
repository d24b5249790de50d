"""Puts synopses and taglines together from a film's facts: readable sentences, a different mix for each film."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from domain.titles import TextRecord
from emulation.demo.seeds import dice
from emulation.demo.sources import Film
from emulation.demo.vocabulary import COUNTRIES, LANGUAGE_CODES

_AND = {"en": " and ", "de": " und ", "fr": " et ", "es": " y ", "ja": "、"}
_NOUNS = (
    "documentary",
    "western",
    "musical",
    "horror",
    "animation",
    "thriller",
    "comedy",
    "drama",
    "sci-fi",
    "fantasy",
    "romance",
    "adventure",
    "mystery",
    "crime",
    "war",
    "history",
    "biography",
    "sport",
    "family",
    "music",
    "action",
)
"""Which genre of several names the film; the others describe it."""

_LONG, _SHORT, _RICH, _PRAISED, _DIVIDED = 150, 85, 100, 95, range(45, 56)


@cache
def _phrases() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))


def text_of(film: Film, genres: Sequence[str], language: str, elsewhere: str | None = None) -> TextRecord:
    """The film's text in one language; a language without sentences of its own gets names and the year alone.

    `elsewhere` is another film of the same director.
    """
    chance = dice("text", film.id, language)
    phrases = _phrases().get(language, _phrases()["other"])
    facts = _facts(film, genres, language, phrases)
    opening = "openers" if film.cast else "uncast"
    sentences = [chance.choice(phrases[opening]), *_closers(film, phrases, chance)]
    space = "" if language == "ja" else " "
    tagline = _tagline(film, leading(genres), elsewhere, chance) if language == "en" else None
    return TextRecord(
        language=language,
        tagline=tagline and tagline.format_map({**facts, "director": film.directors[0], "elsewhere": elsewhere}),
        synopsis=space.join(sentence.format_map(facts) for sentence in sentences),
    )


def _tagline(film: Film, genre: str, elsewhere: str | None, chance: random.Random) -> str:
    taglines: dict[str, list[str]] = _phrases()["taglines"]
    kind = chance.random()
    if elsewhere and len(film.directors) == 1 and kind < 0.4:
        return chance.choice(taglines["elsewhere"])
    return chance.choice(taglines["facts" if len(film.cast) > 1 and kind > 0.8 else genre])


def leading(genres: Sequence[str]) -> str:
    """The genre that names the film, and gives its pictures their colours."""
    return min((genre for genre in genres if genre in _NOUNS), key=_NOUNS.index)


def _facts(film: Film, genres: Sequence[str], language: str, phrases: Mapping[str, Any]) -> dict[str, Any]:
    noun = phrases["noun"][leading(genres)] if "noun" in phrases else ""
    kind = english_kind(film, genres) if language == "en" else ""
    several = len(film.directors) > 1
    cast = film.cast or ("",)
    return {
        "directors": _listed(film.directors, language),
        "direct": "direct" if several else "directs",
        "bring": "bring" if several else "brings",
        "tell": "tell" if several else "tells",
        "give": "give" if several else "gives",
        "writers": _listed(film.writers, language),
        "cast": _listed(cast[:3], language),
        "lead": cast[0],
        "second": cast[1] if len(cast) > 1 else cast[0],
        "a_kind": kind,
        "A_kind": kind[:1].upper() + kind[1:],
        "Noun": noun,
        "noun": noun if language == "ja" else noun[:1].lower() + noun[1:],
        "countries": _listed(tuple(country.replace("United", "the United") for country in film.countries[:2]), "en"),
        "year": film.year,
        "minutes": film.minutes,
        "oscars": film.oscars,
        "meter": film.meter,
        "gross": int(film.gross),
    }


def _listed(names: Sequence[str], language: str) -> str:
    if language == "ja":
        return "、".join(names)
    return _AND.get(language, ", ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def english_kind(film: Film, genres: Sequence[str]) -> str:
    """What the film is, with an article: "a French crime thriller"."""
    kinds: dict[str, list[str]] = _phrases()["kinds"]
    main = leading(genres)
    others = [genre for genre in genres if genre in kinds and genre != main]
    describing = min(others, key=_NOUNS[::-1].index) if others else None
    home = home_of(film)
    adjective = COUNTRIES[home][1] if home != "United States" else ""
    words = [adjective, kinds[describing][0] if describing else "", kinds[main][1]]
    phrase = " ".join(word for word in words if word)
    return f"{'an' if phrase[0] in 'AEIOaeio' else 'a'} {phrase}"


def home_of(film: Film) -> str:
    """The country that the film is at home in: one that speaks its language, as the data file has them by name."""
    if "English" in film.languages:
        return next((home for home in ("United States", "United Kingdom") if home in film.countries), film.countries[0])
    spoken = {LANGUAGE_CODES.get(language, "") for language in film.languages}
    return next((home for home in film.countries if COUNTRIES[home][2] in spoken), film.countries[0])


def _closers(film: Film, phrases: Mapping[str, Any], chance: random.Random) -> list[str]:
    """One or two further facts, the rarest first, where the language has words for them."""
    told = [
        chance.choice(phrases[name])
        for name, holds in (
            ("oscars", film.oscars > 1),
            ("oscar", film.oscars == 1),
            ("long", film.minutes >= _LONG),
            ("short", film.minutes <= _SHORT),
            ("rich", film.gross >= _RICH),
            ("praised", film.meter >= _PRAISED),
            ("divided", film.meter in _DIVIDED),
            ("abroad", len(film.countries) > 1),
            ("written", bool(film.writers) and film.writers != film.directors),
        )
        if holds and name in phrases
    ]
    return told[: 1 + (chance.random() < 0.6)]
