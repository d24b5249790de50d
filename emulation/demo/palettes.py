"""Colours of the demo's artwork: a few palettes for each genre, one of them chosen by the item's id."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Palette:
    """`sky` runs from top to bottom; `ink` is for shapes in front, `glow` for light, `paper` for letters."""

    sky: tuple[str, str]
    ink: str
    glow: str
    paper: str


def _palettes(*rows: str) -> tuple[Palette, ...]:
    """Each row is: sky above, sky below, ink, glow, paper."""
    return tuple(Palette((a, b), ink, glow, paper) for a, b, ink, glow, paper in (row.split() for row in rows))


_BY_GENRE = {
    "action": _palettes(
        "#2b0a0d #c8321f #16060a #ffb347 #fff4e6",
        "#0d1b2a #e4572e #081019 #ffc857 #fff6e9",
        "#1a1a2e #b5179e #0b0b17 #f7b801 #fff7ef",
    ),
    "adventure": _palettes(
        "#0b3c49 #f0a44b #07242c #ffe3a3 #fff8ea",
        "#1d3557 #e9c46a #0f1d31 #fff1c9 #fffaf0",
        "#234e3f #e6b566 #10271f #ffeabf #fdf8ee",
    ),
    "animation": _palettes(
        "#3a0ca3 #ff6fa5 #1c0655 #ffe066 #fffafc",
        "#0077b6 #90e0ef #023e5f #fff3b0 #fcffff",
        "#2d6a4f #b7e4a0 #143728 #ffef9f #fbfff4",
    ),
    "biography": _palettes(
        "#2f2a25 #b08968 #191511 #f3d9b1 #fdf7ee",
        "#22333b #9a8c7a #11191d #eadfc8 #faf6ef",
    ),
    "comedy": _palettes(
        "#f25c54 #f7b267 #7a1f2b #fff1d0 #fffaf2",
        "#118ab2 #ffd166 #073b4c #fff6d6 #fffdf5",
        "#6a4c93 #ffa69e #34234b #ffe8c7 #fff9f7",
    ),
    "crime": _palettes(
        "#0a0f1c #34495e #05080f #f2c14e #f4f1ea",
        "#12100e #5e2d25 #080706 #e8a87c #f7efe6",
        "#0b132b #3a506b #060a17 #ff9f68 #eef3f7",
    ),
    "documentary": _palettes(
        "#1f2421 #6b9080 #101311 #f6e7cb #f9fbf7",
        "#243b4a #8fb8c9 #101c24 #fbe8c8 #f7fbfd",
    ),
    "drama": _palettes(
        "#1b1f3b #7b6d8d #0d0f20 #f2c6a0 #f8f4f0",
        "#23202e #a4586a #12101a #f6cfa3 #fbf3ee",
        "#12263a #5c7c8a #08131e #f4d6a0 #f4f8f9",
        "#2a1a1f #9c5c4a #150c0f #f5d2a2 #fbf4ec",
    ),
    "family": _palettes(
        "#3d5a80 #ee9b5c #1c2c42 #ffe9b8 #fffaf1",
        "#4f772d #f4c95d #26390f #fff2c4 #fdfff5",
    ),
    "fantasy": _palettes(
        "#10002b #7b2cbf #08001a #f7c6ff #fbf3ff",
        "#03253b #2a9d8f #011420 #d8f7c6 #f2fffb",
        "#1e1248 #c05299 #0e0724 #ffd9a8 #fff5fb",
    ),
    "history": _palettes(
        "#33241a #b5894f #1a120c #f8e1b0 #fdf6e8",
        "#1f2a33 #8d7b5c #0f161b #f0dcab #f8f3e7",
    ),
    "horror": _palettes(
        "#050505 #4a0d0d #000000 #e63946 #f4e9e6",
        "#070b09 #2f4a3a #020403 #b6e3a1 #ecf4ec",
        "#0a0710 #3b1f4a #040208 #ff7b54 #f3ecf5",
    ),
    "musical": _palettes(
        "#5f0f40 #fb8b24 #2e0720 #ffe5a8 #fff8ef",
        "#240046 #ff5d8f #11002b #ffd6a5 #fff5fa",
    ),
    "mystery": _palettes(
        "#0d1f2d #546a7b #060f17 #f9dc8f #f3f7fa",
        "#1a1423 #5b4a72 #0c0912 #f5d491 #f6f2fa",
    ),
    "romance": _palettes(
        "#6d2e46 #f2a6a0 #33141f #ffe6c9 #fff6f3",
        "#355070 #eaac8b #18263a #fff0d0 #fffaf5",
        "#832161 #f6bc9c #3d0d2d #fff0cf #fff7f4",
    ),
    "sci-fi": _palettes(
        "#03071e #0f6b8f #01030f #7ef9ff #eefcff",
        "#0b0c2a #4361ee #050618 #f9f871 #f1f4ff",
        "#10141f #5f6f8c #06080e #ff9e64 #f1f5fb",
    ),
    "sport": _palettes(
        "#0b3d2e #7fb069 #05211a #fff3b0 #f8fff2",
        "#14213d #fca311 #090f1e #fff0cc #fffaf0",
    ),
    "thriller": _palettes(
        "#0a1014 #2e5266 #04080a #ff6b35 #eff5f7",
        "#14110f #6e2c2c #0a0807 #ffb36b #f8efea",
        "#0b0b0f #434a5e #050507 #9ef01a #f0f3f5",
    ),
    "war": _palettes(
        "#1f241c #7d7a55 #10130d #f2b36b #f6f4e8",
        "#231c17 #8a6b4f #120e0b #ffb86b #f8f1e7",
    ),
    "western": _palettes(
        "#5a2a1a #f0a35e #2c130b #ffe2a8 #fff6e6",
        "#3a1f2b #e08e45 #1c0e15 #ffd98f #fff4e4",
    ),
}
_DEFAULT = "drama"
_SAME = {
    "film-noir": "crime",
    "romantic-comedy": "romance",
    "music": "musical",
    "classics": "drama",
    "world-cinema": "drama",
}


def family_of(genre: str) -> str:
    """The genre whose colours and motifs are used for it."""
    known = _SAME.get(genre, genre)
    return known if known in _BY_GENRE else _DEFAULT


_PEOPLE = ("drama", "adventure", "romance", "mystery", "fantasy", "documentary", "sci-fi", "family")


def genre_of_person(id_: str) -> str:
    """Whose colours a portrait has: chance decides."""
    return _PEOPLE[crc32(id_[::-1].encode()) % len(_PEOPLE)]


def palette_of(id_: str, genre: str) -> Palette:
    """The palette of an item, the same for each of its pictures."""
    choices = _BY_GENRE[family_of(genre)]
    return choices[crc32(id_.encode()) % len(choices)]
