"""Picks the demo's films out of the movie table of the bokeh_sampledata wheel and writes emulation/demo/films.jsonl.gz.

Get the wheel with `pip download --no-deps bokeh_sampledata==2026.1`, then run
`python scripts/extract_films.py bokeh_sampledata-2026.1-py3-none-any.whl`. Only this release is accepted: it is the
first whose table comes from Wikidata under CC0-1.0, and the wheel's own record of that is checked before reading.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sqlite3
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "emulation" / "demo" / "films.jsonl.gz"
LICENCE = "CC0-1.0"
TABLE_SHA256 = "1d9c6a02e488d0354b2309e16130c58820a91ac2ce417e814c5964f9579a65ac"

FILMS_OF_DECADE = {1940: 100, 1950: 170, 1960: 200, 1970: 270, 1980: 330, 1990: 400, 2000: 340, 2010: 190}
"""Without such quotas nine of ten films would be from after 2000, where reviews are counted best."""

WORLD_SHARE = 0.25
"""Of each decade, how many films without English among their languages are taken, if there are so many."""

MAX_CAST, MAX_DIRECTORS, MAX_WRITERS = 6, 2, 2
MIN_REVIEWS = 20

UNCAST = frozenset({"Documentary", "Animation"})
"""Genres whose films may come without a cast: the table leaves voices and the people filmed out."""

_QUERY = """
select o.imdbID as id, o.Title as title, o.Year as year, o.Released as released, o.Rating as rating,
       o.Runtime as runtime, o.Genre as genres, o.Director as directors, o.Writer as writers, o."Cast" as "cast",
       o.Language as languages, o.Country as countries, o.Oscars as oscars, t.Meter as meter, t.Reviews as reviews,
       t.BoxOffice as gross
from omdb o join tomatoes t on t.ID = o.ID
"""

Row = Mapping[str, Any]


def names(text: str | None) -> list[str]:
    """The table's lists are joined by commas."""
    return [name for part in (text or "").split(", ") if (name := part.strip())]


def read(wheel: Path) -> list[Row]:
    """All rows, after checking that the table is the one that its publisher put under CC0."""
    with zipfile.ZipFile(wheel) as archive, tempfile.NamedTemporaryFile(suffix=".db") as table:
        record = next(name for name in archive.namelist() if name.endswith("datasets.json"))
        check_licence(archive.read(record))
        content = archive.read("bokeh_sampledata/_data/movies.db")
        if hashlib.sha256(content).hexdigest() != TABLE_SHA256:
            raise SystemExit("movies.db is not the reviewed table: take bokeh_sampledata 2026.1")
        table.write(content)
        table.flush()
        connection = sqlite3.connect(table.name)
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(_QUERY)]


def check_licence(record: bytes) -> None:
    """Stops unless the wheel itself states CC0 for the movie table."""
    stated = [entry for entry in json.loads(record)["datasets"] if "movies.db" in entry["files"]]
    if [entry["license_expression"] for entry in stated] != [LICENCE]:
        raise SystemExit(f"the wheel does not state {LICENCE} for movies.db: take bokeh_sampledata 2026.1")


def prominence(rows: Iterable[Row]) -> Counter[str]:
    """How well known people are, by the reviews of all their films: the table lists casts by the alphabet."""
    known: Counter[str] = Counter()
    for row in rows:
        for name in names(row["cast"]):
            known[name] += row["reviews"] or 1
    return known


def pick(rows: Iterable[Row]) -> list[Row]:
    """The most reviewed films of each decade that have all facts, a share of them from outside English."""
    complete = [
        row
        for row in rows
        if row["runtime"]
        and row["genres"]
        and (row["cast"] or not UNCAST.isdisjoint(names(row["genres"])))
        and row["directors"]
        and row["languages"]
        and row["countries"]
        and row["reviews"] is not None
        and row["reviews"] > MIN_REVIEWS
        and 40 <= row["runtime"] <= 300
    ]
    complete.sort(key=lambda row: (-row["reviews"] - 40 * row["oscars"], row["id"]))
    return [row for decade, count in FILMS_OF_DECADE.items() for row in of_decade(complete, decade, count)]


def of_decade(rows: list[Row], decade: int, count: int) -> list[Row]:
    mine = [row for row in rows if row["year"] // 10 * 10 == decade]
    world = [row for row in mine if "English" not in row["languages"]][: int(count * WORLD_SHARE)]
    english = [row for row in mine if "English" in row["languages"]][: count - len(world)]
    return sorted(english + world, key=lambda row: (row["year"], row["title"], row["id"]))


def billed(row: Row, known: Counter[str]) -> list[str]:
    """The best known of the cast first; a director who only passes through the picture is left to that credit."""
    cast, directors = names(row["cast"]), set(names(row["directors"]))
    if len(cast) > MAX_CAST:
        cast = [name for name in cast if name not in directors] or cast
    return sorted(dict.fromkeys(cast), key=lambda name: -known[name])[:MAX_CAST]


def film(row: Row, known: Counter[str]) -> dict[str, Any]:
    """One line of the data file; absent facts are left out."""
    directors = names(row["directors"])[:MAX_DIRECTORS]
    facts = {
        "id": row["id"],
        "title": row["title"],
        "year": row["year"],
        "released": row["released"] if not row["released"].endswith("-01-01") else None,
        "rating": row["rating"],
        "minutes": round(row["runtime"]),
        "genres": names(row["genres"]),
        "directors": directors,
        "writers": names(row["writers"])[:MAX_WRITERS],
        "cast": billed(row, known),
        "languages": names(row["languages"])[:4],
        "countries": names(row["countries"])[:4],
        "oscars": row["oscars"] or None,
        "meter": row["meter"],
        "reviews": row["reviews"],
        "gross": row["gross"] and round(row["gross"] / 1e6, 1),
    }
    return {name: value for name, value in facts.items() if value}


def write(films: Iterable[Mapping[str, Any]], target: Path) -> None:
    """Without a time stamp inside, so that the same wheel gives the same bytes."""
    lines = "".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n" for entry in films)
    with (
        target.open("wb") as file,
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9, mtime=0, filename="") as out,
    ):
        out.write(lines.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    rows = read(arguments.wheel)
    known = prominence(rows)
    films = [film(row, known) for row in pick(rows)]
    write(films, arguments.target)
    digest = hashlib.sha256(arguments.target.read_bytes()).hexdigest()
    print(f"{len(films)} films, {arguments.target.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
