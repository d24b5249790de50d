"""Other ways to deliver, each as a gateway process of its own against the same edge; and the rotation of keys."""

from collections.abc import Callable
from contextlib import contextmanager
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from emulation.provision import Clients
from tests.playback.documents import RENEW, STOP, manifest, seen, started
from tests.playback.stage import FILM, OTHER_FILM, gateway
from tests.playback.walker import addresses, fetch, heights, walk

RENDITION = "video/240p/index.m3u8"


@pytest.fixture
def player():
    with httpx.Client(timeout=30) as client:
        yield client


@contextmanager
def playing_through(stage, person, **settings):
    """The same person at a gateway with other media settings."""
    changed = {f"MARQUEE_MEDIA__{name}": value for name, value in settings.items()}
    with gateway({**stage.settings, **changed}) as base, stage.plays_from(base):
        yield person.at(base)


def segment(player, session):
    """The signed address of the first file of a rendition."""
    playlist = fetch(player, urljoin(manifest(session), RENDITION))
    assert playlist.status_code == 200
    return next(iter(addresses(playlist.text)))


def fields(url):
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def keep(player, cookies):
    """As a browser keeps them: each for its own path."""
    for one in cookies:
        player.cookies.set(one["name"], one["value"], domain=one["domain"], path=one["path"])


def test_cookies_play_a_whole_film_for_an_app_on_the_same_domain(stage, viewer, player):
    with playing_through(stage, viewer, MODE="cookies", COOKIE_DOMAIN="127.0.0.1") as person:
        session = started(person)
        cookies = session["delivery"]["cookies"]
        folder = f"/v/{FILM}/aurora-1/"
        assert {(one["domain"], one["path"]) for one in cookies} == {("127.0.0.1", folder)}
        assert [one["name"] for one in cookies] == [
            "CloudFront-Policy",
            "CloudFront-Signature",
            "CloudFront-Key-Pair-Id",
        ]
        children = set(addresses(fetch(player, manifest(session)).text))
        assert {url.startswith(f"{stage.cloud.media_base_url}{folder}") for url in children} == {True}
        assert {fetch(player, url).status_code for url in children} == {403}
        keep(player, cookies)
        walked = walk(player, manifest(session))
        assert {answer.status_code for answer in walked.all} == {200}
        assert not [answer for answer in walked.all if "Policy=" in str(answer.url)]
        other = f"{stage.cloud.media_base_url}/v/{OTHER_FILM}/orbit-1/video/240p/seg-0.m4s"
        header = "; ".join(f"{one['name']}={one['value']}" for one in cookies)
        assert httpx.get(other, headers={"cookie": header}).status_code == 403


def test_cookies_open_nothing_above_the_quality_of_the_session(stage, viewer, player):
    """Each allowed folder has cookies of its own, and none of them opens a rendition that the manifest leaves out."""
    with playing_through(stage, viewer, MODE="cookies", COOKIE_DOMAIN="127.0.0.1") as person:
        session = started(person, maxQuality="SD")
        cookies = session["delivery"]["cookies"]
        folder = f"/v/{FILM}/aurora-1/"
        allowed = ["audio/", "subtitles/", "trickplay/", "video/240p/", "video/360p/"]
        assert [one["path"] for one in cookies[::3]] == [f"{folder}{name}" for name in allowed]
        keep(player, cookies)
        walked = walk(player, manifest(session))
        assert {answer.status_code for answer in walked.all} == {200}
        assert heights(walked.master.text) == [240, 360]
        track = fetch(player, f"{stage.cloud.media_base_url}{folder}trickplay/thumbnails.vtt")
        assert track.status_code == 200
        stored = [f"{stage.cloud.media_base_url}{folder}{name}" for name in ABOVE]
        assert [fetch(player, url).status_code for url in stored] == [403, 403, 403]
        for number in range(len(allowed)):
            three = "; ".join(f"{one['name']}={one['value']}" for one in cookies[3 * number : 3 * number + 3])
            assert {httpx.get(url, headers={"cookie": three}).status_code for url in stored} == {403}


