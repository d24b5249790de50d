"""The media edge over real HTTP: signatures, ranges, CORS, artwork and the gateway as origin."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from datasources.cdn import Signature, Signer
from emulation.outputs import Outputs
from emulation.provision import Clients

BODY = bytes(range(256)) * 8
KEY = "v/heat/v1/video/seg-0.m4s"
ORIGIN = "https://app.example"


@pytest.fixture(scope="module")
def media(cloud: Outputs) -> Iterator[httpx.Client]:
    s3 = Clients(endpoint_url=cloud.endpoint_url)("s3")
    s3.put_object(Bucket=cloud.buckets["media"], Key=KEY, Body=BODY, ContentType="video/iso.segment")
    with httpx.Client(base_url=cloud.media_base_url) as client:
        yield client
    s3.delete_object(Bucket=cloud.buckets["media"], Key=KEY)


def signer(cloud: Outputs, number: int = 0) -> Signer:
    edge = cloud.cloudfront
    return Signer(edge.key_ids[number], Path(edge.private_key_pem_paths[number]).read_bytes())


def signed(cloud: Outputs, resource: str = "v/heat/v1/*", *, minutes: int = 5, number: int = 0) -> Signature:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    return signer(cloud, number).custom(f"{cloud.media_base_url}/{resource}", expires_at=until)


@pytest.mark.parametrize("number", [0, 1])
def test_both_keys_of_the_group_open_a_file(cloud, media, number):
    answer = media.get(f"/{KEY}?{signed(cloud, number=number).query}")
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["content-type"] == "video/iso.segment"
    assert answer.headers["x-cache"] == "Miss from cloudfront"
    assert answer.headers["etag"]


def test_cookies_open_a_file(cloud, media):
    cookies = "; ".join(f"{name}={value}" for name, value in signed(cloud).cookies.items())
    assert media.get(f"/{KEY}", headers={"cookie": cookies}).status_code == 200


def test_a_canned_url_opens_a_file(cloud, media):
    url = signer(cloud).canned(f"{cloud.media_base_url}/{KEY}", expires_at=datetime.now(UTC) + timedelta(minutes=1))
    assert media.get(url).status_code == 200


def test_refusals_are_403_with_the_reason(cloud, media):
    good = signed(cloud)
    queries = {
        "unsigned": "",
        "tampered": good.query.replace("Policy=", "Policy=A"),
        "expired": signed(cloud, minutes=-1).query,
        "other title": signed(cloud, "v/other/v1/*").query,
        "unknown key": good.query.replace(cloud.cloudfront.key_ids[0], "KNOBODY"),
    }
    answers = {name: media.get(f"/{KEY}?{query}") for name, query in queries.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(queries, 403)
    assert answers["unsigned"].text == (
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code>'
        "<Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>"
    )
    codes = {name: answer.text.partition("<Code>")[2].partition("<")[0] for name, answer in answers.items()}
    assert codes == {
        "unsigned": "MissingKey",
        "tampered": "MalformedPolicy",
        "expired": "AccessDenied",
        "other title": "AccessDenied",
        "unknown key": "InvalidKey",
    }
    assert {answer.headers["content-type"] for answer in answers.values()} == {"text/xml"}


def test_ranges(cloud, media):
    url = f"/{KEY}?{signed(cloud).query}"
    part = media.get(url, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, BODY[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(BODY)}"
    tail = media.get(url, headers={"range": "bytes=-4"})
    assert (tail.status_code, tail.content) == (206, BODY[-4:])
    beyond = media.get(url, headers={"range": f"bytes={len(BODY)}-"})
    assert beyond.status_code == 416


def test_head_and_revalidation(cloud, media):
    url = f"/{KEY}?{signed(cloud).query}"
    head = media.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(BODY)))
    again = media.get(url, headers={"if-none-match": head.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_absent_file_is_refused_as_a_private_bucket_does(cloud, media):
    assert media.get(f"/v/heat/v1/absent.m4s?{signed(cloud).query}").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/v/heat/v1/../../other/v1/seg",
        "/v/heat/v1/%2e%2e/v2/seg",
        "/v/heat/v1/..%2f..%2fother",
        "/v/heat/v1/%5c..%5cother",
        "/v/heat/v1/./x",
        "/v/heat/v1/x%00",
        "/art/../v/heat/v1/x",
    ],
)
def test_a_path_that_climbs_is_refused(cloud, path):
    address = httpx.URL(cloud.media_base_url)
    raw = http.client.HTTPConnection(address.host, address.port)
    raw.request("GET", f"{path}?{signed(cloud).query}")
    answer = raw.getresponse()
    assert (answer.status, b"AccessDenied" in answer.read()) == (403, True)
    raw.close()


def test_any_site_may_read_media_without_credentials(cloud, media):
    answer = media.get(f"/{KEY}?{signed(cloud).query}", headers={"origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    preflight = media.options(
        f"/{KEY}?{signed(cloud).query}", headers={"origin": ORIGIN, "access-control-request-method": "GET"}
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert preflight.headers["access-control-max-age"] == "600"


def test_an_exact_origin_policy_answers_that_origin_alone(cloud, media):
    cloudfront = Clients(endpoint_url=cloud.endpoint_url)("cloudfront")
    policies = cloudfront.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Items"]
    policy_id = policies[0]["ResponseHeadersPolicy"]["Id"]
    found = cloudfront.get_response_headers_policy(Id=policy_id)
    before = found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    cors = {**before["CorsConfig"], "AccessControlAllowCredentials": True}
    cors["AccessControlAllowOrigins"] = {"Quantity": 1, "Items": [ORIGIN]}
    exact = {**before, "CorsConfig": cors}
    changed = cloudfront.update_response_headers_policy(
        Id=policy_id, IfMatch=found["ETag"], ResponseHeadersPolicyConfig=exact
    )
    try:
        url = f"/{KEY}?{signed(cloud).query}"
        own = media.get(url, headers={"origin": ORIGIN})
        assert own.headers["access-control-allow-origin"] == ORIGIN
        assert own.headers["access-control-allow-credentials"] == "true"
        assert "access-control-allow-origin" not in media.get(url, headers={"origin": "https://other.example"}).headers
    finally:
        cloudfront.update_response_headers_policy(
            Id=policy_id, IfMatch=changed["ETag"], ResponseHeadersPolicyConfig=before
        )


def test_writing_is_refused(cloud, media):
    assert media.put(f"/{KEY}?{signed(cloud).query}", content=b"x").status_code == 403


def test_a_key_taken_out_of_the_group_stops_working_at_once(cloud, media):
    cloudfront = Clients(endpoint_url=cloud.endpoint_url)("cloudfront")
    edge = cloud.cloudfront
    url = f"/{KEY}?{signed(cloud, number=1).query}"
    assert media.get(url).status_code == 200
    _trust(cloudfront, edge.key_group_id, edge.key_ids[:1])
    try:
        assert media.get(url).status_code == 403
        assert media.get(f"/{KEY}?{signed(cloud, number=0).query}").status_code == 200
    finally:
        _trust(cloudfront, edge.key_group_id, edge.key_ids)


def _trust(cloudfront, group_id, key_ids):
    group = cloudfront.get_key_group(Id=group_id)
    config = {**group["KeyGroup"]["KeyGroupConfig"], "Items": list(key_ids)}
    cloudfront.update_key_group(Id=group_id, IfMatch=group["ETag"], KeyGroupConfig=config)


class _Gateway(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.path} {self.headers['x-forwarded-for']} {self.headers['host']}".encode()
        self.send_response(200)
        self.send_header("content-type", "application/vnd.apple.mpegurl")
        self.send_header("content-encoding", "identity")
        self.send_header("set-cookie", "a=1")
        self.send_header("set-cookie", "b=2")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def gateway() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_play_goes_to_the_gateway_without_a_signature(control, media, gateway):
    control.post("/_marquee/origin", json={"url": gateway}).raise_for_status()
    answer = media.get("/play/to%2Fken/master.m3u8?a=%20b", headers={"origin": ORIGIN})
    assert answer.text == f"/play/to%2Fken/master.m3u8?a=%20b 127.0.0.1 {gateway.removeprefix('http://')}"
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_gateway_that_is_down_is_a_502(control, media, gateway):
    control.post("/_marquee/origin", json={"url": "http://127.0.0.1:1"}).raise_for_status()
    assert media.get("/play/token/master.m3u8").status_code == 502


@pytest.mark.parametrize("url", ["https://example.com", "http://127.0.0.1.example.com", "http://[::1", 5])
def test_an_origin_elsewhere_is_refused(control, url):
    answer = control.post("/_marquee/origin", json={"url": url})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("ValueError: ")
