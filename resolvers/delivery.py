"""Delivery of a session: its manifest address or cookies, and the playlists that each fetch checks anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from datasources.delivery import COOKIE_LIFE, Delivery, DeliveryMode
from datasources.edge import LONGEST, gzipped
from datasources.leases import LeaseSource
from domain.accounts import PreferencesRecord
from domain.errors import Forbidden, NotFound
from domain.hls import Ladder, child_path, ladder, master_for, media_template, unsigned
from domain.playback import Protocol, SessionRecord, SessionStatus
from domain.sealed import NotSealed
from domain.titles import MediaRecord, Quality

MASTER = "master.m3u8"
THUMBNAILS_FILE = "trickplay/thumbnails.vtt"
PLAY = "play"
"""The path under the media host that leads to `playlist`."""
_NO_SUCH = "There is no such playlist."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A signed cookie with the place that it is for."""

    name: str
    value: str
    domain: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """Signed access to a film; `cookies` are empty where addresses carry their signature."""

    protocol: Protocol
    manifest_url: str
    thumbnails_url: str
    max_quality: Quality
    expires_at: datetime
    cookies: tuple[Cookie, ...] = ()


def media_folder(playable: str, media: MediaRecord) -> str:
    """Where the files of a playable lie in the media bucket and under the media host."""
    return f"v/{playable.rpartition('/')[2]}/{media.version}"


async def deliver(
    delivery: Delivery, session: SessionRecord, media: MediaRecord, liked: PreferencesRecord, now: datetime
) -> DeliveryRecord:
    """Access for the session's own device; manifest mode signs nothing yet, that is done when playlists are fetched."""
    folder = media_folder(session.playable, media)
    until = now + LONGEST
    facts = {
        "s": session.id,
        "a": session.account,
        "f": folder,
        "d": media.duration_seconds,
        "q": session.quality.value,
        "au": liked.audio_language or liked.language,
        "su": liked.subtitle_language,
    }
    root = f"{delivery.edge.base_url}/{PLAY}/{delivery.sealer.seal(facts, expires_at=until)}"
    record = DeliveryRecord(
        protocol=session.protocol,
        manifest_url=f"{root}/{MASTER}",
        thumbnails_url=f"{root}/{THUMBNAILS_FILE}",
        max_quality=session.quality,
        expires_at=until,
    )
    return await _with_cookies(delivery, record, folder, now) if delivery.mode is DeliveryMode.COOKIES else record


async def _with_cookies(delivery: Delivery, record: DeliveryRecord, folder: str, now: datetime) -> DeliveryRecord:
    """Cookies for every folder that the quality allows: one for the whole film where it allows all of it."""
    until = now + COOKIE_LIFE
    allowed = ladder(await _master_of(delivery, folder), record.max_quality)
    places = ["/".join(filter(None, (folder, scope))) for scope in allowed.scopes(THUMBNAILS_FILE)]
    signatures = await asyncio.gather(*(delivery.edge.private(place, until, now) for place in places))
    cookies = (
        Cookie(name=name, value=value, domain=delivery.cookie_domain, path=f"/{place}/")
        for place, signature in zip(places, signatures, strict=True)
        for name, value in signature.cookies.items()
    )
    thumbnails_url = f"{delivery.edge.base_url}/{folder}/{THUMBNAILS_FILE}"
    return replace(record, thumbnails_url=thumbnails_url, expires_at=until, cookies=tuple(cookies))


async def playlist(delivery: Delivery, leases: LeaseSource, token: str, name: str, now: datetime) -> bytes:
    """A gzipped playlist of a live session; one strong read of its lease each time.

    Raises Forbidden for a token that is not ours, whose session is over or whose quality is lower, NotFound for what
    is no playlist of the film.
    """
    try:
        facts = delivery.sealer.open(token, now)
    except NotSealed:
        raise Forbidden("This address is not valid. Start playback again.") from None
    path = child_path(facts["f"], name)
    if path is None:
        raise NotFound(_NO_SUCH)
    session = (await leases.of(facts["a"])).seen(facts["s"], now)
    if session is None or session.status is not SessionStatus.ACTIVE:
        raise Forbidden("This stream is over. Start playback again.")
    folder, below = facts["f"], path.removeprefix(f"{facts['f']}/")
    master = await _master_of(delivery, folder)
    if below == MASTER:
        return _master(delivery, master, facts)
    return await _child(delivery, ladder(master, Quality(facts["q"])), below, facts, now)


async def _child(delivery: Delivery, allowed: Ladder, below: str, facts: Mapping[str, Any], now: datetime) -> bytes:
    """A playlist below the master, signed for the folders that the session's quality allows."""
    if below in allowed.refused:
        raise Forbidden("This session does not have that quality. Play what its manifest names.")
    text = await delivery.store.playlist(f"{facts['f']}/{below}") if below in {*allowed.kept, THUMBNAILS_FILE} else None
    if text is None:
        raise NotFound(_NO_SUCH)
    place = "/".join(filter(None, (facts["f"], allowed.scope(below))))
    signature = await delivery.edge.folder(place, timedelta(seconds=facts["d"]), now)
    viewer = facts["s"] if delivery.forensic else None
    return await delivery.edge.playlist(f"{facts['f']}/{below}", text, signature, viewer=viewer)


async def _master_of(delivery: Delivery, folder: str) -> str:
    text = await delivery.store.playlist(f"{folder}/{MASTER}")
    if text is None:
        raise NotFound(_NO_SUCH)
    return text


def _master(delivery: Delivery, text: str, facts: Mapping[str, str | None]) -> bytes:
    """The master for one viewer; with cookies its children are the stored ones, which need no rewriting."""
    audio, subtitles = facts["au"], facts["su"]
    made = master_for(
        text,
        quality=Quality(facts["q"]),
        audio=(audio,) if audio else (),
        subtitles=(subtitles,) if subtitles else None,
    )
    if delivery.mode is DeliveryMode.COOKIES:
        made = unsigned(media_template(made, f"{delivery.edge.base_url}/{facts['f']}"))
    return gzipped(made)
