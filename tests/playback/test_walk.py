"""A player without a screen plays a session to the end, on another site's page, and opens nothing else."""

import http.client
import json
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from datasources.cdn import Signer
from domain.titles import PlanTier
from resolvers.ids import encode_id
from tests.playback.documents import BEAT, START, STOP, film, manifest, seen, started, wish
from tests.playback.stage import ADULT_FILM, FAMILY_FILM, FILM, OTHER_FILM, TALL_FILM
from tests.playback.walker import addresses, fetch, heights, sprites, walk

TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
}
THUMBNAILS = "trickplay/thumbnails.vtt"
NINE = 9
"""The eight segments of a clip and what initialises them."""


@pytest.fixture
def player():
    with httpx.Client(timeout=30) as client:
        yield client


def kind(answer):
    return answer.headers["content-type"].partition(";")[0]


def suffix(answer):
    return Path(urlsplit(str(answer.url)).path).suffix


@pytest.mark.parametrize("playable", [film(FILM), film(OTHER_FILM), encode_id("Episode", "noir", "s1", "e1")])
def test_everything_that_a_master_leads_to_plays(viewer, player, playable):
    walked = walk(player, manifest(started(viewer, playable)))
    assert {answer.status_code for answer in walked.all} == {200}
    assert [kind(answer) for answer in walked.all] == [TYPES[suffix(answer)] for answer in walked.all]
    assert set(walked.playlists) == {
        *(f"video/{rung}/index.m3u8" for rung in ("240p", "360p", "720p")),
        *(f"{track}/{language}/index.m3u8" for track in ("audio", "subtitles") for language in ("en", "de")),
        "trickplay/index.m3u8",
    }
    # Three rungs and two languages with their beginnings, two subtitles without, sixteen still pictures with one.
    assert len(walked.files) == 5 * NINE + 2 * 8 + 17
    assert all(answer.content for answer in walked.all)
    assert b"ftyp" in next(one for one in walked.files if suffix(one) == ".mp4").content[:16]


def test_another_sites_page_may_read_every_answer_and_nothing_sets_a_cookie(viewer, player):
    walked = walk(player, manifest(started(viewer)))
    assert {answer.headers["access-control-allow-origin"] for answer in walked.all} == {"*"}
    assert not [answer for answer in walked.all if "set-cookie" in answer.headers]
    preflight = player.options(manifest(started(viewer)), headers={"origin": "https://partner.example"} | PREFLIGHT)
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]


PREFLIGHT = {"access-control-request-method": "GET", "access-control-request-headers": "range"}


