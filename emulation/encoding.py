"""Encodes a demo clip with one run of ffmpeg as a subprocess: ladder, sound, I-frames and thumbnails."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from emulation.media import (
    DURATION_SECONDS,
    FRAME_RATE,
    RENDITIONS,
    SEGMENT_SECONDS,
    THUMBNAIL_SECONDS,
    Clip,
    Rendition,
)

TILE = (160, 90)
TILES_ACROSS = 4
_PATIENCE = 120.0
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-sc_threshold", "0")
# Just under the full length: the encoder's priming frame would make a ninth segment of 20 ms.
_SOUND_SECONDS = DURATION_SECONDS - 0.03


class NoEncoder(Exception):
    """There is no ffmpeg, or it failed; the message says what to do."""


def ffmpeg() -> str:
    """The path of ffmpeg: the one that imageio-ffmpeg carries, else the one on PATH."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        found = shutil.which("ffmpeg")
    if found is None:
        raise NoEncoder("no ffmpeg: install the `local` extra (imageio-ffmpeg carries one), or put ffmpeg on PATH")
    return found


def encode(clip: Clip, folder: Path) -> None:
    """Writes media files and media playlists of the clip below `folder`; NoEncoder when ffmpeg cannot."""
    for part in ("trickplay", *(f"video/{r.name}" for r in RENDITIONS), *(f"audio/{lang}" for lang in clip.tones)):
        (folder / part).mkdir(parents=True, exist_ok=True)
    run = [ffmpeg(), *arguments(clip)]
    try:
        done = subprocess.run(run, cwd=folder, capture_output=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoEncoder(f"ffmpeg did not finish: {error}") from error
    if done.returncode != 0:
        raise NoEncoder(f"ffmpeg failed ({done.returncode}): {done.stderr.decode(errors='replace')[-500:]}")


def arguments(clip: Clip) -> list[str]:
    """The command line after the program; paths are relative to the clip's folder."""
    made = ["-v", "error", "-y", "-f", "lavfi", "-i", clip.picture]
    for tone in clip.tones.values():
        made += ["-f", "lavfi", "-i", f"aevalsrc='0.2*{tone}':sample_rate=48000:channel_layout=mono"]
    made += ["-filter_complex", _filters()]
    for rendition in RENDITIONS:
        made += _video(rendition)
    made += _frames()
    for number, language in enumerate(clip.tones, start=1):
        made += _sound(number, language)
    return [*made, "-map", "[sprite]", "-frames:v", "1", "-q:v", "5", "trickplay/sprite.jpg"]


def _filters() -> str:
    step = FRAME_RATE * THUMBNAIL_SECONDS
    labels = [f"in{rendition.name}" for rendition in RENDITIONS]
    split = "".join(f"[{label}]" for label in [*labels, "inframes", "insprite"])
    return ";".join(
        [
            f"[0:v]trim=duration={DURATION_SECONDS},split={len(labels) + 2}{split}",
            *(f"[{label}]{_scale(r)}[{r.name}]" for label, r in zip(labels, RENDITIONS, strict=True)),
            f"[inframes]framestep={step},scale=320:180,setsar=1[frames]",
            f"[insprite]framestep={step},scale={TILE[0]}:{TILE[1]},tile={TILES_ACROSS}x{TILES_ACROSS}[sprite]",
        ]
    )


def _scale(rendition: Rendition) -> str:
    return f"scale={rendition.width}:{rendition.height}:flags=fast_bilinear,setsar=1"


def _hls(folder: str, segment: str, seconds: int, flags: str) -> Iterator[str]:
    yield from ("-f", "hls", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_time", str(seconds))
    yield from ("-hls_fmp4_init_filename", "init.mp4", "-hls_flags", flags)
    yield from ("-hls_segment_filename", f"{folder}/{segment}-%d.m4s", f"{folder}/index.m3u8")


def _video(rendition: Rendition) -> list[str]:
    gop, rate = str(FRAME_RATE * SEGMENT_SECONDS), rendition.rate
    limits = ("-b:v", f"{rate}k", "-maxrate", f"{rate * 4 // 3}k", "-bufsize", f"{rate * 2}k")
    picture = ("-map", f"[{rendition.name}]", *_X264, "-g", gop, "-keyint_min", gop, *limits)
    return [*picture, *_hls(f"video/{rendition.name}", "seg", SEGMENT_SECONDS, "independent_segments")]


def _frames() -> list[str]:
    return ["-map", "[frames]", *_X264, "-g", "1", *_hls("trickplay", "frame", THUMBNAIL_SECONDS, "iframes_only")]


def _sound(number: int, language: str) -> list[str]:
    sound = ("-map", f"{number}:a", "-t", str(_SOUND_SECONDS), "-c:a", "aac", "-b:a", "64k", "-ac", "2")
    return [*sound, *_hls(f"audio/{language}", "seg", SEGMENT_SECONDS, "independent_segments")]
