"""The demo's pictures: well-formed, self-contained, legible, and the same for an id each time."""

from __future__ import annotations

import math
import re
from datetime import date
from xml.etree import ElementTree

import pytest

from datasources.catalog_items import decode_person, decode_title
from datasources.catalog_series import decode_episode, decode_season
from domain.titles import ImageKind, ImageRecord
from emulation.demo import load
from emulation.demo.art import render
from emulation.demo.blurhash import gradient_hash
from emulation.demo.bundles import SIZES, image_of
from emulation.demo.captions import captions
from emulation.demo.films import film_id
from emulation.demo.palettes import family_of, palette_of
from emulation.demo.scenes import SCENES
from emulation.demo.serials import episode_id, series_id
from emulation.demo.sources import films
from emulation.demo.vocabulary import GENRES

SVG = "{http://www.w3.org/2000/svg}"
UNKNOWN = "000000000000"


def picture(kind: str, id_: str) -> ElementTree.Element:
    body = render(f"/art/{kind}/{id_}.svg")
    assert body is not None
    return ElementTree.fromstring(body)


def letters(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def images() -> dict[str, ImageRecord]:
    """Every image of a small catalogue by its path."""
    found: list[ImageRecord] = []
    for _, item in load(120, today=date(2026, 11, 23)):
        kind = (item["pk"].partition("#")[0], item["sk"].partition("#")[0])
        if kind == ("T", "META"):
            found += decode_title(item).images
        elif kind == ("T", "S"):
            found += decode_season(item).images
        elif kind == ("T", "E"):
            found += decode_episode(item).images
        elif kind == ("P", "META"):
            found += decode_person(item).images
    return {image.path: image for image in found}


def test_every_image_of_the_catalogue_is_drawn_in_its_size(images: dict[str, ImageRecord]) -> None:
    assert {image.kind for image in images.values()} == set(SIZES)
    for path, image in images.items():
        body = render(path)
        assert body is not None
        root = ElementTree.fromstring(body)
        assert (root.get("width"), root.get("height")) == (str(image.width), str(image.height))


def test_pictures_refer_to_nothing_outside_and_run_nothing(images: dict[str, ImageRecord]) -> None:
    for path in images:
        text = (render(path) or b"").decode()
        assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)|<script|<foreignObject|<image|href|\bon\w+=", text) == []
        assert set(re.findall(r"url\(([^)]*)\)", text)) <= {"#sky", "#shade", "#halo", "#front"}


def test_every_film_of_the_data_file_has_a_poster_with_its_whole_name() -> None:
    for film in films()[::7]:
        shown = letters(picture("poster", film_id(film.id)))
        assert " ".join(shown[:-1]).casefold() == " ".join(film.title.split()).casefold()
        assert shown[-1].endswith(f"· {film.year}")


def test_names_are_escaped() -> None:
    (film,) = [film for film in films() if film.title == "Butch Cassidy and the Sundance Kid"]
    assert picture("poster", film_id(film.id)) is not None
    (ampersand, *_) = [film for film in films() if "&" in film.title]
    body = render(f"/art/poster/{film_id(ampersand.id)}.svg") or b""
    assert b"&amp;" in body
    assert "&" in "".join(letters(ElementTree.fromstring(body)))


def test_letters_stay_within_the_picture(images: dict[str, ImageRecord]) -> None:
    for path, image in images.items():
        for text in ElementTree.fromstring(render(path) or b"").iter(f"{SVG}text"):
            size, x, y = (float(text.get(name, "0")) for name in ("font-size", "x", "y"))
            assert x + len(text.text or "") * size * 0.58 < image.width
            assert size < y < image.height


def test_a_still_says_which_episode_it_is() -> None:
    assert letters(picture("still", episode_id("orbital-decay", 1, 2))) == ["SALVAGE", "ORBITAL DECAY · S1 E2"]


def test_a_backdrop_has_no_letters_and_a_portrait_initials() -> None:
    assert letters(picture("backdrop", series_id("orbital-decay"))) == []
    person = next(id_ for id_, caption in captions().items() if caption.name == "Humphrey Bogart")
    assert letters(picture("portrait", person)) == ["HB"]


