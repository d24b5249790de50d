"""Made-up titles for benchmarks: of a realistic shape and size, written by the product's own codec."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from datasources.catalog_items import encode_title
from datasources.dynamo.values import encode_item
from domain.titles import (
    AvailabilityWindow,
    ImageKind,
    ImageRecord,
    MaturityRating,
    MediaRecord,
    Quality,
    TitleKind,
    TitleRecord,
    TitleStatus,
)

Typed = dict[str, Any]
"""An item in DynamoDB's typed JSON."""


def made_up_titles(count: int) -> Iterable[tuple[str, Typed]]:
    """Title cards of a realistic shape and size (about 1.1 kB each), and a partition of 40 rows that are as large."""
    for number in range(count):
        yield "catalog", _title(number)
    for number in range(40):
        yield "catalog", {**_title(number), "pk": {"S": "T#series"}, "sk": {"S": f"E#s1#{number:04}"}}


def _title(number: int) -> Typed:
    moment = datetime(2026, 1, 2, 3, 4, 5, number, UTC)
    pictures = ((ImageKind.POSTER, 1000, 1500), (ImageKind.BACKDROP, 1920, 1080), (ImageKind.LOGO, 800, 300))
    title = TitleRecord(
        id=f"title{number:07}",
        kind=TitleKind.MOVIE,
        slug=f"the-long-way-home-{number}",
        names={"en": "The Long Way Home", "de": "Der lange Weg", "fr": "Le long chemin", "ja": "帰り道"},
        original_language="en",
        release_date=date(1999, 10, 15),
        maturity=MaturityRating(code="PG-13", system="MPA", minimum_age=13, advisories=("violence", "language")),
        genre_ids=("drama", "mystery", "thriller"),
        images=tuple(
            ImageRecord(kind=kind, path=f"/art/{number}.webp", width=width, height=height, blurhash="LEHV6nWB2yk8pyo0")
            for kind, width, height in pictures
        ),
        windows=(AvailabilityWindow(countries=frozenset({"US", "CA", "GB"}), starts_at=moment),),
        status=TitleStatus.PUBLISHED,
        version=7,
        updated_at=moment,
        popularity=7.25,
        countries_of_origin=("US", "GB"),
        runtime_seconds=6720,
        max_quality=Quality.UHD,
        audio_languages=("en", "de", "fr"),
        subtitle_languages=("en", "de", "fr", "es", "it"),
        media=MediaRecord(version="v3", max_quality=Quality.UHD, duration_seconds=6720),
    )
    return encode_item(encode_title(title, feed_sequence=number))
