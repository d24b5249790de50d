"""HLS playlists (RFC 8216) as text: a master filtered for one viewer, and media playlists with signed addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from posixpath import dirname, join, normpath

from domain.titles import Quality

HEIGHTS = {Quality.SD: 480, Quality.HD: 720, Quality.FULL_HD: 1080, Quality.UHD: 2160}
"""The tallest picture of each quality, in lines."""

THUMBNAILS = "/thumbnails.vtt"
"""How the address of a thumbnail track ends."""

_SIGNATURE = "\x00"
"""Where a template takes the signed query; no playlist can hold this character."""

_HEIGHT = re.compile(r"RESOLUTION=\d+x(\d+)")
_TYPE = re.compile(r"TYPE=(AUDIO|SUBTITLES)")
_LANGUAGE = re.compile(r'LANGUAGE="([^"]*)"')
_DEFAULT = re.compile(r"DEFAULT=(?:YES|NO),?")
_URI = re.compile(r'URI="([^"]+)"')


def master_for(text: str, *, quality: Quality, audio: Sequence[str] = (), subtitles: Sequence[str] | None = ()) -> str:
    """The master playlist with renditions up to `quality` and the viewer's languages as defaults.

    The lowest rendition always stays. Languages are BCP 47 tags, best first; `subtitles=None` switches them off.
    Children keep their relative addresses.
    """
    lines = text.splitlines()
    limit = _limit(lines, quality)
    chosen = {"AUDIO": _best(lines, "AUDIO", audio), "SUBTITLES": _best(lines, "SUBTITLES", subtitles or ())}
    return "\n".join(_filtered(lines, limit, chosen)) + "\n"


def _limit(lines: Sequence[str], quality: Quality) -> int:
    return max(HEIGHTS[quality], min(_heights(lines), default=0))


def _heights(lines: Sequence[str]) -> Iterator[int]:
    found = (_HEIGHT.search(line) for line in lines if line.startswith("#EXT-X-STREAM-INF:"))
    return (int(match[1]) for match in found if match)


def _best(lines: Sequence[str], kind: str, wanted: Sequence[str]) -> str | None:
    """The first wanted language that a rendition of this kind has; a region falls back to its language."""
    offered = [
        match[1]
        for line in lines
        if line.startswith("#EXT-X-MEDIA:") and f"TYPE={kind}" in line and (match := _LANGUAGE.search(line))
    ]
    for tag in wanted:
        for candidate in (tag, tag.partition("-")[0]):
            if candidate in offered:
                return candidate
    return None


def _filtered(lines: Sequence[str], limit: int, chosen: dict[str, str | None]) -> Iterator[str]:
    skip_address = False
    for line in lines:
        if skip_address and not line.startswith("#"):
            skip_address = False
        elif "-STREAM-INF:" in line and (height := _HEIGHT.search(line)) and int(height[1]) > limit:
            skip_address = line.startswith("#EXT-X-STREAM-INF:")
        elif line.startswith("#EXT-X-MEDIA:") and (kind := _TYPE.search(line)):
            yield _with_default(line, kind[1], chosen[kind[1]])
        else:
            yield line


def _with_default(line: str, kind: str, language: str | None) -> str:
    """DEFAULT on the chosen language; without a choice the master's own audio default stays, subtitles are off."""
    if language is None and kind == "AUDIO":
        return line
    tag = _LANGUAGE.search(line)
    default = "YES" if tag is not None and tag[1] == language else "NO"
    return _DEFAULT.sub("", line).rstrip(",") + f",DEFAULT={default}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The playlists that a master names, as paths below it: those of a quality, and those above it."""

    kept: frozenset[str]
    refused: frozenset[str]

    def scope(self, name: str) -> str:
        """The shallowest folder around a playlist that holds no refused one: "" is the whole film.

        What is signed for it opens nothing above the quality, as long as each rendition has a folder of its own.
        """
        parts = dirname(name).split("/")
        for depth in range(len(parts)):
            folder = "/".join(parts[:depth])
            if not any(other.startswith(f"{folder}/" if folder else "") for other in self.refused):
                return folder
        return dirname(name)

    def scopes(self, *others: str) -> list[str]:
        """The folders that together hold every kept playlist, and `others`, and no refused one."""
        return sorted({self.scope(name) for name in (*self.kept, *others)})


@lru_cache(maxsize=1024)
def ladder(text: str, quality: Quality) -> Ladder:
    """What a master offers up to `quality`, and what it has above."""
    lines = text.splitlines()
    every = frozenset(_named(lines))
    kept = frozenset(_named(_filtered(lines, _limit(lines, quality), {"AUDIO": None, "SUBTITLES": None})))
    return Ladder(kept=kept, refused=every - kept)


def _named(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        found = _URI.findall(line) if line.startswith("#") else [line] if line else []
        yield from (normpath(address) for address in found)


def media_template(text: str, folder_url: str) -> str:
    """A media playlist with every address made absolute under `folder_url`, ready for `signed`."""
    return "\n".join(_absolute(line, folder_url) for line in text.splitlines()) + "\n"


def signed(template: str, query: str) -> str:
    """The playlist of a template with the signed query on every address."""
    return template.replace(_SIGNATURE, f"?{query}")


def unsigned(template: str) -> str:
    """The playlist of a template for a player that shows its cookies instead."""
    return template.replace(_SIGNATURE, "")


def thumbnails_template(text: str, folder_url: str) -> str:
    """A WebVTT track of thumbnails ("sprite.jpg#xywh=0,0,160,90") with absolute addresses, ready for `signed`."""
    return "\n".join(_sprite(line, folder_url) for line in text.splitlines()) + "\n"


def _sprite(line: str, folder_url: str) -> str:
    name, mark, place = line.partition("#xywh=")
    return f"{folder_url}/{name}{_SIGNATURE}{mark}{place}" if mark else line


def _absolute(line: str, folder_url: str) -> str:
    if not line or line.startswith("#EXTINF"):
        return line
    if line.startswith("#"):
        return _URI.sub(lambda match: f'URI="{folder_url}/{match[1]}{_SIGNATURE}"', line)
    return f"{folder_url}/{line}{_SIGNATURE}"


def child_path(folder: str, name: str) -> str | None:
    """The path of a playlist or thumbnail track in a title's folder; None when `name` leaves it or is no such file."""
    path = normpath(join(folder, name))
    inside = path.startswith(f"{folder}/") and "\\" not in name and not name.startswith("/")
    return path if inside and path.endswith((".m3u8", THUMBNAILS)) else None


def folder_of(path: str) -> str:
    """The folder that the relative addresses of a playlist start from."""
    return dirname(path)
