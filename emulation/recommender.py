"""The demo's model server: `python -m emulation.recommender --scale N --dir DIR` becomes the real container's app.

It first writes the demo catalogue as `DIR/items.jsonl`; the app trains a model of it where `DIR/model` has none that
fits. With `--first DIR` a first model is trained there once and copied, so that later starts need not train at all. It
listens on a free loopback port, says which on one line of standard output, and ends with its standard input.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from datasources.catalog_items import decode_credit, decode_title
from datasources.dynamodb import Item
from domain.titles import TitleRecord, TitleStatus

ITEMS, MODEL = "items.jsonl", "model"
_PEOPLE = 8
"""The first of the billing."""


def main(arguments: list[str] | None = None) -> None:
    """Does not return: the process becomes the app."""
    from emulation.demo import load

    parser = argparse.ArgumentParser(prog="python -m emulation.recommender", description=__doc__)
    parser.add_argument("--scale", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--first", type=Path, help="where the first model of these titles is kept between runs")
    options = parser.parse_args(arguments)
    with suppress(OSError):
        os.nice(10)  # the page comes first
    options.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_items((item for _, item in load(options.scale)), options.dir / ITEMS)
    titles = ["--items", str(options.dir / ITEMS)]
    if options.first is not None:
        _first(titles, options.first, options.dir / MODEL)
    command = [sys.executable, "-m", "recommender", "serve", "--host", "127.0.0.1", "--port", "0"]
    command += [*titles, "--model-dir", str(options.dir / MODEL), "--exit-with-stdin"]
    os.execv(sys.executable, command)


def _first(titles: list[str], kept: Path, model: Path) -> None:
    """Copies the first model; when that does not work, because another demo is making it, the app makes its own."""
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "recommender", "ensure", *titles, "--model-dir", str(kept)]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0:
        with suppress(OSError, shutil.Error):
            shutil.copytree(kept, model, dirs_exist_ok=True)


def write_items(items: Iterable[Item], file: Path) -> None:
    """The published titles among items of the catalogue table, one JSON line each, replaced in one step."""
    fresh = file.with_suffix(".new")
    with fresh.open("wb") as opened:
        for line in described(items):
            opened.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    fresh.replace(file)


def described(items: Iterable[Item]) -> Iterator[dict[str, Any]]:
    """Each title as the model knows it; a title's credits follow it among the items."""
    title: TitleRecord | None = None
    people: list[str] = []
    for item in items:
        if item["pk"].startswith("T#") and item["sk"] == "META":
            if title is not None:
                yield _line(title, people)
            found = decode_title(item)
            title, people = (found if found.status is TitleStatus.PUBLISHED else None), []
        elif title is not None and item["pk"] == f"T#{title.id}" and item["sk"].startswith("C#"):
            people.append(decode_credit(item).person_id)
    if title is not None:
        yield _line(title, people)


def _line(title: TitleRecord, people: list[str]) -> dict[str, Any]:
    return {
        "id": title.id,
        "kind": title.kind.value,
        "genres": list(title.genre_ids),
        "countries": sorted({country for window in title.windows for country in window.countries}),
        "maturity": title.maturity.minimum_age,
        "releaseDate": title.release_date.isoformat() if title.release_date else None,
        "popularity": title.popularity,
        "people": [*dict.fromkeys(people)][:_PEOPLE],
    }


if __name__ == "__main__":
    main()
