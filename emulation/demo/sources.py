"""Reads the demo's data files: real films with their facts, their names in other languages, and our own series."""

from __future__ import annotations

import csv
import gzip
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_HERE = Path(__file__).parent
_CODES = ("de", "fr", "es", "ja")


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film as the data file has it; names of languages and countries are English, `gross` is in million dollars."""

    id: str
    title: str
    year: int
    minutes: int
    genres: tuple[str, ...]
    directors: tuple[str, ...]
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    reviews: int
    meter: int = 0
    writers: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    released: str | None = None
    rating: str | None = None
    oscars: int = 0
    gross: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Someone in the credits of a series."""

    name: str
    role: str = "ACTOR"
    character: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeScript:
    """Name and synopsis of an episode by language."""

    names: Mapping[str, str]
    synopses: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonScript:
    """A season as it was written; `names` may be empty."""

    names: Mapping[str, str]
    synopses: Mapping[str, str]
    episodes: tuple[EpisodeScript, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesScript:
    """A series of ours; `age` in years, `popularity` 0..1, `released` the day of the first episode."""

    slug: str
    language: str
    released: date
    genres: tuple[str, ...]
    countries: tuple[str, ...]
    age: int
    popularity: float
    names: Mapping[str, str]
    synopses: Mapping[str, str]
    seasons: tuple[SeasonScript, ...]
    cast: tuple[Part, ...]
    taglines: Mapping[str, str] = field(default_factory=dict)
    advisories: tuple[str, ...] = ()


@cache
def films() -> tuple[Film, ...]:
    """All films, in the order of the data file: by year, then by title."""
    lines = gzip.decompress((_HERE / "films.jsonl.gz").read_bytes()).splitlines()
    return tuple(Film(**_frozen(orjson.loads(line))) for line in lines)


@cache
def translations() -> Mapping[tuple[str, int], Mapping[str, str]]:
    """Names by language for films, by title and year, where they are known; equal names are stated as well."""
    with (_HERE / "names.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {(row["title"], int(row["year"])): _translated(row) for row in rows}


def _translated(row: Mapping[str, str]) -> dict[str, str]:
    names = {code: row[code] or row["title"] for code in _CODES}
    language, _, original = row["original"].partition(":")
    return {**names, language: original} if original else names


@cache
def series() -> tuple[SeriesScript, ...]:
    """Our own series, by slug."""
    files = sorted((_HERE / "series").glob("*.toml"))
    return tuple(_series(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files)


def _series(script: dict[str, Any]) -> SeriesScript:
    language = script["language"]
    script["seasons"] = tuple(_season(season, language) for season in script["seasons"])
    script["cast"] = tuple(Part(**part) for part in script["cast"])
    return SeriesScript(**{**_frozen(script), "released": date.fromisoformat(script["released"])})


def _season(season: Mapping[str, Any], language: str) -> SeasonScript:
    english = season.get("english", [()] * len(season["episodes"]))
    return SeasonScript(
        names=season.get("names", {}),
        synopses=season.get("synopses", {}),
        episodes=tuple(
            _episode(language, written, translated)
            for written, translated in zip(season["episodes"], english, strict=True)
        ),
    )


def _episode(language: str, written: list[Any], english: list[str]) -> EpisodeScript:
    """`written` is name, synopsis and, for some, the German pair."""
    pairs = {language: written[:2]}
    if english:
        pairs["en"] = english
    if len(written) > 2:
        pairs["de"] = written[2]
    return EpisodeScript(
        names={code: pair[0] for code, pair in pairs.items()},
        synopses={code: pair[1] for code, pair in pairs.items()},
    )


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