ABOVE = ("master.m3u8", "video/720p/index.m3u8", "video/720p/seg-0.m4s")


def test_cookies_are_renewed_while_the_session_lives_and_not_after_it(stage, viewer):
    with playing_through(stage, viewer, MODE="cookies", COOKIE_DOMAIN="127.0.0.1") as person:
        session = started(person)
        renewed = person(RENEW, {"id": session["id"]})["data"]["node"]
        assert (renewed["status"], len(renewed["delivery"]["cookies"])) == ("ACTIVE", 3)
        person(STOP, seen(session))
        over = person(RENEW, {"id": session["id"]})["data"]["node"]
        assert over == {"id": session["id"], "status": "STOPPED", "delivery": None}


def test_marked_addresses_name_their_session_and_are_signed_with_sha256(stage, viewer, player):
    with playing_through(stage, viewer, FORENSIC="true", SIGNING_HASH="sha256") as person:
        one, two = started(person, device="tv"), started(person, device="phone")
        first, second = segment(player, one), segment(player, two)
        assert fields(first)["Hash-Algorithm"] == "SHA256"
        assert fields(first)["s"] != fields(second)["s"]
        stored = {session.id for session in stage.live("viewer")}
        assert {fields(first)["s"], fields(second)["s"]} <= stored
        assert {fetch(player, url).status_code for url in (first, second)} == {200}
        downgraded = first.replace("&Hash-Algorithm=SHA256", "")
        assert fetch(player, downgraded).status_code == 403
        walked = walk(player, manifest(one))
        assert {answer.status_code for answer in walked.all} == {200}


KINDS: dict[str, Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey]] = {
    "RSA-2048": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
}


@contextmanager
def new_key(stage, kind, folder):
    """A further public key in CloudFront: its id and its private half as a file."""
    private = KINDS[kind]()
    file = folder / f"{kind}.pem"
    file.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    cloudfront = Clients(endpoint_url=stage.cloud.endpoint_url)("cloudfront")
    config = {"CallerReference": kind, "Name": f"rotation-{kind}", "EncodedKey": public.decode()}
    yield cloudfront.create_public_key(PublicKeyConfig=config)["PublicKey"]["Id"], file


def trusted(stage, key_ids):
    """The key group of the distribution trusts these keys from now on."""
    cloudfront = Clients(endpoint_url=stage.cloud.endpoint_url)("cloudfront")
    group = stage.cloud.cloudfront.key_group_id
    known = cloudfront.get_key_group(Id=group)
    config = {**known["KeyGroup"]["KeyGroupConfig"], "Items": list(key_ids)}
    cloudfront.update_key_group(Id=group, IfMatch=known["ETag"], KeyGroupConfig=config)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_key_is_rotated_without_a_film_that_stops(stage, viewer, player, tmp_path, kind):
    """The drill of the operator's guide, step by step."""
    old_id, spare_id = stage.cloud.cloudfront.key_ids
    old_file = stage.cloud.cloudfront.private_key_pem_paths[0]
    session = started(viewer, device="old")
    by_old = segment(player, session)
    assert fields(by_old)["Key-Pair-Id"] == old_id
    with new_key(stage, kind, tmp_path) as (new_id, file):
        try:
            trusted(stage, [new_id, old_id, spare_id])
            with playing_through(
                stage, viewer, KEY_IDS=f"{new_id},{old_id}", PRIVATE_KEYS=f"{file},{old_file}"
            ) as person:
                by_new = segment(player, started(person, device="new"))
                assert fields(by_new)["Key-Pair-Id"] == new_id
                assert [fetch(player, url).status_code for url in (by_old, by_new)] == [200, 200]
                # A film that began before the change goes on: its session is not bound to a key.
                assert fields(segment(player, session))["Key-Pair-Id"] == new_id
                trusted(stage, [new_id, spare_id])
                assert [fetch(player, url).status_code for url in (by_old, by_new)] == [403, 200]
        finally:
            trusted(stage, [old_id, spare_id])
    assert [fetch(player, url).status_code for url in (by_old, by_new)] == [200, 403]