def test_playlists_are_gzipped_where_the_player_takes_it_and_never_kept_on_the_way(viewer, player):
    url = urljoin(manifest(started(viewer)), "video/240p/index.m3u8")
    packed = fetch(player, url, **{"accept-encoding": "gzip"})
    plain = fetch(player, url, **{"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert {one.headers["cache-control"] for one in (packed, plain)} == {"private, no-store"}


def test_the_thumbnail_track_leads_to_its_pictures(viewer, player):
    track = fetch(player, urljoin(manifest(started(viewer)), THUMBNAILS))
    assert (track.status_code, kind(track), len(sprites(track))) == (200, "text/vtt", 16)
    (address,) = set(sprites(track))
    picture = fetch(player, address)
    assert (picture.status_code, kind(picture), picture.content[:2]) == (200, "image/jpeg", b"\xff\xd8")


def segment(player, session, name="video/240p/index.m3u8"):
    """The signed address of a rendition's first segment."""
    playlist = fetch(player, urljoin(manifest(session), name))
    return next(one for one in addresses(playlist.text) if ".m4s" in one)


def test_parts_of_a_segment_are_served_and_none_beyond_its_end(viewer, player):
    url = segment(player, started(viewer))
    whole = fetch(player, url)
    part = fetch(player, url, range="bytes=100-199")
    tail = fetch(player, url, range="bytes=-10")
    beyond = fetch(player, url, range=f"bytes={len(whole.content)}-")
    head = player.head(url)
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert (tail.status_code, tail.content) == (206, whole.content[-10:])
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_the_head_of_a_playlist_is_that_of_its_get(viewer, player):
    url = manifest(started(viewer))
    head, whole = player.head(url), player.get(url)
    assert (head.status_code, head.content) == (200, b"")
    same = ("content-type", "content-encoding", "cache-control")
    assert [head.headers.get(name) for name in same] == [whole.headers.get(name) for name in same]


def test_an_address_that_was_not_signed_for_it_opens_nothing(stage, viewer, player):
    url = segment(player, started(viewer))
    plain, _, query = url.partition("?")
    fields = dict(pair.split("=", 1) for pair in query.split("&"))
    signature = fields["Signature"]
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    edge = stage.cloud.cloudfront
    expired = Signer(edge.key_ids[0], Path(edge.private_key_pem_paths[0]).read_bytes()).custom(
        f"{plain.rpartition('/')[0]}/*", expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    refused = {
        "unsigned": plain,
        "tampered signature": url.replace(
            fields["Signature"], fields["Signature"][:10] + changed + fields["Signature"][11:]
        ),
        "tampered policy": url.replace("Policy=", "Policy=A"),
        "expired": f"{plain}?{expired.query}",
        "other title": url.replace(f"/v/{FILM}/aurora-1/", f"/v/{OTHER_FILM}/orbit-1/"),
        "other version": url.replace("/aurora-1/", "/orbit-1/"),
        "unknown key": url.replace(fields["Key-Pair-Id"], "KUNKNOWN"),
    }
    assert {name: fetch(player, one).status_code for name, one in refused.items()} == dict.fromkeys(refused, 403)
    assert fetch(player, url).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "../../m002/orbit-1/video/240p/seg-0.m4s",
        "%2e%2e/%2e%2e/m002/orbit-1/video/240p/seg-0.m4s",
        "..%2f..%2fm002/orbit-1/video/240p/seg-0.m4s",
        "..\\..\\m002\\orbit-1\\video\\240p\\seg-0.m4s",
        "%00/seg-0.m4s",
    ],
)
def test_a_signed_folder_cannot_be_left(viewer, player, path):
    """Raw requests: client libraries tidy such paths up before they send them."""
    parts = urlsplit(segment(player, started(viewer)))
    below = f"/v/{FILM}/aurora-1/"
    assert parts.path.startswith(below)
    assert raw(parts.netloc, f"{below}{path}?{parts.query}") == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("../../../m002/orbit-1/master.m3u8", 403),
        ("..%2f..%2fm002/orbit-1/master.m3u8", 403),
        ("%2e%2e/%2e%2e/%2e%2e/etc/passwd", 403),
        ("//m002/orbit-1/master.m3u8", 404),
        ("video/240p/seg-0.m4s", 404),
        ("video/index.m3u8", 404),
        ("master.m3u8%00.m3u8", 403),
        ("", 404),
    ],
)
def test_a_sessions_playlists_are_those_of_its_film(stage, viewer, player, path, status):
    parts = urlsplit(manifest(started(viewer)))
    folder = parts.path.removesuffix("master.m3u8")
    assert raw(parts.netloc, folder + path) == status
    # Past the edge the gateway itself refuses just as well.
    assert raw(urlsplit(stage.gateways[0]).netloc, folder + path) in (403, 404)


def raw(netloc, target):
    connection = http.client.HTTPConnection(netloc, timeout=10)
    try:
        connection.putrequest("GET", target, skip_accept_encoding=True)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def test_an_edited_foreign_or_cut_token_opens_nothing(viewer, player):
    url = manifest(started(viewer))
    token = url.split("/")[-2]
    middle = len(token) // 2
    edited = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    tokens = {"edited": edited, "cut": token[:-4], "longer": f"{token}AAAA", "of another kind": "e30", "no text": "%FF"}
    answers = {name: fetch(player, url.replace(token, one)) for name, one in tokens.items()}
    assert {name: one.status_code for name, one in answers.items()} == dict.fromkeys(tokens, 403)
    assert answers["edited"].text == "This address is not valid. Start playback again.\n"
    assert fetch(player, url).status_code == 200


