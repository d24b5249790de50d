"""The codec of seasons, episodes and their texts.

An episode's item has its original name and synopsis; each other language is an item beside it, so that a season is
read in one language by two parallel queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from datasources import catalog_keys as keys
from datasources.catalog_values import (
    QUALITY,
    decode_images,
    decode_media,
    encode_images,
    encode_media,
    instant,
    item_of,
    shared,
    words,
)
from datasources.dynamodb import Item
from domain.titles import EpisodeRecord, SeasonRecord

_day = date.fromisoformat
_moment = datetime.fromisoformat


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeText:
    """An episode's name and synopsis in one language other than its original."""

    episode_id: str
    language: str
    name: str
    synopsis: str


def encode_season(season: SeasonRecord, *, feed_sequence: int | None = None) -> Item:
    return item_of(
        keys.season_key(season.series_id, season.id),
        no=season.number,
        n=dict(season.names),
        syn=dict(season.synopses),
        rel=season.release_date and season.release_date.isoformat(),
        ec=season.episode_count or None,
        img=encode_images(season.images),
        v=season.version,
        upd=instant(season.updated_at),
        fq=feed_sequence,
    )


def decode_season(item: Item) -> SeasonRecord:
    released = item.get("rel")
    return SeasonRecord(
        id=item["sk"][2:],
        series_id=item["pk"][2:],
        number=item["no"],
        names=item.get("n", {}),
        synopses=item.get("syn", {}),
        release_date=_day(released) if released else None,
        episode_count=item.get("ec", 0),
        images=decode_images(item.get("img")),
        version=item["v"],
        updated_at=_moment(item["upd"]),
    )


def encode_episode(episode: EpisodeRecord, *, feed_sequence: int | None = None) -> Item:
    """The neutral item with the original texts; other languages go through `encode_episode_text`."""
    original = episode.original_language
    return item_of(
        keys.episode_key(episode.series_id, episode.season_id, episode.id),
        no=episode.number,
        ol=original,
        n=episode.names[original],
        syn=episode.synopses.get(original),
        rel=episode.release_date and episode.release_date.isoformat(),
        rt=episode.runtime_seconds or None,
        img=encode_images(episode.images),
        v=episode.version,
        upd=instant(episode.updated_at),
        mq=episode.max_quality.value,
        al=words(episode.audio_languages),
        sl=words(episode.subtitle_languages),
        med=encode_media(episode.media),
        fq=feed_sequence,
    )


def decode_episode(item: Item, texts: Iterable[EpisodeText] = ()) -> EpisodeRecord:
    """The episode with its original texts and `texts`."""
    get = item.get
    _, season_id, episode_id = item["sk"].split("#")
    original, released, synopsis = item["ol"], get("rel"), get("syn")
    names, synopses = {original: item["n"]}, {original: synopsis} if synopsis is not None else {}
    for text in texts:
        names[text.language] = text.name
        synopses[text.language] = text.synopsis
    return EpisodeRecord(
        id=episode_id,
        series_id=item["pk"][2:],
        season_id=season_id,
        number=item["no"],
        names=names,
        synopses=synopses,
        original_language=original,
        release_date=_day(released) if released else None,
        runtime_seconds=get("rt", 0),
        images=decode_images(get("img")),
        version=item["v"],
        updated_at=_moment(item["upd"]),
        max_quality=QUALITY[item["mq"]],
        audio_languages=shared(get("al")),
        subtitle_languages=shared(get("sl")),
        media=decode_media(get("med")),
    )


def encode_episode_text(series_id: str, season_id: str, text: EpisodeText) -> Item:
    return item_of(
        keys.episode_text_key(series_id, text.language, season_id, text.episode_id), n=text.name, syn=text.synopsis
    )


def decode_episode_text(item: Item) -> EpisodeText:
    _, language, _, episode_id = item["sk"].split("#")
    return EpisodeText(episode_id=episode_id, language=language, name=item["n"], synopsis=item["syn"])


def with_texts(episode: EpisodeRecord, texts: Iterable[EpisodeText]) -> EpisodeRecord:
    """The episode with further languages merged in."""
    found = list(texts)
    return replace(
        episode,
        names={**episode.names, **{text.language: text.name for text in found}},
        synopses={**episode.synopses, **{text.language: text.synopsis for text in found}},
    )
