"""The titles a model knows, as arrays: facets to filter by, and content vectors for titles not yet watched."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from recommender.arrays import F32, I32, Mask

EVERYWHERE = "*"
UNRATED = 99  # A title without a rating is refused wherever a limit is set.
LONG_AGO = -36_500.0
PEOPLE_DIMENSIONS = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """n titles: `genres` n x G, `countries` n x C, `content` n x d of length one, `released` in days since 1970."""

    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    kind: I32
    genre_names: tuple[str, ...]
    genres: Mask
    country_names: tuple[str, ...]
    countries: Mask
    maturity: I32
    released: F32
    popularity: F32
    franchise: I32
    content: F32
    index: Mapping[str, int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def allowed(
        self, *, country: str | None, max_maturity: int | None, kinds: Sequence[str] | None, today: float
    ) -> Mask:
        """The titles that may be shown: released by `today` (days since 1970), licensed, suitable, of these kinds."""
        mask: Mask = np.less_equal(self.released, today)
        if country is not None:
            mask &= self._licensed(country)
        if max_maturity is not None:
            mask = np.logical_and(mask, self.maturity <= max_maturity)
        if kinds is not None:
            wanted = [position for position, name in enumerate(self.kinds) if name in kinds]
            mask = np.logical_and(mask, np.isin(self.kind, wanted))
        return mask

    def _licensed(self, country: str) -> Mask:
        columns = [at for at, name in enumerate(self.country_names) if name in (country, EVERYWHERE)]
        return np.asarray(self.countries[:, columns].any(axis=1), np.bool_)

    def rows(self, ids: Iterable[str]) -> list[int]:
        """The positions of those ids that are known, in order."""
        return [self.index[id_] for id_ in ids if id_ in self.index]


def build(records: Sequence[Mapping[str, Any]]) -> Catalogue:
    """A catalogue of {id, kind, genres, countries, maturity, releaseDate, popularity, people[, franchise]}."""
    genre_names = _names(records, "genres")
    genres = _one_hot(records, "genres", genre_names)
    country_names = _names(records, "countries")
    kinds = tuple(sorted({str(record.get("kind", "MOVIE")) for record in records}))
    return assemble(
        ids=tuple(str(record["id"]) for record in records),
        kinds=kinds,
        kind=np.array([kinds.index(str(record.get("kind", "MOVIE"))) for record in records], np.int32),
        genre_names=genre_names,
        genres=genres,
        country_names=country_names,
        countries=_one_hot(records, "countries", country_names),
        maturity=np.array([_maturity(record.get("maturity")) for record in records], np.int32),
        released=np.array([day_of(record.get("releaseDate")) for record in records], np.float32),
        popularity=np.array([float(record.get("popularity") or 0.0) for record in records], np.float32),
        franchise=_franchises(records),
        content=_content(genres, [record.get("people") or () for record in records]),
    )


def assemble(**parts: Any) -> Catalogue:
    """A catalogue from its arrays; the index is derived."""
    return Catalogue(**parts, index={id_: position for position, id_ in enumerate(parts["ids"])})


def read_items(path: Path) -> tuple[list[dict[str, Any]], str]:
    """The records of a JSON lines file, first of each id, and the hash of its bytes."""
    body = path.read_bytes()
    records = {str(record["id"]): record for record in map(json.loads, body.splitlines()) if record}
    return list(records.values()), hashlib.sha256(body).hexdigest()[:16]


def day_of(value: object) -> float:
    """Days since 1970 of an ISO date or time; long ago where there is none."""
    if not isinstance(value, str) or len(value) < 10:
        return LONG_AGO
    return float(date.fromisoformat(value[:10]).toordinal() - date(1970, 1, 1).toordinal())


def seconds_of(value: str) -> float:
    """Unix seconds of an ISO 8601 time with its zone."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value}: a time needs its zone, as in 2026-01-01T00:00:00Z")
    return moment.timestamp()


def _names(records: Sequence[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    return tuple(sorted({str(name) for record in records for name in record.get(key) or ()}))


def _one_hot(records: Sequence[Mapping[str, Any]], key: str, names: Sequence[str]) -> Mask:
    column = {name: at for at, name in enumerate(names)}
    hot = np.zeros((len(records), len(names)), np.bool_)
    for row, record in enumerate(records):
        hot[row, [column[str(name)] for name in record.get(key) or ()]] = True
    return hot


def _maturity(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) else UNRATED


def _franchises(records: Sequence[Mapping[str, Any]]) -> I32:
    numbers: dict[str, int] = {}
    names = (record.get("franchise") for record in records)
    return np.array([numbers.setdefault(str(name), len(numbers)) if name else -1 for name in names], np.int32)


def _content(genres: Mask, people: Sequence[Sequence[object]]) -> F32:
    """Genres and hashed people, each of length one, weighted 2:1."""
    cast = np.zeros((len(people), PEOPLE_DIMENSIONS), np.float32)
    for row, names in enumerate(people):
        for name in names:
            digest = zlib.crc32(str(name).encode())
            cast[row, digest % PEOPLE_DIMENSIONS] += 1.0 if digest & 0x10000 else -1.0
    kinship = np.sqrt(np.float32(2 / 3)) * unit(genres.astype(np.float32))
    return unit(np.hstack([kinship, np.sqrt(np.float32(1 / 3)) * unit(cast)]))


def unit(rows: F32) -> F32:
    """Rows of length one; a zero row stays zero."""
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scaled: F32 = (rows / np.where(length > 0, length, 1)).astype(np.float32)
    return scaled