def test_the_token_of_a_session_is_no_key_to_the_graph(viewer):
    token = manifest(started(viewer)).split("/")[-2]
    viewer.token = token
    assert viewer("{ viewer { id } }")["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def playlists_of(player, session):
    """The status of every playlist fetch of a session, children as the untouched clip has them."""
    names = ["master.m3u8", "video/240p/index.m3u8", "audio/de/index.m3u8", "subtitles/en/index.m3u8", THUMBNAILS]
    return {fetch(player, urljoin(manifest(session), name)).status_code for name in names}


def test_after_a_stop_no_playlist_is_served_and_the_graph_says_why(viewer, player):
    session = started(viewer)
    assert playlists_of(player, session) == {200}
    assert viewer(STOP, seen(session))["data"]["stopPlayback"] == {"session": {"status": "STOPPED"}, "errors": []}
    assert playlists_of(player, session) == {403}
    late = viewer(BEAT, seen(session))["data"]["heartbeatPlayback"]
    assert late["session"] is None
    assert [error["code"] for error in late["errors"]] == ["NOT_AVAILABLE"]


def test_a_second_device_is_refused_then_takes_over_and_the_first_one_is_out(stage, second, player):
    session = started(second, device="sofa")
    phone = stage.person("second", "sam", stage.gateways[1])
    refused = phone(START, wish(device="phone"))["data"]["startPlayback"]
    told = refused["errors"][0]
    assert refused["session"] is None
    assert (told["code"], told["limit"]) == ("LIMIT_REACHED", 1)
    assert told["activeSessions"] == [{"id": session["id"], "deviceName": "SOFA"}]
    taken = started(phone, device="phone", replaceSessionId=session["id"])
    assert playlists_of(player, session) == {403}
    assert playlists_of(player, taken) == {200}
    over = second(BEAT, seen(session))["data"]["heartbeatPlayback"]
    assert [error["code"] for error in over["errors"]] == ["NOT_AVAILABLE"]


def test_a_child_plays_what_it_is_old_enough_for_and_nothing_else(stage, parent, player):
    child = stage.person("kid", "kim")
    refused = child(START, wish(film(ADULT_FILM)))["data"]["startPlayback"]
    assert (refused["session"], [error["reason"] for error in refused["errors"]]) == (None, ["MATURITY"])
    assert playlists_of(player, started(child, film(FAMILY_FILM), "tablet")) == {200}
    assert playlists_of(player, started(parent, film(ADULT_FILM), "laptop")) == {200}


@pytest.mark.parametrize(
    ("tier", "most", "offered"),
    [
        (PlanTier.BASIC, None, [360, 720]),
        (PlanTier.STANDARD, None, [360, 720, 1080]),
        (PlanTier.PREMIUM, None, [360, 720, 1080, 2160]),
        (PlanTier.PREMIUM, "HD", [360, 720]),
        (PlanTier.PREMIUM, "SD", [360]),
        (PlanTier.BASIC, "UHD", [360, 720]),
    ],
)
def test_the_manifest_ends_at_the_lowest_of_plan_and_device(stage, viewer, player, tier, most, offered):
    stage.buys("viewer", tier)
    session = started(viewer, film(TALL_FILM), maxQuality=most)
    assert heights(fetch(player, manifest(session)).text) == offered


def resource(url):
    """What the signature of an address opens."""
    policy = url.partition("Policy=")[2].partition("&")[0]
    decoded = b64decode(policy.translate(str.maketrans("-_~", "+=/")))
    return urlsplit(json.loads(decoded)["Statement"][0]["Resource"]).path


def test_one_signature_opens_the_whole_film_where_the_session_has_all_of_it(viewer, player):
    session = started(viewer)
    names = ["video/240p/index.m3u8", "video/720p/index.m3u8", "audio/en/index.m3u8"]
    signed = {segment(player, session, name).partition("?")[2] for name in names}
    assert len(signed) == 1
    assert resource(signed.pop()) == f"/v/{FILM}/aurora-1/*"


def test_what_is_above_the_quality_of_a_session_is_refused_at_the_edge_as_well(viewer, player):
    session = started(viewer, maxQuality="SD")
    master = manifest(session)
    walked = walk(player, master)
    assert {answer.status_code for answer in walked.all} == {200}
    assert heights(walked.master.text) == [240, 360]
    for hidden in ("video/720p/index.m3u8", "audio/../video/720p/index.m3u8"):
        above = fetch(player, urljoin(master, hidden))
        assert (above.status_code, above.text[:40]) == (403, "This session does not have that quality.")
    low = segment(player, session)
    assert resource(low) == f"/v/{FILM}/aurora-1/video/240p/*"
    root, query = low.partition("video/240p/")[0], low.partition("?")[2]
    others = ("video/720p/seg-0.m4s", "video/720p/index.m3u8", "video/360p/seg-0.m4s", "master.m3u8")
    assert [fetch(player, f"{root}{one}?{query}").status_code for one in others] == [403] * 4


def test_only_what_the_master_names_is_looked_for_in_the_store(stage, viewer, player):
    url = manifest(started(viewer))
    fetch(player, url)
    before = stage.calls().get("s3.GetObject", 0)
    for number in range(5):
        assert fetch(player, urljoin(url, f"video/{number}/index.m3u8")).status_code == 404
    assert stage.calls().get("s3.GetObject", 0) == before


def test_the_language_of_a_profile_comes_first_in_the_manifest(second, player):
    """Sam reads German."""
    master = fetch(player, manifest(started(second))).text
    sound = re.findall(r'TYPE=AUDIO.*LANGUAGE="(\w+)".*DEFAULT=(\w+)', master)
    assert sound == [("en", "NO"), ("de", "YES")]
