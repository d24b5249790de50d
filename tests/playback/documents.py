"""The operations of a player, and what they are asked with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from resolvers.ids import encode_id
from tests.playback.stage import FILM, Person

START = """mutation($input: StartPlaybackInput!) { startPlayback(input: $input) {
  session { id status expiresAt heartbeatSeconds resumeSeconds
    delivery { manifestUrl maxQuality expiresAt cookies { name value domain path } } }
  errors { code message ... on StreamLimitError { limit activeSessions { id deviceName } }
    ... on EntitlementError { reason } } } }"""
BEAT = """mutation($input: HeartbeatPlaybackInput!) { heartbeatPlayback(input: $input) {
  session { id status expiresAt } errors { code message path } } }"""
STOP = """mutation($input: StopPlaybackInput!) { stopPlayback(input: $input) {
  session { status } errors { code message path } } }"""
RENEW = """query($id: ID!) { node(id: $id) { ... on PlaybackSession {
  id status delivery { manifestUrl expiresAt cookies { name value domain path } } } } }"""
CHANGED = "subscription($id: ID!) { playbackChanged(sessionId: $id) { id status } }"


def film(id_: str) -> str:
    """The global id of a film."""
    return encode_id("Movie", id_)


def wish(playable: str = film(FILM), device: str = "tv", **more: Any) -> dict[str, Any]:
    """The variables of a start."""
    named = {"deviceId": device, "deviceName": device.upper(), "deviceKind": "TV"}
    return {"input": {"playableId": playable, **named, **more}}


def started(person: Person, playable: str = film(FILM), device: str = "tv", **more: Any) -> Any:
    """The session of a start that must work."""
    answer = person(START, wish(playable, device, **more))["data"]["startPlayback"]
    assert answer["errors"] == []
    return answer["session"]


def seen(session: Any, position: int = 10) -> dict[str, Any]:
    """The variables of a heartbeat or a stop."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"input": {"sessionId": session["id"], "positionSeconds": position, "observedAt": now}}


def manifest(session: Any) -> str:
    """What the player opens."""
    url: str = session["delivery"]["manifestUrl"]
    return url
