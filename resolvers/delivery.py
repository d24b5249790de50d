"""Delivery of a session: its manifest address or cookies, and the playlists that each fetch checks anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from datasources.delivery import COOKIE_LIFE, Delivery, DeliveryMode
from datasources.edge import LONGEST, gzipped
from datasources.leases import LeaseSource
from domain.accounts import PreferencesRecord
from domain.errors import Forbidden, NotFound
from domain.hls import child_path, master_for
from domain.playback import Protocol, SessionRecord, SessionStatus
from domain.sealed import NotSealed
from domain.titles import MediaRecord, Quality

MASTER = "master.m3u8"
THUMBNAILS_FILE = "trickplay/thumbnails.vtt"
PLAY = "play"
"""The path under the media host that leads to `playlist`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """Signed access to a film; `cookies` are for every path under `cookie_path` of `cookie_domain`."""

    protocol: Protocol
    manifest_url: str
    thumbnails_url: str
    max_quality: Quality
    expires_at: datetime
    cookies: Mapping[str, str]
    cookie_domain: str
    cookie_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A signed cookie with the place that it is for."""

    name: str
    value: str
    domain: str
    path: str


def cookies(delivery: DeliveryRecord) -> list[Cookie]:
    """The delivery's cookies as a player sets them."""
    return [
        Cookie(name=name, value=value, domain=delivery.cookie_domain, path=delivery.cookie_path)
        for name, value in delivery.cookies.items()
    ]


def media_folder(playable: str, media: MediaRecord) -> str:
    """Where the files of a playable lie in the media bucket and under the media host."""
    return f"v/{playable.rpartition('/')[2]}/{media.version}"


async def deliver(
    delivery: Delivery, session: SessionRecord, media: MediaRecord, liked: PreferencesRecord, now: datetime
) -> DeliveryRecord:
    """Access for the session's own device; manifest mode signs nothing yet, that is done when playlists are fetched."""
    folder = media_folder(session.playable, media)
    if delivery.mode is DeliveryMode.COOKIES:
        return await _with_cookies(delivery, session, folder, now)
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
    token = delivery.sealer.seal(facts, expires_at=until)
    return DeliveryRecord(
        protocol=session.protocol,
        manifest_url=f"{delivery.edge.base_url}/{PLAY}/{token}/{MASTER}",
        thumbnails_url=f"{delivery.edge.base_url}/{PLAY}/{token}/{THUMBNAILS_FILE}",
        max_quality=session.quality,
        expires_at=until,
        cookies={},
        cookie_domain="",
        cookie_path="",
    )


async def _with_cookies(delivery: Delivery, session: SessionRecord, folder: str, now: datetime) -> DeliveryRecord:
    until = now + COOKIE_LIFE
    signature = await delivery.edge.private(folder, until, now)
    return DeliveryRecord(
        protocol=session.protocol,
        manifest_url=f"{delivery.edge.base_url}/{folder}/{MASTER}",
        thumbnails_url=f"{delivery.edge.base_url}/{folder}/{THUMBNAILS_FILE}",
        max_quality=session.quality,
        expires_at=until,
        cookies=signature.cookies,
        cookie_domain=delivery.cookie_domain,
        cookie_path=f"/{folder}/",
    )


async def playlist(delivery: Delivery, leases: LeaseSource, token: str, name: str, now: datetime) -> bytes:
    """A gzipped playlist of a live session; one strong read of its lease each time.

    Raises Forbidden for a token that is not ours or whose session is over, NotFound for what is no playlist.
    """
    try:
        facts = delivery.sealer.open(token, now)
    except NotSealed:
        raise Forbidden("This address is not valid. Start playback again.") from None
    path = child_path(facts["f"], name)
    if path is None:
        raise NotFound("There is no such playlist.")
    session = (await leases.of(facts["a"])).seen(facts["s"], now)
    if session is None or session.status is not SessionStatus.ACTIVE:
        raise Forbidden("This stream is over. Start playback again.")
    text = await delivery.store.playlist(path)
    if text is None:
        raise NotFound("There is no such playlist.")
    if name == MASTER:
        return gzipped(_master(text, facts))
    signature = await delivery.edge.folder(facts["f"], timedelta(seconds=facts["d"]), now)
    return await delivery.edge.playlist(path, text, signature, viewer=facts["s"] if delivery.forensic else None)


def _master(text: str, facts: Mapping[str, str | None]) -> str:
    audio, subtitles = facts["au"], facts["su"]
    return master_for(
        text,
        quality=Quality(facts["q"]),
        audio=(audio,) if audio else (),
        subtitles=(subtitles,) if subtitles else None,
    )
