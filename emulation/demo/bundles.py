"""A title with everything that hangs on it, as records; the loader turns bundles into items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.titles import CreditRecord, EpisodeRecord, ImageKind, ImageRecord, SeasonRecord, TextRecord, TitleRecord
from emulation.demo.blurhash import gradient_hash
from emulation.demo.palettes import palette_of

SIZES = {
    ImageKind.POSTER: (1000, 1500),
    ImageKind.BACKDROP: (1920, 1080),
    ImageKind.STILL: (1280, 720),
    ImageKind.PORTRAIT: (800, 800),
}
"""Width and height in pixels of each kind of picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A title, its texts and credits, and for a series its seasons and episodes."""

    title: TitleRecord
    texts: Sequence[TextRecord]
    credits: Sequence[CreditRecord]
    seasons: Sequence[SeasonRecord] = ()
    episodes: Sequence[EpisodeRecord] = ()


def image_of(kind: ImageKind, id_: str, genre: str) -> ImageRecord:
    """The picture that is drawn for an item; `genre` gives it its colours."""
    width, height = SIZES[kind]
    top, bottom = palette_of(id_, genre).sky
    return ImageRecord(
        kind=kind,
        path=f"/art/{kind.value.lower()}/{id_}.svg",
        width=width,
        height=height,
        blurhash=gradient_hash(top, bottom),
    )
