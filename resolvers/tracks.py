"""What a session offers to hear, to read and to skip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.locales import LANGUAGE_NAMES
from domain.playback import SessionRecord
from domain.titles import EpisodeRecord, MediaRecord, TitleRecord
from resolvers.context import Context
from resolvers.households import preferences_of
from resolvers.watching import playables


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """A language to hear or to read; all of them are inside the manifest."""

    language: str
    label: str
    default: bool
    url: str | None = None
    forced: bool = False
    descriptive: bool = False


async def media_of(ctx: Context, session: SessionRecord) -> MediaRecord | None:
    """The delivered files of what the session plays."""
    playable = (await playables(ctx, [session.playable])).get(session.playable)
    return playable.media if isinstance(playable, TitleRecord | EpisodeRecord) else None


async def audio(ctx: Context, session: SessionRecord) -> list[TrackRecord]:
    """The film's sound, the profile's language first."""
    media, liked = await media_of(ctx, session), await preferences_of(ctx, session.profile_id)
    return _tracks(media.audio_languages if media else (), liked.audio_language or liked.language)


async def subtitles(ctx: Context, session: SessionRecord) -> list[TrackRecord]:
    """The film's subtitles, the profile's language first."""
    media, liked = await media_of(ctx, session), await preferences_of(ctx, session.profile_id)
    return _tracks(media.subtitle_languages if media else (), liked.subtitle_language)


def _tracks(languages: Sequence[str], wanted: str | None) -> list[TrackRecord]:
    ordered = sorted(languages, key=lambda language: language != wanted)
    return [TrackRecord(language=one, label=LANGUAGE_NAMES.get(one, one), default=one == wanted) for one in ordered]
