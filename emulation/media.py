"""The demo clips: two short films made on this machine from generated pictures and sound, and where their files lie.

Layout below `v/<playable id>/<version>/`, in the media bucket and at the edge; every address inside a file is relative
and never climbs:

    master.m3u8                      3 video renditions, 2 audio languages, 2 subtitle languages, 1 I-frame stream
    video/{240p,360p,720p}/          index.m3u8  init.mp4  seg-0.m4s ... seg-7.m4s     H.264, 24 fps, closed GOP of 4 s
    audio/{en,de}/                   index.m3u8  init.mp4  seg-0.m4s ... seg-7.m4s     AAC stereo 48 kHz
    subtitles/{en,de}/               index.m3u8  seg-0.vtt ... seg-7.vtt               WebVTT, one cue a segment
    trickplay/                       index.m3u8  init.mp4  frame-0.m4s ... frame-15.m4s  I-frames, one every 2 s
                                     sprite.jpg  thumbnails.vtt                         4 x 4 tiles of 160 x 90 px
    index.json                       the asset index: all of the above with sizes, codecs and bandwidths

Both clips last 32 s in 8 segments of 4 s. `MEDIA` has their records as the catalogue holds them. A clip is stored once,
below `v/demo/<version>/`, and answers under every playable id: any title whose media version is "aurora-1" or
"orbit-1" plays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.titles import Marker, MarkerKind, MediaRecord, Quality

DURATION_SECONDS = 32
SEGMENT_SECONDS = 4
FRAME_RATE = 24
THUMBNAIL_SECONDS = 2
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What a clip shows and how it sounds: ffmpeg sources of a picture and of one tone for each language."""

    version: str
    picture: str
    tones: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One rung of the ladder; sizes in pixels, rate in kbit/s."""

    name: str
    width: int
    height: int
    rate: int


RENDITIONS = (
    Rendition(name="240p", width=426, height=240, rate=250),
    Rendition(name="360p", width=640, height=360, rate=600),
    Rendition(name="720p", width=1280, height=720, rate=1500),
)

CLIPS: Mapping[str, Clip] = {
    clip.version: clip
    for clip in (
        Clip(
            version="aurora-1",
            picture=(
                "gradients=size=320x180:rate=24:speed=0.03:type=spiral:x0=160:y0=90:x1=320:y1=180:seed=7:nb_colors=6"
                ":c0=0x0b1026:c1=0x164e63:c2=0x2dd4bf:c3=0x4c1d95:c4=0xf59e0b:c5=0x0b1026,scale=640:360,hue=h=10*t"
            ),
            tones={"en": "sin(2*PI*220*t)*(0.6+0.4*sin(PI*t))", "de": "sin(2*PI*165*t)*(0.6+0.4*sin(PI*t))"},
        ),
        Clip(
            version="orbit-1",
            picture="mandelbrot=size=480x270:rate=24:maxiter=120:end_scale=0.002,hue=h=200:s=0.75",
            tones={"en": "sin(2*PI*330*t)*(0.6+0.4*sin(2*PI*t))", "de": "sin(2*PI*247*t)*(0.6+0.4*sin(2*PI*t))"},
        ),
    )
}

MEDIA: Mapping[str, MediaRecord] = {
    version: MediaRecord(
        version=version,
        max_quality=Quality.HD,
        duration_seconds=DURATION_SECONDS,
        audio_languages=tuple(LANGUAGES),
        subtitle_languages=tuple(LANGUAGES),
        markers=(
            Marker(kind=MarkerKind.INTRO, start_seconds=2, end_seconds=6),
            Marker(kind=MarkerKind.CREDITS, start_seconds=28, end_seconds=DURATION_SECONDS),
        ),
    )
    for version in CLIPS
}
"""Records by version."""

HOME = "v/demo"
_BELOW_A_PLAYABLE = re.compile(rf"v/[^/]+/({'|'.join(map(re.escape, CLIPS))})/")


def stored_at(path: str) -> str:
    """Where the file of a clip really lies: the path with its playable id replaced; any other path as it is."""
    return _BELOW_A_PLAYABLE.sub(rf"{HOME}/\1/", path, count=1)
