"""Signature Version 4: equal to botocore's, whatever the endpoint and the credentials."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from datasources.dynamo.signing import Clock, Keys, Signer

NOW = 1_767_323_045.0
STAMP = "20260102T030405Z"


def _headers(request: bytes) -> dict[str, str]:
    head = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}


def _botocore(url: str, headers: dict[str, str], body: bytes, keys: Keys) -> str:
    """The Authorization header that botocore gives a request with the same signed headers."""

    class Frozen(SigV4Auth):
        def _modify_request_before_signing(self, request: Any) -> None:
            request.context["timestamp"] = STAMP
            super()._modify_request_before_signing(request)

    signed = {"host": headers["host"], "x-amz-target": headers["x-amz-target"]}
    request = AWSRequest("POST", url, headers=signed, data=body)
    Frozen(ReadOnlyCredentials(*keys), "dynamodb", "eu-west-1").add_auth(request)
    authorization: str = request.headers["Authorization"]
    return authorization


@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzEA//token=="])
@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://dynamodb.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com"),
        ("https://dynamodb.eu-west-1.amazonaws.com:443/", "dynamodb.eu-west-1.amazonaws.com"),
        ("http://127.0.0.1:4566", "127.0.0.1:4566"),
        ("http://[::1]:4566", "[::1]:4566"),
        ("http://gate.example/aws", "gate.example"),
    ],
)
def test_the_signature_is_botocores(url: str, host: str, token: str | None) -> None:
    keys = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", token)
    body = b'{"TableName":"catalog"}'
    request = Signer(url, "eu-west-1", Clock(lambda: NOW), "test").request("GetItem", body, keys)
    headers = _headers(request)
    assert request.endswith(b"\r\n\r\n" + body)
    assert {name: headers[name] for name in ("host", "x-amz-date", "x-amz-target", "content-length")} == {
        "host": host,
        "x-amz-date": STAMP,
        "x-amz-target": "DynamoDB_20120810.GetItem",
        "content-length": str(len(body)),
    }
    assert headers.get("x-amz-security-token") == token
    assert headers["authorization"] == _botocore(url, headers, body, keys)


def test_a_new_day_and_new_keys_are_signed_anew() -> None:
    now = [NOW]
    signer = Signer("http://127.0.0.1:1", "eu-west-1", Clock(lambda: now[0]), "test")
    old, new = Keys("A", "one", None), Keys("B", "two", None)
    first = _headers(signer.request("Query", b"{}", old))["authorization"]
    other = _headers(signer.request("Query", b"{}", new))["authorization"]
    now[0] += 86_400
    tomorrow = _headers(signer.request("Query", b"{}", old))["authorization"]
    assert "Credential=A/20260102/" in first
    assert "Credential=B/20260102/" in other
    assert "Credential=A/20260103/" in tomorrow
    assert len({line.rpartition("=")[2] for line in (first, other, tomorrow)}) == 3


@pytest.mark.parametrize("url", ["", "dynamodb.eu-west-1.amazonaws.com", "ftp://host", "http://", "http://host/?x=1"])
def test_what_is_no_endpoint_is_refused_when_it_is_set(url: str) -> None:
    with pytest.raises(ValueError, match="not an endpoint"):
        Signer(url, "eu-west-1", Clock(), "test")


def test_the_clock_follows_the_service() -> None:
    clock = Clock(lambda: NOW)
    assert clock.correct("Fri, 02 Jan 2026 05:04:05 GMT")
    assert clock.now() == NOW + 7200
    assert not clock.correct("Fri, 02 Jan 2026 05:04:07 GMT")
    assert clock.now() == NOW + 7200
    assert clock.correct("Fri, 02 Jan 2026 03:04:05 GMT")
    assert clock.now() == NOW


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Jan 2026 05:04:05 GMT"])
def test_a_date_that_cannot_be_read_changes_no_clock(date: str) -> None:
    clock = Clock(lambda: NOW)
    assert not clock.correct(date)
    assert clock.now() == NOW
