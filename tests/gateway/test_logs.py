"""Logs: one JSON object a line, with everything an operator needs and nothing that opens a door (R5)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from dirty_equals import IsStr
from graphql import GraphQLError

from gateway.logs import MAX_LINE, REDACTED, configure_logging, operation_log, redact
from gateway.masking import format_error
from tests.gateway.issuer import token

JWT = token()
EMAIL = "vera.viewer+films@mail.example.co.uk"
SIGNED = "https://media.example.com/v/t1/1/seg-1.m4s?Policy=abc_&Signature=def~ghi&Key-Pair-Id=K2JCJMDEHXQW5F"
PRESIGNED = (
    "https://bucket.s3.amazonaws.com/incoming/u1?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAEXAMPLE%2F2026"
    "&X-Amz-Signature=0123456789abcdef&X-Amz-Security-Token=FwoGZXIvYXdzE"
)
PLAY = "/play/v1.c2VhbGVkLXNlc3Npb24tdG9rZW4/master.m3u8"
SECRETS = {
    "token": JWT,
    "e-mail": EMAIL,
    "signature": "def~ghi",
    "policy": "abc_",
    "key id": "K2JCJMDEHXQW5F",
    "presigned signature": "0123456789abcdef",
    "presigned credential": "AKIAEXAMPLE",
    "session token": "FwoGZXIvYXdzE",
    "play token": "c2VhbGVkLXNlc3Npb24tdG9rZW4",
    "pin": "4711",
    "password": "hunter2",
    "cookie": "sessionid-98765",
    "basic": "dXNlcjpwYXNz",
    "profile token": "profile-token-value",
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    configure_logging("debug", stream)
    yield stream
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def _entries(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_one_line_tells_one_operation(lines: io.StringIO):
    operation_log(
        request_id="r-1",
        transport="http",
        operation="query",
        name="Home",
        document_hash="ab" * 32,
        caller="viewer",
        cost=690,
        seconds=0.01234,
        status=200,
        codes=["UPSTREAM_THROTTLED"],
        client="web 1.2.3",
        aws_calls=3,
    )
    assert _entries(lines) == [
        {
            "event": "operation",
            "level": "info",
            "timestamp": IsStr(regex=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z"),
            "request_id": "r-1",
            "transport": "http",
            "operation": "query",
            "name": "Home",
            "document": "ab" * 8,
            "caller": "viewer",
            "cost": 690,
            "duration_ms": 12.34,
            "status": 200,
            "codes": ["UPSTREAM_THROTTLED"],
            "client": "web 1.2.3",
            "aws_calls": 3,
        }
    ]


def _log_everything() -> None:
    """Every way in which something secret could reach a log."""
    log = structlog.get_logger("test")
    log.info("text", text=f"Authorization: Bearer {JWT} from {EMAIL} to {SIGNED} and {PRESIGNED} at {PLAY}")
    log.info(f"in the event itself: {JWT} {EMAIL} {PLAY}")
    log.info("keys", authorization=f"Bearer {JWT}", cookie="sessionid-98765", pin="4711", password="hunter2")
    log.info("more keys", x_profile_token="profile-token-value", profile_pin=4711, access_token=JWT, email=EMAIL)
    log.info("nested", request={"headers": {"cookie": "sessionid-98765"}, "variables": {"input": {"pin": "4711"}}})
    log.info("lists", values=[JWT, {"deep": [SIGNED, {"deeper": EMAIL}]}], tokens=[JWT])
    log.info("dumped", body='{"pin": "4711"}', text='{"input": {"pin": "4711", "password":"hunter2"}} pin=4711')
    log.info("basic", text="Basic dXNlcjpwYXNz")
    log.info(
        "cookies", text="CloudFront-Signature=def~ghi; CloudFront-Policy=abc_; CloudFront-Key-Pair-Id=K2JCJMDEHXQW5F"
    )
    log.info("bytes", value=JWT.encode(), other=object())
    try:
        raise RuntimeError(f"cannot send {SIGNED} with {JWT} to {EMAIL}, pin=4711, password='hunter2'")
    except RuntimeError as error:
        log.exception("failed")
        format_error(GraphQLError("x", path=["a"], original_error=error))
    logging.getLogger("botocore").warning("sending %s with %s", PRESIGNED, {"Authorization": f"Bearer {JWT}"})
    logging.getLogger("aiohttp").error("for %s", EMAIL, exc_info=(RuntimeError, RuntimeError(JWT), None))


@pytest.mark.parametrize("what", SECRETS)
def test_no_secret_is_ever_in_the_log(lines: io.StringIO, what: str):
    _log_everything()
    assert len(lines.getvalue().splitlines()) == 14
    assert SECRETS[what] not in lines.getvalue()


def test_what_is_no_secret_stays(lines: io.StringIO):
    text = "title m001 of https://media.example.com/art/m001.webp cost 690 at 12:30, hash ab12, user 5"
    structlog.get_logger("test").info("plain", text=text, code="INTERNAL", codes=["FORBIDDEN"], count=3, ok=True)
    (entry,) = _entries(lines)
    del entry["timestamp"]
    assert entry == {
        "event": "plain",
        "level": "info",
        "text": text,
        "code": "INTERNAL",
        "codes": ["FORBIDDEN"],
        "count": 3,
        "ok": True,
    }


def test_the_address_stays_without_its_query():
    assert redact(SIGNED) == f"https://media.example.com/v/t1/1/seg-1.m4s?{REDACTED}"
    assert redact(f"GET {PLAY} 200") == f"GET /play/{REDACTED}/master.m3u8 200"


def test_a_value_cannot_forge_a_line(lines: io.StringIO):
    structlog.get_logger("test").info("x", name='a\n{"event": "forged"}\r\n\u2028')
    assert [entry["event"] for entry in _entries(lines)] == ["x"]
    assert lines.getvalue().count("\n") == 1


def test_a_line_is_bounded(lines: io.StringIO):
    log = structlog.get_logger("test")
    log.info("long", request_id="r-1", text="x" * 1_000_000)
    log.info("many", request_id="r-2", values=["y" * 5000] * 1000)
    long, many = lines.getvalue().splitlines()
    assert len(long) < 3000 and "(1000000 characters)" in long
    assert len(many) < MAX_LINE and json.loads(many)["request_id"] == "r-2"


def test_a_recursive_value_ends(lines: io.StringIO):
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    structlog.get_logger("test").info("x", value=loop)
    assert len(_entries(lines)) == 1


def test_a_masked_error_has_its_id_and_its_trace_in_the_log(lines: io.StringIO):
    try:
        raise RuntimeError("kaputt")
    except RuntimeError as error:
        entry = format_error(GraphQLError("x", path=["home", 0], original_error=error))
    (logged,) = _entries(lines)
    assert logged["error_id"] == entry["extensions"]["id"] and logged["path"] == "home.0"
    assert "RuntimeError: kaputt" in logged["exception"] and "test_logs.py" in logged["exception"]


def test_what_is_bound_for_a_request_is_on_each_of_its_lines(lines: io.StringIO):
    with structlog.contextvars.bound_contextvars(request_id="r-9"):
        structlog.get_logger("test").warning("slow")
    assert _entries(lines)[0]["request_id"] == "r-9"


def test_below_the_level_nothing_is_written():
    stream = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        configure_logging("warning", stream)
        structlog.get_logger("test").info("x")
        logging.getLogger("test").info("x")
    finally:
        structlog.reset_defaults()
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    assert stream.getvalue() == ""
