"""How the values inside a catalogue item are written: images, windows, ratings, media, instants and word lists.

Values that are always replaced whole are one JSON string each: on the wire they cost one node instead of dozens, and
equal windows and ratings decode to one shared object.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from datasources.dynamodb import Item, Key
from domain.titles import (
    AvailabilityWindow,
    ImageKind,
    ImageRecord,
    Marker,
    MarkerKind,
    MaturityRating,
    MediaRecord,
    PlanTier,
    Quality,
)

# Reading a member from a dict is several times cheaper than calling the enum.
QUALITY = {member.value: member for member in Quality}
_IMAGE_KIND = {member.value: member for member in ImageKind}
_moment = datetime.fromisoformat


def item_of(key: Key, **attributes: Any) -> Item:
    """The item without the attributes that say nothing: None, empty tuples and empty maps."""
    item: Item = {"pk": key[0], "sk": key[1]}
    for name, value in attributes.items():
        if value is not None and value != () and value != {}:
            item[name] = value
    return item


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with a final Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def sortable(moment: datetime) -> str:
    """As `instant`, always to the microsecond, so that texts sort as times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _packed(value: object) -> str | None:
    return orjson.dumps(value).decode() if value else None


def encode_images(images: Iterable[ImageRecord]) -> str | None:
    return _packed([(i.kind.value, i.path, i.width, i.height, i.blurhash) for i in images])


def decode_images(packed: str | None) -> tuple[ImageRecord, ...]:
    if packed is None:
        return ()
    return tuple(
        ImageRecord(kind=_IMAGE_KIND[kind], path=path, width=width, height=height, blurhash=blurhash)
        for kind, path, width, height, blurhash in orjson.loads(packed)
    )


@lru_cache(maxsize=1024)
def encode_windows(windows: tuple[AvailabilityWindow, ...]) -> str | None:
    return _packed(
        [
            (sorted(w.countries), instant(w.starts_at), w.ends_at and instant(w.ends_at), w.minimum_plan.value)
            for w in windows
        ]
    )


@lru_cache(maxsize=1024)
def decode_windows(packed: str | None) -> tuple[AvailabilityWindow, ...]:
    if packed is None:
        return ()
    return tuple(
        AvailabilityWindow(
            countries=frozenset(countries),
            starts_at=_moment(starts),
            ends_at=_moment(ends) if ends else None,
            minimum_plan=PlanTier(plan),
        )
        for countries, starts, ends, plan in orjson.loads(packed)
    )


@lru_cache(maxsize=1024)
def encode_maturity(rating: MaturityRating) -> str:
    return orjson.dumps((rating.code, rating.system, rating.minimum_age, rating.advisories)).decode()


@lru_cache(maxsize=1024)
def decode_maturity(packed: str) -> MaturityRating:
    code, system, minimum_age, advisories = orjson.loads(packed)
    return MaturityRating(code=code, system=system, minimum_age=minimum_age, advisories=tuple(advisories))


def encode_media(media: MediaRecord | None) -> str | None:
    if media is None:
        return None
    return _packed(
        {
            "version": media.version,
            "maxQuality": media.max_quality.value,
            "duration": media.duration_seconds,
            "audio": media.audio_languages,
            "subtitles": media.subtitle_languages,
            "markers": [(m.kind.value, m.start_seconds, m.end_seconds) for m in media.markers],
        }
    )


def decode_media(packed: str | None) -> MediaRecord | None:
    if packed is None:
        return None
    media = orjson.loads(packed)
    return MediaRecord(
        version=media["version"],
        max_quality=QUALITY[media["maxQuality"]],
        duration_seconds=media["duration"],
        audio_languages=tuple(media["audio"]),
        subtitle_languages=tuple(media["subtitles"]),
        markers=tuple(
            Marker(kind=MarkerKind(kind), start_seconds=start, end_seconds=end) for kind, start, end in media["markers"]
        ),
    )


def words(items: Sequence[str]) -> str | None:
    """Tags and ids, which have no spaces."""
    return " ".join(items) or None


def split(words: str | None) -> tuple[str, ...]:
    return tuple(words.split(" ")) if words else ()


@lru_cache(maxsize=1024)
def shared(words: str | None) -> tuple[str, ...]:
    """As `split`, for what many records have in common, such as languages: it is in memory once."""
    return split(words)
