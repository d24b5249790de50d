"""What ffmpeg does not write of a clip: master playlist, subtitles, thumbnail index and asset index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emulation.encoding import TILE, TILES_ACROSS
from emulation.media import (
    DURATION_SECONDS,
    LANGUAGES,
    RENDITIONS,
    SEGMENT_SECONDS,
    THUMBNAIL_SECONDS,
    Clip,
    Rendition,
)

_SOUND_CODEC = "mp4a.40.2"
_WORDS = {"en": "Scene {n} of {of}", "de": "Szene {n} von {of}"}
_DURATION = re.compile(r"#EXTINF:([\d.]+)")


def package(clip: Clip, folder: Path) -> None:
    """Writes the text files around the encoded media of `folder`."""
    for language in LANGUAGES:
        _write_subtitles(folder / "subtitles" / language, language)
    (folder / "trickplay/thumbnails.vtt").write_text("\n".join(_thumbnails()) + "\n")
    video = [_rung(folder, rendition) for rendition in RENDITIONS]
    frames = _frames(folder)
    (folder / "master.m3u8").write_text("\n".join(_master(video, frames)) + "\n")
    (folder / "index.json").write_text(json.dumps(_index(clip, folder, video, frames), indent=1))


def _write_subtitles(folder: Path, language: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    count = DURATION_SECONDS // SEGMENT_SECONDS
    for number in range(count):
        start = number * SEGMENT_SECONDS
        text = _WORDS[language].format(n=number + 1, of=count)
        cue = f"{_clock(start)} --> {_clock(start + SEGMENT_SECONDS)}\n{text}\n"
        head = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"
        (folder / f"seg-{number}.vtt").write_text(f"{head}\n{cue}")
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{SEGMENT_SECONDS}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for number in range(count):
        lines += [f"#EXTINF:{SEGMENT_SECONDS}.000000,", f"seg-{number}.vtt"]
    (folder / "index.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n")


def _clock(seconds: int) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}.000"


def _thumbnails() -> Iterator[str]:
    yield "WEBVTT"
    for number in range(DURATION_SECONDS // THUMBNAIL_SECONDS):
        row, column = divmod(number, TILES_ACROSS)
        start = number * THUMBNAIL_SECONDS
        yield f"\n{_clock(start)} --> {_clock(start + THUMBNAIL_SECONDS)}"
        yield f"sprite.jpg#xywh={column * TILE[0]},{row * TILE[1]},{TILE[0]},{TILE[1]}"


def _rung(folder: Path, rendition: Rendition) -> dict[str, Any]:
    """One video rendition as the asset index has it; bandwidths in bit/s, sound included."""
    peak, average = _rates(folder / "video" / rendition.name)
    loudest, sound = max(_rates(folder / "audio" / language) for language in LANGUAGES)
    return {
        "name": rendition.name,
        "width": rendition.width,
        "height": rendition.height,
        "bandwidth": peak + loudest,
        "averageBandwidth": average + sound,
        "codecs": f"{_picture_codec(folder / 'video' / rendition.name)},{_SOUND_CODEC}",
        "playlist": f"video/{rendition.name}/index.m3u8",
    }


def _frames(folder: Path) -> dict[str, Any]:
    return {
        "bandwidth": _rates(folder / "trickplay")[0],
        "codecs": _picture_codec(folder / "trickplay"),
        "playlist": "trickplay/index.m3u8",
    }


def _rates(folder: Path) -> tuple[int, int]:
    """Highest and average bit rate of a media playlist's segments."""
    lines = (folder / "index.m3u8").read_text().splitlines()
    segments = [
        (float(match[1]), (folder / name).stat().st_size * 8)
        for line, name in zip(lines, lines[1:], strict=False)
        if (match := _DURATION.match(line))
    ]
    seconds, bits = (sum(column) for column in zip(*segments, strict=True))
    return int(max(size / length for length, size in segments)), int(bits / seconds)


def _picture_codec(folder: Path) -> str:
    """RFC 6381 name of the H.264 in this folder: profile, constraints and level stand behind the box's name."""
    head = (folder / "init.mp4").read_bytes()
    at = head.index(b"avcC") + 5
    return f"avc1.{head[at : at + 3].hex().upper()}"


def _master(video: list[dict[str, Any]], frames: dict[str, Any]) -> Iterator[str]:
    yield from ("#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS")
    for kind, group, folder in (("AUDIO", "aud", "audio"), ("SUBTITLES", "sub", "subtitles")):
        for language, name in LANGUAGES.items():
            first = kind == "AUDIO" and language == next(iter(LANGUAGES))
            yield (
                f'#EXT-X-MEDIA:TYPE={kind},GROUP-ID="{group}",LANGUAGE="{language}",NAME="{name}",'
                f'DEFAULT={"YES" if first else "NO"},AUTOSELECT=YES,URI="{folder}/{language}/index.m3u8"'
            )
    for rung in video:
        yield (
            f"#EXT-X-STREAM-INF:BANDWIDTH={rung['bandwidth']},AVERAGE-BANDWIDTH={rung['averageBandwidth']},"
            f'RESOLUTION={rung["width"]}x{rung["height"]},FRAME-RATE=24.000,CODECS="{rung["codecs"]}",'
            'AUDIO="aud",SUBTITLES="sub"'
        )
        yield rung["playlist"]
    yield (
        f"#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={frames['bandwidth']},RESOLUTION=320x180,"
        f'CODECS="{frames["codecs"]}",URI="{frames["playlist"]}"'
    )


def _index(clip: Clip, folder: Path, video: list[dict[str, Any]], frames: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": clip.version,
        "durationSeconds": DURATION_SECONDS,
        "segmentSeconds": SEGMENT_SECONDS,
        "master": "master.m3u8",
        "video": video,
        "audio": [_track("audio", language) for language in LANGUAGES],
        "subtitles": [_track("subtitles", language) for language in LANGUAGES],
        "trickplay": {
            "frames": frames,
            "sprite": "trickplay/sprite.jpg",
            "thumbnails": "trickplay/thumbnails.vtt",
            "intervalSeconds": THUMBNAIL_SECONDS,
            "columns": TILES_ACROSS,
            "tileWidth": TILE[0],
            "tileHeight": TILE[1],
        },
        "files": {str(path.relative_to(folder)): path.stat().st_size for path in sorted(folder.rglob("*.*"))},
    }


def _track(folder: str, language: str) -> dict[str, str]:
    return {"language": language, "name": LANGUAGES[language], "playlist": f"{folder}/{language}/index.m3u8"}
