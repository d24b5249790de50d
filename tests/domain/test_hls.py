"""Playlists are filtered and signed without losing anything a player needs."""

import pytest

from domain.hls import child_path, ladder, master_for, media_template, signed, thumbnails_template, unsigned
from domain.titles import Quality

MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",LANGUAGE="en",NAME="English",DEFAULT=YES,AUTOSELECT=YES,URI="audio/en/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",LANGUAGE="de",NAME="Deutsch",DEFAULT=NO,AUTOSELECT=YES,URI="audio/de/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="sub",LANGUAGE="de",NAME="Deutsch",DEFAULT=NO,URI="subtitles/de/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=426x240,AUDIO="aud",SUBTITLES="sub"
video/240p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2400000,RESOLUTION=1280x720,AUDIO="aud",SUBTITLES="sub"
video/720p/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,RESOLUTION=1280x720,URI="video/720p/iframes.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080,AUDIO="aud",SUBTITLES="sub"
video/1080p/index.m3u8
"""

MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.000,
seg-1.m4s
#EXTINF:2.000,
seg-2.m4s
#EXT-X-ENDLIST
"""


def addresses(playlist):
    return [line for line in playlist.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("quality", "kept"),
    [
        (Quality.SD, ["video/240p/index.m3u8"]),
        (Quality.HD, ["video/240p/index.m3u8", "video/720p/index.m3u8"]),
        (Quality.UHD, ["video/240p/index.m3u8", "video/720p/index.m3u8", "video/1080p/index.m3u8"]),
    ],
)
def test_renditions_above_the_quality_are_left_out(quality, kept):
    playlist = master_for(MASTER, quality=quality)
    assert addresses(playlist) == kept
    assert ("iframes" in playlist) is (quality is not Quality.SD)


def test_the_lowest_rendition_always_stays():
    only_tall = (
        MASTER.replace("426x240", "3840x2160").replace("1280x720", "3840x2160").replace("1920x1080", "3840x2160")
    )
    assert len(addresses(master_for(only_tall, quality=Quality.SD))) == 3


def test_the_first_language_at_hand_becomes_the_default():
    playlist = master_for(MASTER, quality=Quality.UHD, audio=("fr", "de-AT"), subtitles=("de",))
    defaults = [
        (line.split('LANGUAGE="')[1][:2], "DEFAULT=YES" in line) for line in playlist.splitlines() if "TYPE=" in line
    ]
    assert defaults == [("en", False), ("de", True), ("de", True)]


def test_without_a_wish_the_audio_default_stays_and_subtitles_are_off():
    playlist = master_for(MASTER, quality=Quality.UHD, subtitles=None)
    assert 'LANGUAGE="en",NAME="English",DEFAULT=YES' in playlist
    assert "DEFAULT=YES" not in next(line for line in playlist.splitlines() if "TYPE=SUBTITLES" in line)


def test_every_address_of_a_media_playlist_is_absolute_and_signed():
    playlist = signed(media_template(MEDIA, "https://media.example.com/v/heat/v1/video/240p"), "Policy=P&Signature=S")
    assert playlist.splitlines() == [
        "#EXTM3U",
        "#EXT-X-TARGETDURATION:4",
        '#EXT-X-MAP:URI="https://media.example.com/v/heat/v1/video/240p/init.mp4?Policy=P&Signature=S"',
        "#EXTINF:4.000,",
        "https://media.example.com/v/heat/v1/video/240p/seg-1.m4s?Policy=P&Signature=S",
        "#EXTINF:2.000,",
        "https://media.example.com/v/heat/v1/video/240p/seg-2.m4s?Policy=P&Signature=S",
        "#EXT-X-ENDLIST",
    ]


@pytest.mark.parametrize(
    "name", ["../other/master.m3u8", "/v/other/master.m3u8", "a/../../x.m3u8", "init.mp4", "..", ""]
)
def test_a_playlist_outside_its_folder_has_no_path(name):
    assert child_path("v/heat/v1", name) is None


def test_a_playlist_inside_its_folder_has_a_path():
    assert child_path("v/heat/v1", "video/240p/index.m3u8") == "v/heat/v1/video/240p/index.m3u8"


def test_thumbnails_are_signed_before_their_place_in_the_sprite():
    track = "WEBVTT\n\n00:00.000 --> 00:02.000\nsprite.jpg#xywh=160,0,160,90\n"
    signed_track = signed(thumbnails_template(track, "https://media.example.com/v/heat/v1/trickplay"), "Policy=P")
    assert signed_track.splitlines()[-1] == (
        "https://media.example.com/v/heat/v1/trickplay/sprite.jpg?Policy=P#xywh=160,0,160,90"
    )
    assert child_path("v/heat/v1", "trickplay/thumbnails.vtt") == "v/heat/v1/trickplay/thumbnails.vtt"


SHARED = {"audio/en/index.m3u8", "audio/de/index.m3u8", "subtitles/de/index.m3u8", "video/240p/index.m3u8"}
HD = {"video/720p/index.m3u8", "video/720p/iframes.m3u8"}
FULL_HD = {"video/1080p/index.m3u8"}


@pytest.mark.parametrize(
    ("quality", "kept", "scopes"),
    [
        (Quality.SD, SHARED, ["audio", "subtitles", "video/240p"]),
        (Quality.HD, SHARED | HD, ["audio", "subtitles", "video/240p", "video/720p"]),
        (Quality.FULL_HD, SHARED | HD | FULL_HD, [""]),
    ],
)
def test_what_is_signed_for_a_quality_holds_no_playlist_above_it(quality, kept, scopes):
    found = ladder(MASTER, quality)
    assert (found.kept, found.refused) == (kept, (SHARED | HD | FULL_HD) - kept)
    assert found.scopes() == scopes
    assert not [one for one in found.refused for scope in scopes if one.startswith(f"{scope}/")]


def test_a_place_beside_the_ladder_is_signed_with_the_widest_folder_that_is_safe():
    assert ladder(MASTER, Quality.SD).scope("trickplay/tiles/thumbnails.vtt") == "trickplay"
    assert ladder(MASTER, Quality.UHD).scope("trickplay/tiles/thumbnails.vtt") == ""


def test_renditions_that_share_a_folder_cannot_be_told_apart_by_a_signature():
    flat = MASTER.replace("video/240p/", "video/low-").replace("video/720p/", "video/mid-")
    found = ladder(flat, Quality.SD)
    assert found.scope("video/low-index.m3u8") == "video"
    assert "video/mid-index.m3u8" in found.refused


def test_a_master_for_a_player_with_cookies_names_the_stored_playlists():
    lines = unsigned(media_template(MASTER, "https://media.test/v/1/a")).splitlines()
    assert "https://media.test/v/1/a/video/240p/index.m3u8" in lines
    assert 'URI="https://media.test/v/1/a/audio/en/index.m3u8"' in lines[2]
