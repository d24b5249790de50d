"""The demo clips are a real HLS ladder that agrees with its own playlists, and play under any playable id."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from datasources.cdn import Signer
from emulation import encoding
from emulation.clips import clip_folder
from emulation.encoding import NoEncoder
from emulation.media import CLIPS, DURATION_SECONDS, MEDIA, stored_at
from emulation.outputs import Outputs
from emulation.process import with_clips
from emulation.provision import Clients
from emulation.state import CloudState


@pytest.fixture(scope="module")
def signed(clips_cloud: Outputs) -> str:
    edge = clips_cloud.cloudfront
    signer = Signer(edge.key_ids[0], Path(edge.private_key_pem_paths[0]).read_bytes())
    until = datetime.now(UTC) + timedelta(minutes=5)
    return signer.custom(f"{clips_cloud.media_base_url}/v/anyTitle0001/*", expires_at=until).query


def attributes(line: str) -> dict[str, str]:
    found = re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line.partition(":")[2])
    return {name: value.strip('"') for name, value in found}


def addresses(playlist: str) -> list[str]:
    return re.findall(r'URI="([^"]+)"', playlist) + [
        line for line in playlist.splitlines() if line[:1] not in ("#", "")
    ]


@pytest.mark.parametrize("version", CLIPS)
def test_every_address_of_every_playlist_is_served(clips_cloud, signed, version):
    base = f"{clips_cloud.media_base_url}/v/anyTitle0001/{version}"
    with httpx.Client() as client:

        def text(path):
            answer = client.get(f"{base}/{path}?{signed}")
            assert answer.status_code == 200, path
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            return answer.text

        children = addresses(text("master.m3u8"))
        assert len(children) == 8
        files = [f"{child.rpartition('/')[0]}/{name}" for child in children for name in addresses(text(child))]
        assert len(files) == len(set(files)) == 3 * 9 + 2 * 9 + 2 * 8 + 17
        sizes = json.loads(text("index.json"))["files"]
        for path in [*files, "trickplay/sprite.jpg", "trickplay/thumbnails.vtt"]:
            head = client.head(f"{base}/{path}?{signed}")
            assert (head.status_code, int(head.headers["content-length"])) == (200, sizes[path]), path


@pytest.mark.parametrize("version", CLIPS)
def test_segments_align_and_fill_the_duration(version):
    folder = clip_folder(version)
    for playlist in folder.rglob("index.m3u8"):
        lengths = [float(length) for length in re.findall(r"#EXTINF:([\d.]+)", playlist.read_text())]
        assert sum(lengths) == pytest.approx(DURATION_SECONDS, abs=0.05), playlist
        target = 2 if playlist.parent.name == "trickplay" else 4
        assert lengths[:-1] == pytest.approx([target] * (len(lengths) - 1), abs=0.02), playlist
        assert playlist.read_text().rstrip().endswith("#EXT-X-ENDLIST")


def test_the_master_tells_three_renditions_two_voices_and_two_subtitles():
    lines = (clip_folder("aurora-1") / "master.m3u8").read_text().splitlines()
    streams = [attributes(line) for line in lines if line.startswith("#EXT-X-STREAM-INF:")]
    assert [stream["RESOLUTION"] for stream in streams] == ["426x240", "640x360", "1280x720"]
    assert all(re.fullmatch(r"avc1\.42[0-9A-F]{4},mp4a\.40\.2", stream["CODECS"]) for stream in streams)
    assert [int(stream["BANDWIDTH"]) for stream in streams] == sorted(int(s["BANDWIDTH"]) for s in streams)
    tracks = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    assert [(track["TYPE"], track["LANGUAGE"], track["DEFAULT"]) for track in tracks] == [
        ("AUDIO", "en", "YES"),
        ("AUDIO", "de", "NO"),
        ("SUBTITLES", "en", "NO"),
        ("SUBTITLES", "de", "NO"),
    ]
    assert sum(line.startswith("#EXT-X-I-FRAME-STREAM-INF:") for line in lines) == 1


def test_records_agree_with_the_files():
    for version, record in MEDIA.items():
        index = json.loads((clip_folder(version) / "index.json").read_text())
        assert record.version == index["version"] == version
        assert record.duration_seconds == index["durationSeconds"]
        assert list(record.audio_languages) == [track["language"] for track in index["audio"]]
        assert list(record.subtitle_languages) == [track["language"] for track in index["subtitles"]]


def test_thumbnails_tile_the_sprite():
    text = (clip_folder("orbit-1") / "trickplay/thumbnails.vtt").read_text()
    cues = re.findall(r"00:00:(\d\d).000 --> 00:00:(\d\d).000\nsprite.jpg#xywh=(\d+),(\d+),160,90", text)
    assert [(int(start), int(end)) for start, end, *_ in cues] == [(n * 2, n * 2 + 2) for n in range(16)]
    assert {(int(x), int(y)) for *_, x, y in cues} == {(c * 160, r * 90) for c in range(4) for r in range(4)}


def test_readers_of_the_bucket_find_a_clip_under_any_playable(clips_cloud):
    s3 = Clients(endpoint_url=clips_cloud.endpoint_url)("s3")
    bucket = clips_cloud.buckets["media"]
    found = s3.get_object(Bucket=bucket, Key="v/some/aurora-1/master.m3u8")
    assert found["Body"].read() == (clip_folder("aurora-1") / "master.m3u8").read_bytes()
    assert found["StorageClass"] == "INTELLIGENT_TIERING"
    assert httpx.post(f"{clips_cloud.endpoint_url}/_marquee/media", timeout=30).json() == {"files": 0}


def test_other_versions_lie_where_they_are_named():
    assert stored_at("/marquee-media/v/t/orbit-1/x") == "/marquee-media/v/demo/orbit-1/x"
    assert stored_at("/v/t/orbit-11/x") == "/v/t/orbit-11/x"
    assert stored_at("/v/t/r2/aurora-1/x") == "/v/t/r2/aurora-1/x"


def test_without_an_encoder_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoEncoder, match="install the `local` extra"):
        clip_folder("aurora-1", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cloud_without_an_encoder_says_so_and_goes_on(capsys, tmp_path):
    def publish_clips(endpoint_url, cache):
        raise NoEncoder(f"no ffmpeg for {endpoint_url}")

    with_clips(publish_clips, CloudState(endpoint_port=1, media_port=2, data_dir=tmp_path, media_cache=tmp_path))
    assert capsys.readouterr().err == "The demo clips are missing: no ffmpeg for http://127.0.0.1:1\n"


def test_a_failing_encoder_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(encoding, "ffmpeg", lambda: "/bin/false")
    with pytest.raises(NoEncoder, match=r"ffmpeg failed \(1\)"):
        clip_folder("aurora-1", tmp_path)
    assert list(tmp_path.iterdir()) == []