def test_the_same_path_is_the_same_picture_and_a_width_changes_nothing() -> None:
    path = f"/art/poster/{series_id('orbital-decay')}.svg"
    assert render(path) == render(path) == render(f"{path}?w=320")


def test_ids_have_pictures_of_their_own() -> None:
    bodies = {render(f"/art/backdrop/{film_id(film.id)}.svg") for film in films()[:200]}
    assert len(bodies) == 200


def test_an_unknown_id_gets_a_picture_without_a_name() -> None:
    assert [text for text in letters(picture("poster", UNKNOWN)) if text] == []


@pytest.mark.parametrize(
    "path",
    [
        "/art/poster/short.svg",
        f"/art/logo/{UNKNOWN}.svg",
        f"/art/poster/{UNKNOWN}.png",
        f"/art/poster/../{UNKNOWN}.svg",
        f"/art/poster/{UNKNOWN}.svg/",
        f"/art/poster/{UNKNOWN}.svg\n",
        "/art/poster/０００００００００００0.svg",
        "",
    ],
)
def test_other_paths_have_no_picture(path: str) -> None:
    assert render(path) is None


def contrast(first: str, second: str) -> float:
    def luminance(colour: str) -> float:
        red, green, blue = (
            share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
            for share in (channel / 255 for channel in bytes.fromhex(colour[1:]))
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def test_letters_stand_out_from_the_shade_beneath_them() -> None:
    palettes = {palette_of(f"{number:012d}", genre) for genre in GENRES for number in range(40)}
    assert min(contrast(palette.paper, palette.ink) for palette in palettes) > 7


def test_every_genre_has_colours_and_scenes() -> None:
    assert {family_of(genre) for genre in GENRES} == set(SCENES)


def decoded(blurhash: str, rows: int) -> list[tuple[int, int, int]]:
    """The colours of a 1 x 3 blurhash from top to bottom, by its published definition."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"

    def number(text: str) -> int:
        value = 0
        for character in text:
            value = value * 83 + digits.index(character)
        return value

    assert divmod(number(blurhash[0]), 9) == (2, 0)
    largest = (number(blurhash[1]) + 1) / 166
    mean = number(blurhash[2:6])
    parts = [[_linear(mean >> shift & 255) for shift in (16, 8, 0)]]
    for at in (6, 8):
        value = number(blurhash[at : at + 2])
        steps = [(step - 9) / 9 for step in (value // 361, value // 19 % 19, value % 19)]
        parts.append([math.copysign(step * step, step) * largest for step in steps])
    colours = []
    for row in range(rows):
        waves = [math.cos(math.pi * wave * row / rows) for wave in range(3)]
        channels = [sum(part[c] * wave for part, wave in zip(parts, waves, strict=True)) for c in range(3)]
        colours.append((_srgb(channels[0]), _srgb(channels[1]), _srgb(channels[2])))
    return colours


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else math.pow((share + 0.055) / 1.055, 2.4)


def _srgb(value: float) -> int:
    share = max(0.0, min(1.0, value))
    return round(255 * (share * 12.92 if share <= 0.0031308 else 1.055 * math.pow(share, 1 / 2.4) - 0.055))


@pytest.mark.parametrize(("top", "bottom"), [("#0d1b2a", "#e4572e"), ("#808080", "#808080"), ("#10002b", "#7b2cbf")])
def test_a_blurhash_decodes_to_its_gradient(top: str, bottom: str) -> None:
    colours = decoded(gradient_hash(top, bottom), 16)
    first, last = bytes.fromhex(top[1:]), bytes.fromhex(bottom[1:])
    for row, colour in enumerate(colours[2:14], start=2):
        wanted = [a + (b - a) * row / 15 for a, b in zip(first, last, strict=True)]
        assert max(abs(one - other) for one, other in zip(colour, wanted, strict=True)) < 45


def test_a_record_carries_the_hash_of_the_sky_that_is_drawn() -> None:
    image = image_of(ImageKind.POSTER, UNKNOWN, "crime")
    assert image.blurhash == gradient_hash(*palette_of(UNKNOWN, "crime").sky)
