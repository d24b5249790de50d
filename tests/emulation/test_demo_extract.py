"""The extract of films: only from the reviewed table, in the right shares, the same bytes each time."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts import extract_films


def row(id_: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "title": f"Film {id_}",
        "year": 1995,
        "released": "1995-12-15",
        "rating": None,
        "runtime": 100.0,
        "genres": "Crime, Drama",
        "directors": "A Director",
        "writers": None,
        "cast": "An Actor, B Actor",
        "languages": "English",
        "countries": "United States",
        "oscars": 0,
        "meter": 80,
        "reviews": 50,
        "gross": None,
        **facts,
    }


@pytest.mark.parametrize("licence", ["CC-BY-NC-4.0", None])
def test_a_wheel_that_does_not_state_cc0_is_refused(tmp_path: Path, licence: str | None) -> None:
    stated = [{"files": ["movies.db"], "license_expression": licence}] if licence else []
    wheel = tmp_path / "wheel.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x.dist-info/licenses/licenses/datasets.json", json.dumps({"datasets": stated}))
        archive.writestr("bokeh_sampledata/_data/movies.db", b"")
    with pytest.raises(SystemExit, match=r"CC0-1\.0"):
        extract_films.read(wheel)


def test_another_table_under_cc0_is_refused_too(tmp_path: Path) -> None:
    stated = [{"files": ["movies.db"], "license_expression": "CC0-1.0"}]
    wheel = tmp_path / "wheel.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x.dist-info/licenses/licenses/datasets.json", json.dumps({"datasets": stated}))
        archive.writestr("bokeh_sampledata/_data/movies.db", b"another")
    with pytest.raises(SystemExit, match="not the reviewed table"):
        extract_films.read(wheel)


@pytest.mark.parametrize(
    "missing",
    [{"runtime": None}, {"genres": ""}, {"cast": ""}, {"reviews": 20}, {"reviews": None}, {"runtime": 12.0}],
)
def test_films_without_all_facts_are_left_out(missing: dict[str, Any]) -> None:
    picked = extract_films.pick([row("whole"), row("partial", **missing)])
    assert [film["id"] for film in picked] == ["whole"]


def test_a_documentary_needs_no_cast() -> None:
    assert len(extract_films.pick([row("a", genres="Documentary", cast="")])) == 1


def test_a_quarter_of_a_decade_is_from_outside_english() -> None:
    rows = [row(f"en{n:04d}", reviews=500) for n in range(500)]
    rows += [row(f"fr{n:04d}", languages="French") for n in range(300)]
    picked = Counter(film["id"][:2] for film in extract_films.pick(rows))
    assert picked == {"en": 300, "fr": 100}


def test_the_best_known_are_billed_first_and_a_passing_director_is_not() -> None:
    cast = "Ann, Bob, Cid, Dee, Eve, Fay, The Director"
    known = Counter({"Eve": 9, "Bob": 5, "The Director": 99})
    film = extract_films.film(row("a", cast=cast, directors="The Director"), known)
    assert film["cast"] == ["Eve", "Bob", "Ann", "Cid", "Dee", "Fay"]


def test_absent_facts_are_left_out_of_a_line() -> None:
    film = extract_films.film(row("a", released="1995-01-01"), Counter())
    assert film == {
        "id": "a",
        "title": "Film a",
        "year": 1995,
        "minutes": 100,
        "genres": ["Crime", "Drama"],
        "directors": ["A Director"],
        "cast": ["An Actor", "B Actor"],
        "languages": ["English"],
        "countries": ["United States"],
        "meter": 80,
        "reviews": 50,
    }


def test_the_file_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    films = [extract_films.film(row("a"), Counter())]
    first, second = tmp_path / "first.gz", tmp_path / "second.gz"
    extract_films.write(films, first)
    extract_films.write(films, second)
    assert first.read_bytes() == second.read_bytes()
    assert [json.loads(line) for line in gzip.decompress(first.read_bytes()).splitlines()] == films
