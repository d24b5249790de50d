"""CloudFront signatures: signed URLs, signed queries and signed cookies, made locally without any AWS call.

The formats are those of the CloudFront Developer Guide, "Using signed URLs" and "Using signed cookies": a policy in
compact JSON, signed with the private half of a key of the distribution's key group.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_SAFE = bytes.maketrans(b"+=/", b"-_~")
"""CloudFront's own replacement of the Base64 characters that a URL cannot hold."""

WILDCARDS = frozenset("*?")
RESERVED = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"})


class SigningHash(Enum):
    """The digest that is signed; SHA-1 is CloudFront's original and every edge takes it."""

    SHA1 = "SHA1"
    SHA256 = "SHA256"


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters that open a resource until `expires_at`, as a query string or as cookies."""

    fields: Mapping[str, str]
    expires_at: datetime

    @property
    def query(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.fields.items())

    @property
    def cookies(self) -> dict[str, str]:
        return {f"CloudFront-{name}": value for name, value in self.fields.items()}


class Signer:
    """Signs with one key; RSA-2048 takes about half a millisecond of CPU, so never call it per item of a list.

    `private_key_pem` holds an RSA-2048 key or an ECDSA P-256 key (which always signs SHA-256).
    """

    def __init__(self, key_id: str, private_key_pem: bytes, hash_: SigningHash = SigningHash.SHA1) -> None:
        self.key_id = key_id
        self._sign, self._algorithm = _signing(private_key_pem, hash_)

    def custom(self, resource: str, *, expires_at: datetime, starts_at: datetime | None = None) -> Signature:
        """Opens every URL that matches `resource` (where `*` and `?` are wildcards) between the two instants."""
        condition: dict[str, dict[str, int]] = {"DateLessThan": _epoch(expires_at)}
        if starts_at is not None:
            condition["DateGreaterThan"] = _epoch(starts_at)
        policy = _policy(resource, condition)
        return self._signature({"Policy": _encoded(policy)}, policy, expires_at)

    def canned(self, url: str, *, expires_at: datetime) -> str:
        """The URL of one file with its signature, shorter than a custom policy; wildcards have no place in it."""
        if WILDCARDS & set(url.partition("?")[0]):
            raise ValueError("a canned policy signs one URL: it cannot hold a wildcard")
        policy = _policy(url, {"DateLessThan": _epoch(expires_at)})
        signature = self._signature({"Expires": str(int(expires_at.timestamp()))}, policy, expires_at)
        return f"{url}{'&' if '?' in url else '?'}{signature.query}"

    def _signature(self, first: dict[str, str], policy: bytes, expires_at: datetime) -> Signature:
        fields = first | {"Signature": _encoded(self._sign(policy)), "Key-Pair-Id": self.key_id}
        if self._algorithm is not SigningHash.SHA1:
            fields["Hash-Algorithm"] = self._algorithm.value
        return Signature(fields, expires_at)


def _signing(pem: bytes, hash_: SigningHash) -> tuple[Callable[[bytes], bytes], SigningHash]:
    key = load_pem_private_key(pem, password=None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return lambda message: key.sign(message, ec.ECDSA(hashes.SHA256())), SigningHash.SHA256
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("a CloudFront key is RSA-2048 or ECDSA P-256")
    digest = hashes.SHA1() if hash_ is SigningHash.SHA1 else hashes.SHA256()
    return lambda message: key.sign(message, padding.PKCS1v15(), digest), hash_


def _policy(resource: str, condition: Mapping[str, Mapping[str, int]]) -> bytes:
    return orjson.dumps({"Statement": [{"Resource": resource, "Condition": condition}]})


def _epoch(instant: datetime) -> dict[str, int]:
    return {"AWS:EpochTime": int(instant.timestamp())}


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).translate(_SAFE).decode()
