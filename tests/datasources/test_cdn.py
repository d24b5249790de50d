"""Signatures equal botocore's where botocore can make them, and verify with the public key everywhere else."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from datasources.cdn import Signer, SigningHash

URL = "https://media.example.com/v/heat/v1/poster.webp"
WILD = "https://media.example.com/v/heat/v1/*"
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def opened(text):
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")))


def botocore_signer():
    return CloudFrontSigner("K1", lambda message: RSA.sign(message, padding.PKCS1v15(), hashes.SHA1()))


def test_a_canned_url_is_the_one_botocore_makes():
    theirs = botocore_signer().generate_presigned_url(URL, date_less_than=UNTIL)
    assert Signer("K1", pem(RSA)).canned(URL, expires_at=UNTIL) == theirs


def test_a_custom_wildcard_is_the_one_botocore_makes():
    signer = botocore_signer()
    policy = signer.build_policy(WILD, UNTIL, date_greater_than=datetime(2029, 1, 1, tzinfo=UTC))
    theirs = signer.generate_presigned_url(WILD, policy=policy)
    ours = Signer("K1", pem(RSA)).custom(WILD, expires_at=UNTIL, starts_at=datetime(2029, 1, 1, tzinfo=UTC))
    assert f"{WILD}?{ours.query}" == theirs


def test_cookies_carry_the_same_fields_as_the_query():
    signature = Signer("K1", pem(RSA)).custom(WILD, expires_at=UNTIL)
    assert {f"CloudFront-{k}": v[0] for k, v in parse_qs(signature.query).items()} == signature.cookies
    assert set(signature.cookies) == {"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"}


@pytest.mark.parametrize(
    ("key", "verify"),
    [
        (RSA, lambda s, m: RSA.public_key().verify(s, m, padding.PKCS1v15(), hashes.SHA256())),
        (EC, lambda s, m: EC.public_key().verify(s, m, ec.ECDSA(hashes.SHA256()))),
    ],
    ids=["rsa", "ecdsa"],
)
def test_sha256_names_its_algorithm_and_verifies(key, verify):
    fields = Signer("K1", pem(key), SigningHash.SHA256).custom(WILD, expires_at=UNTIL).fields
    policy = opened(fields["Policy"])
    verify(opened(fields["Signature"]), policy)
    assert fields["Hash-Algorithm"] == "SHA256"
    assert json.loads(policy) == {
        "Statement": [{"Resource": WILD, "Condition": {"DateLessThan": {"AWS:EpochTime": int(UNTIL.timestamp())}}}]
    }


def test_a_canned_url_keeps_the_query_of_its_file():
    query = parse_qs(urlsplit(Signer("K1", pem(RSA)).canned(f"{URL}?size=1", expires_at=UNTIL)).query)
    assert query["size"] == ["1"]
    assert query["Key-Pair-Id"] == ["K1"]


def test_a_wildcard_cannot_be_canned():
    with pytest.raises(ValueError, match="wildcard"):
        Signer("K1", pem(RSA)).canned(WILD, expires_at=UNTIL)


def test_a_key_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="RSA-2048 or ECDSA"):
        Signer("K1", pem(ed25519.Ed25519PrivateKey.generate()))
