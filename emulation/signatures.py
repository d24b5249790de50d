"""Verifies CloudFront signatures as the edge does: signed URLs and signed cookies, canned and custom policies.

Pure: the request, the keys of the distribution and the clock come in, a refusal goes out or nothing.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

RESERVED = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"})
_COOKIE_PREFIX = "CloudFront-"
_UNSAFE = bytes.maketrans(b"-_~", b"+=/")
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}
_CANNED = '{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}'
_MAXIMUM_POLICY = 4096


class Refused(Exception):
    """A 403 of the edge: an error code and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerRequest:
    """What a signature is checked against."""

    url: str
    """Scheme and host as the client used them, raw path, query without the reserved parameters."""
    query: Mapping[str, str]
    cookies: Mapping[str, str]
    source_ip: str


def verify(request: ViewerRequest, keys: Mapping[str, str], now: float) -> None:
    """Raises Refused unless one of `keys` (PEM by id) signed this request for this moment (epoch seconds)."""
    given = _given(request)
    pem = keys.get(_required(given, "Key-Pair-Id", "MissingKey"))
    if pem is None:
        raise Refused("InvalidKey", "Unknown Key")
    signature = _decoded(_required(given, "Signature", "MissingSignature"), "MalformedSignature")
    policy = _policy(given, request.url)
    _check_signature(pem, signature, policy, given.get("Hash-Algorithm", "SHA1"))
    _check_statement(_statement(policy), request, now)


def _given(request: ViewerRequest) -> Mapping[str, str]:
    """The parameters of the URL; the cookies only where the URL has none at all."""
    query = {name: value for name, value in request.query.items() if name in RESERVED}
    if query:
        return query
    return {
        name.removeprefix(_COOKIE_PREFIX): value
        for name, value in request.cookies.items()
        if name.startswith(_COOKIE_PREFIX)
    }


def _required(given: Mapping[str, str], name: str, code: str) -> str:
    if not given.get(name):
        raise Refused(code, f"Missing {name} query parameter or cookie value")
    return given[name]


def _policy(given: Mapping[str, str], url: str) -> bytes:
    """The signed text: the custom policy, or the canned one that this URL and `Expires` stand for."""
    if "Policy" in given:
        return _decoded(given["Policy"], "MalformedPolicy")
    expires = _required(given, "Expires", "MissingPolicy")
    if not (expires.isascii() and expires.isdigit()):
        raise Refused("MalformedPolicy", "Malformed Policy")
    return (_CANNED % (url, expires)).encode()


def _decoded(text: str, code: str) -> bytes:
    try:
        return b64decode(text.encode("ascii").translate(_UNSAFE), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(code, code.replace("Malformed", "Malformed ")) from None


def _check_signature(pem: str, signature: bytes, policy: bytes, algorithm: str) -> None:
    digest = _HASHES.get(algorithm)
    if digest is None:
        raise Refused("MalformedSignature", "Unsupported Hash-Algorithm")
    key = load_pem_public_key(pem.encode())
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, policy, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, policy, ec.ECDSA(digest))
        else:
            raise Refused("InvalidKey", "Unknown Key")
    except InvalidSignature:
        raise _denied() from None


def _denied() -> Refused:
    return Refused("AccessDenied", "Access denied")


def _statement(policy: bytes) -> dict[str, Any]:
    """The one statement of a policy whose signature holds."""
    malformed = Refused("MalformedPolicy", "Malformed Policy")
    if len(policy) > _MAXIMUM_POLICY:
        raise malformed
    try:
        (statement,) = json.loads(policy)["Statement"]
        if not isinstance(statement["Condition"], dict):
            raise malformed
    except (ValueError, KeyError, TypeError):
        raise malformed from None
    return dict(statement)


def _check_statement(statement: dict[str, Any], request: ViewerRequest, now: float) -> None:
    condition = statement["Condition"]
    ends = _epoch(condition, "DateLessThan")
    starts = _epoch(condition, "DateGreaterThan")
    if ends is None:
        raise Refused("MalformedPolicy", "Malformed Policy")
    if not _matches(str(statement.get("Resource", "*")), request.url):
        raise _denied()
    if now >= ends or (starts is not None and now <= starts):
        raise _denied()
    if not _from_allowed_address(condition, request.source_ip):
        raise _denied()


def _epoch(condition: dict[str, Any], name: str) -> int | None:
    if name not in condition:
        return None
    try:
        return int(condition[name]["AWS:EpochTime"])
    except (KeyError, TypeError, ValueError):
        raise Refused("MalformedPolicy", "Malformed Policy") from None


def _matches(pattern: str, url: str) -> bool:
    """`*` stands for any text, `?` for one character; everything else for itself."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), url, re.DOTALL) is not None


def _from_allowed_address(condition: dict[str, Any], source_ip: str) -> bool:
    if "IpAddress" not in condition:
        return True
    try:
        return ip_address(source_ip) in ip_network(condition["IpAddress"]["AWS:SourceIp"], strict=False)
    except (KeyError, TypeError, ValueError):
        raise Refused("MalformedPolicy", "Malformed Policy") from None
