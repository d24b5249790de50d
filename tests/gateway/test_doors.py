"""Hosts, origins, proxies and languages: what is believed, and from whom."""

from ipaddress import ip_network

import pytest

from domain.errors import BadRequest
from domain.viewers import ActiveProfile, Viewer
from gateway.arrivals import JUDGED
from gateway.call import folded, request_id
from gateway.middleware.cors import Cors
from gateway.middleware.hosts import Hosts
from gateway.middleware.proxies import Proxies
from gateway.requester import Requester, languages
from gateway.statuses import Rejected

PROXIES = Proxies([ip_network("10.0.0.0/8"), ip_network("::1/128")], default_country="US")


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        ("203.0.113.9", {b"x-forwarded-for": b"198.51.100.1"}, "203.0.113.9"),
        ("10.0.0.1", {}, "10.0.0.1"),
        ("10.0.0.1", {b"x-forwarded-for": b"198.51.100.1"}, "198.51.100.1"),
        ("10.0.0.1", {b"x-forwarded-for": b"1.2.3.4, 198.51.100.1, 10.0.0.7"}, "198.51.100.1"),
        ("10.0.0.1", {b"x-forwarded-for": b"1.2.3.4, nonsense"}, "10.0.0.1"),
        ("10.0.0.1", {b"x-forwarded-for": b"10.0.0.3, 10.0.0.2"}, "10.0.0.3"),
        ("10.0.0.1", {b"cloudfront-viewer-address": b"198.51.100.10:46532"}, "198.51.100.10"),
        ("10.0.0.1", {b"cloudfront-viewer-address": b"2001:db8::1:46532"}, "2001:db8::1"),
        ("203.0.113.9", {b"cloudfront-viewer-address": b"198.51.100.10:46532"}, "203.0.113.9"),
        ("::ffff:10.0.0.1", {b"x-forwarded-for": b"198.51.100.1"}, "198.51.100.1"),
    ],
)
def test_the_client_is_the_nearest_hop_that_is_no_proxy_of_ours(peer, headers, client):
    assert PROXIES.client(peer, headers) == client


def test_a_country_is_believed_from_a_trusted_hop_alone():
    sent = {b"cloudfront-viewer-country": b"nl"}
    assert PROXIES.country("10.0.0.1", sent) == "NL"
    assert PROXIES.country("203.0.113.9", sent) == "US"
    assert PROXIES.country("10.0.0.1", {}) == "US"
    assert Proxies([], default_country="DE").country("10.0.0.1", sent) == "DE"


def test_a_country_that_is_none_is_refused():
    with pytest.raises(BadRequest, match="'XX' is no country"):
        PROXIES.country("10.0.0.1", {b"cloudfront-viewer-country": b"XX"})


@pytest.mark.parametrize(
    ("host", "served"),
    [
        (b"api.example.com", True),
        (b"API.example.com:8443", True),
        (b"localhost:8000", True),
        (b"localhost:9000", False),
        (b"evil.example", False),
        (b"api.example.com.evil.example", False),
        (None, False),
        (b"[::1]:8000", True),
    ],
)
def test_a_host_is_one_of_ours(host, served):
    hosts = Hosts(["api.example.com", "localhost:8000", "[::1]"])
    if served:
        hosts.check(host)
    else:
        with pytest.raises(Rejected):
            hosts.check(host)


def test_an_origin_is_listed_or_gets_nothing():
    cors = Cors(["https://www.example.com"])
    assert (b"access-control-allow-origin", b"https://www.example.com") in cors.headers(b"https://www.example.com")
    for other in (b"https://evil.example", b"null", b"https://www.example.com.evil.example", b"http://www.example.com"):
        assert cors.headers(other) == []
        assert cors.preflight(other, b"POST") == []
    assert all(name != b"access-control-allow-credentials" for name, _ in cors.headers(b"https://www.example.com"))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (b"http://localhost:5173", True),
        (b"http://127.0.0.1:3000", True),
        (b"http://[::1]:3000", True),
        (b"http://localhost.evil.example", False),
        (b"null", False),
    ],
)
def test_development_takes_pages_of_this_machine(origin, allowed):
    assert Cors([], loopback=True).allows(origin) is allowed


def test_a_page_may_send_every_header_that_is_read():
    """But for those that a browser or a proxy sets."""
    (allowed,) = [
        value for name, value in Cors([], loopback=True).preflight(b"http://localhost:1", b"POST") if b"headers" in name
    ]
    own = {b"accept-language", b"content-encoding", b"host", b"origin", b"x-forwarded-for"}
    own |= {b"cloudfront-viewer-address", b"cloudfront-viewer-country"}
    assert JUDGED - own <= set(allowed.split(b", "))


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        (b"nl", ("nl",)),
        (b"en-us,en;q=0.5, pt_br;q=0.9", ("en-US", "pt-BR", "en")),
        (b"*", ()),
        (b"de;q=0, nl", ("nl",)),
        (b"nl, nl;q=0.1", ("nl",)),
        (b"zh-Hant-TW", ("zh-Hant-TW",)),
        (b"en-GB-oxendict,de-CH-1996;q=0.9,ca-valencia;q=0.8", ("en-GB", "de-CH", "ca")),
        (b"zh-yue-Hant-HK,sr_Latn_RS", ("zh-Hant-HK", "sr-Latn-RS")),
        (b"de-DE-u-co-phonebk,en-a-myext-x-private", ("de-DE", "en")),
        (b"iw-IL, in;q=0.5", ("he-IL", "id")),
        (b"gsw-CH, es-419;q=0.5", ("gsw-CH", "es-419")),
        (b",".join(b"%s;q=0.%d" % (tag, 9 - n) for n, tag in enumerate([b"nl", b"de", b"fr"])), ("nl", "de", "fr")),
    ],
)
def test_languages_are_ordered_and_canonical(header, tags):
    assert languages(header) == tags


@pytest.mark.parametrize(
    "header",
    [
        b"qq",
        b"qq-NL-oxendict",
        b"english",
        b"en-",
        b"en-x",
        b"en--GB",
        b"x-private",
        b"i-klingon",
        b"nl;q=high",
        b"<script>",
        b"\xff\xfe",
    ],
)
def test_what_is_no_language_is_refused(header):
    with pytest.raises(BadRequest, match="Accept-Language"):
        languages(header)


def test_the_active_profile_speaks_first():
    requester = Requester(address="", country="US", languages=("en", "nl"))
    profile = ActiveProfile(id="p", kids=False, max_age=18, language="nl")
    assert requester.proven(Viewer(sub="v", profile=profile), 1.0).languages == ("nl", "en")


def test_a_header_that_cannot_mean_two_things_is_sent_once():
    assert folded([(b"accept", b"a"), (b"accept", b"b")]) == {b"accept": b"a, b"}
    with pytest.raises(BadRequest, match="authorization"):
        folded([(b"authorization", b"a"), (b"authorization", b"b")])


def test_a_request_id_is_kept_when_it_is_harmless():
    assert request_id(b"abc-123-def") == b"abc-123-def"
    for bad in (None, b"short", b"a" * 65, b"line\nbreak-x", b"with space in it"):
        assert request_id(bad) != bad
    assert request_id(None) != request_id(None)
