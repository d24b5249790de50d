"""Age ratings of the demo's films: the MPA's where the data file has one, else our own estimate from genre and age."""

from __future__ import annotations

from collections.abc import Sequence

from domain.titles import MaturityRating
from emulation.demo.sources import Film

_MPA = {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18}
_OLD_NAMES = {"GP": "PG", "M": "PG", "M/PG": "PG", "X": "NC-17"}

_ADVISORIES = {
    "horror": "fear",
    "war": "violence",
    "action": "violence",
    "crime": "violence",
    "thriller": "threat",
    "western": "violence",
}

_ADULT = frozenset(
    {
        "Salò, or the 120 Days of Sodom",
        "In the Realm of the Senses",
        "I Stand Alone",
        "Romance",
        "Pola X",
        "The Idiots",
        "El Topo",
        "Audition",
        "High Tension",
        "Funny Games",
        "Tie Me Up! Tie Me Down!",
        "Une liaison pornographique",
        "Matador",
        "The Mother and the Whore",
        "The Act of Killing",
        "Come and See",
        "The Tenant",
        "Zombi 2",
        "The Beyond",
        "Suspiria",
        "Deep Red",
        "Betty Blue",
    }
)
"""Films without a rating in the data file that no estimate from genres would put high enough."""

_GENTLE = frozenset({"family", "animation", "musical", "music"})
_HARSH = frozenset({"horror", "crime", "thriller", "war"})
_PRODUCTION_CODE_ENDS = 1968


def own_rating(age: int, advisories: Sequence[str] = ()) -> MaturityRating:
    """In our own system: "ALL" or the age with a plus."""
    return MaturityRating(
        code=f"{age}+" if age else "ALL", system="Marquee", minimum_age=age, advisories=tuple(advisories)
    )


def rating_of(film: Film, genres: Sequence[str]) -> MaturityRating:
    """The film's rating; `genres` are ids."""
    advisories = tuple(dict.fromkeys(_ADVISORIES[genre] for genre in genres if genre in _ADVISORIES))
    if film.rating:
        code = _OLD_NAMES.get(film.rating, film.rating)
        return MaturityRating(code=code, system="MPA", minimum_age=_MPA[code], advisories=advisories)
    return own_rating(_estimate(film, set(genres)), advisories)


def _estimate(film: Film, genres: set[str]) -> int:
    if film.title in _ADULT:
        return 18
    if genres & _HARSH:
        return 13 if film.year < _PRODUCTION_CODE_ENDS else 16
    if genres & _GENTLE:
        return 7
    if film.year < _PRODUCTION_CODE_ENDS and "English" in film.languages:
        return 10
    return 13
