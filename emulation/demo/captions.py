"""What stands on the demo's pictures: names by id, gathered once from the data files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from emulation.demo.films import film_id, genres_of, person_id
from emulation.demo.palettes import genre_of_person
from emulation.demo.serials import episode_id, season_id, series_id
from emulation.demo.sources import SeriesScript, films, series
from emulation.demo.texts import leading
from emulation.demo.vocabulary import GENRES


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """The letters of a picture: a name in large, and a line such as genre and year in small; `genre` colours it."""

    name: str
    line: str
    genre: str


@cache
def captions() -> Mapping[str, Caption]:
    """By the id of a title, season, episode or person. Made-up variants of films have none."""
    found = dict(_of_films())
    for script in series():
        found.update(_of_series(script))
    return found


def _of_films() -> Iterator[tuple[str, Caption]]:
    for film in films():
        genre = leading(genres_of(film))
        line = f"{GENRES[genre][0]} · {film.year}"
        yield film_id(film.id), Caption(name=film.title, line=line, genre=genre)
        for name in (*film.cast, *film.directors, *film.writers):
            yield _of_person(name)


def _of_person(name: str) -> tuple[str, Caption]:
    id_ = person_id(name)
    return id_, Caption(name=name, line="", genre=genre_of_person(id_))


def _of_series(script: SeriesScript) -> Iterator[tuple[str, Caption]]:
    genre, name = script.genres[0], script.names["en"]
    line = f"{GENRES[genre][0]} · {script.released.year}"
    yield series_id(script.slug), Caption(name=name, line=line, genre=genre)
    for part in script.cast:
        yield _of_person(part.name)
    for number, season in enumerate(script.seasons, start=1):
        yield season_id(script.slug, number), Caption(name=name, line=f"Season {number}", genre=genre)
        for place, episode in enumerate(season.episodes, start=1):
            shown = episode.names.get("en", episode.names[script.language])
            id_ = episode_id(script.slug, number, place)
            yield id_, Caption(name=shown, line=f"{name} · S{number} E{place}", genre=genre)
