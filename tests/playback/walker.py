"""A player without a screen: follows an HLS master to every playlist and every file, over real HTTP (RFC 8216)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

_URI = re.compile(r'URI="([^"]+)"')
_HEIGHT = re.compile(r"RESOLUTION=\d+x(\d+)")
PAGE = "https://partner.example"
"""Where the player stands: a web page of another site."""


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Everything that was fetched, by what it is for; addresses are as the player asked for them."""

    master: httpx.Response
    playlists: dict[str, httpx.Response]
    """By path below the master: "video/240p/index.m3u8"."""
    files: list[httpx.Response]

    @property
    def all(self) -> list[httpx.Response]:
        return [self.master, *self.playlists.values(), *self.files]


def addresses(playlist: str) -> Iterator[str]:
    """Every address in a playlist, in its order, as written."""
    for line in playlist.splitlines():
        if line.startswith("#"):
            yield from _URI.findall(line)
        elif line:
            yield line


def heights(master: str) -> list[int]:
    """The pictures' heights that a master offers for playing."""
    return [int(_HEIGHT.findall(line)[0]) for line in master.splitlines() if line.startswith("#EXT-X-STREAM-INF:")]


def walk(client: httpx.Client, manifest_url: str) -> Walk:
    """Plays all of it: each rendition, language and the trick-play track to its end."""
    master = fetch(client, manifest_url)
    names = list(dict.fromkeys(addresses(master.text)))
    playlists = {name: fetch(client, urljoin(manifest_url, name)) for name in names}
    wanted = [urljoin(str(one.url), address) for one in playlists.values() for address in addresses(one.text)]
    return Walk(master=master, playlists=playlists, files=[fetch(client, url) for url in dict.fromkeys(wanted)])


def sprites(track: httpx.Response) -> list[str]:
    """The picture addresses of a WebVTT thumbnail track."""
    return [line.partition("#xywh=")[0] for line in track.text.splitlines() if "#xywh=" in line]


def fetch(client: httpx.Client, url: str, **headers: str) -> httpx.Response:
    """As a player on a web page of another site asks."""
    return client.get(url, headers={"origin": PAGE, **headers})
