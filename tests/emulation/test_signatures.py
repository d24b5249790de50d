"""What the edge accepts and refuses, against signatures made by our signer and by botocore's."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from datasources.cdn import Signer, SigningHash
from emulation.signatures import Refused, ViewerRequest, verify

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 13, tzinfo=UTC)
EARLIER = datetime(2026, 11, 23, 11, tzinfo=UTC)
FOLDER = "http://127.0.0.1:9/v/heat/v1"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ECDSA = ec.generate_private_key(ec.SECP256R1())


def private_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key):
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


KEYS = {"KRSA": public_pem(RSA), "KEC": public_pem(ECDSA)}


def request(url, fields=None, cookies=None, source_ip="127.0.0.1"):
    return ViewerRequest(url=url, query=fields or {}, cookies=cookies or {}, source_ip=source_ip)


def code(call: ViewerRequest, now: datetime = NOW, keys: Mapping[str, str] = KEYS) -> str | None:
    """The error code, None for a pass."""
    try:
        verify(call, keys, now.timestamp())
    except Refused as refusal:
        return refusal.code
    return None


def custom(statement, key_id="KRSA"):
    """The fields of a policy of any shape, signed with RSA and SHA-1."""
    policy = statement if isinstance(statement, bytes) else json.dumps({"Statement": [statement]}).encode()
    signature = RSA.sign(policy, padding.PKCS1v15(), hashes.SHA1())
    table = bytes.maketrans(b"+=/", b"-_~")
    encode = lambda data: b64encode(data).translate(table).decode()  # noqa: E731
    return {"Policy": encode(policy), "Signature": encode(signature), "Key-Pair-Id": key_id}


@pytest.mark.parametrize(
    ("key_id", "key", "digest"),
    [("KRSA", RSA, SigningHash.SHA1), ("KRSA", RSA, SigningHash.SHA256), ("KEC", ECDSA, SigningHash.SHA256)],
)
def test_every_kind_of_key_and_digest_passes(key_id, key, digest):
    signed = Signer(key_id, private_pem(key), digest).custom(f"{FOLDER}/*", expires_at=LATER)
    assert code(request(f"{FOLDER}/video/240p/seg-0.m4s", signed.fields)) is None
    assert code(request(f"{FOLDER}/seg", cookies=signed.cookies)) is None


def test_botocore_signatures_pass():
    signer = CloudFrontSigner("KRSA", lambda message: RSA.sign(message, padding.PKCS1v15(), hashes.SHA1()))
    canned = signer.generate_presigned_url(f"{FOLDER}/a.jpg?size=1", date_less_than=LATER)
    policy = signer.build_policy(f"{FOLDER}/*", date_less_than=LATER, date_greater_than=EARLIER, ip_address="127.0.0.1")
    wild = signer.generate_presigned_url(f"{FOLDER}/a.jpg", policy=policy)
    assert code(request(f"{FOLDER}/a.jpg?size=1", fields_of(canned))) is None
    assert code(request(f"{FOLDER}/a.jpg", fields_of(wild))) is None


def fields_of(url):
    return dict(pair.split("=", 1) for pair in url.partition("?")[2].split("&"))


def test_a_canned_policy_opens_its_own_url_alone():
    fields = fields_of(Signer("KRSA", private_pem(RSA)).canned(f"{FOLDER}/a.jpg", expires_at=LATER))
    assert code(request(f"{FOLDER}/a.jpg", fields)) is None
    assert code(request(f"{FOLDER}/b.jpg", fields)) == "AccessDenied"
    assert code(request(f"{FOLDER}/a.jpg", fields), LATER) == "AccessDenied"
    assert code(request(f"{FOLDER}/a.jpg", {**fields, "Expires": "9999999999"})) == "AccessDenied"
    assert code(request(f"{FOLDER}/a.jpg", {**fields, "Expires": "soon"})) == "MalformedPolicy"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/v/other/v1/seg",
        "http://127.0.0.1:9/v/heat/v2/seg",
        "https://127.0.0.1:9/v/heat/v1/seg",
        "http://localhost:9/v/heat/v1/seg",
    ],
)
def test_another_title_version_scheme_or_host_is_refused(url):
    signed = Signer("KRSA", private_pem(RSA)).custom(f"{FOLDER}/*", expires_at=LATER)
    assert code(request(url, signed.fields)) == "AccessDenied"


def test_wildcards_stand_for_any_text_and_for_one_character():
    fields = custom({"Resource": "http*://*/seg-?.m4s", "Condition": ends(LATER)})
    assert code(request("https://x/v/seg-1.m4s", fields)) is None
    assert code(request("https://x/v/seg-11.m4s", fields)) == "AccessDenied"
    literal = custom({"Resource": f"{FOLDER}/a+b(.)", "Condition": ends(LATER)})
    assert code(request(f"{FOLDER}/a+b(.)", literal)) is None
    assert code(request(f"{FOLDER}/aab(.)", literal)) == "AccessDenied"


def ends(instant):
    return {"DateLessThan": {"AWS:EpochTime": int(instant.timestamp())}}


def test_a_signature_is_good_from_its_start_to_before_its_end():
    condition = {**ends(LATER), "DateGreaterThan": {"AWS:EpochTime": int(NOW.timestamp())}}
    call = request(f"{FOLDER}/x", custom({"Resource": f"{FOLDER}/*", "Condition": condition}))
    assert code(call, EARLIER) == "AccessDenied"
    assert code(call, NOW) == "AccessDenied"
    assert code(call, NOW.replace(second=1)) is None
    assert code(call, LATER) == "AccessDenied"


@pytest.mark.parametrize(
    ("allowed", "verdict"), [("127.0.0.1", None), ("127.0.0.0/8", None), ("10.0.0.0/8", "AccessDenied")]
)
def test_an_address_condition_holds(allowed, verdict):
    condition = {**ends(LATER), "IpAddress": {"AWS:SourceIp": allowed}}
    assert code(request(f"{FOLDER}/x", custom({"Resource": f"{FOLDER}/*", "Condition": condition}))) == verdict


GOOD = custom({"Resource": f"{FOLDER}/*", "Condition": ends(LATER)})


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, "MissingKey"),
        ({**GOOD, "Key-Pair-Id": "KNONE"}, "InvalidKey"),
        ({**GOOD, "Key-Pair-Id": "KEC"}, "AccessDenied"),
        ({**GOOD, "Signature": ""}, "MissingSignature"),
        ({**GOOD, "Signature": "no!"}, "MalformedSignature"),
        ({**GOOD, "Signature": GOOD["Signature"][::-1].lstrip("_") + "__"}, "AccessDenied"),
        ({**GOOD, "Policy": "%%%"}, "MalformedPolicy"),
        ({**GOOD, "Policy": custom({"Resource": "*", "Condition": ends(LATER)})["Policy"]}, "AccessDenied"),
        ({**GOOD, "Hash-Algorithm": "SHA256"}, "AccessDenied"),
        ({**GOOD, "Hash-Algorithm": "MD5"}, "MalformedSignature"),
        (custom(b"not json"), "MalformedPolicy"),
        (custom(b'{"Statement":[]}'), "MalformedPolicy"),
        (custom({"Resource": "*"}), "MalformedPolicy"),
        (custom({"Resource": "*", "Condition": {}}), "MalformedPolicy"),
        (custom({"Resource": "*", "Condition": {"DateLessThan": {"AWS:EpochTime": "x"}}}), "MalformedPolicy"),
        ({"Expires": "1", "Key-Pair-Id": "KRSA"}, "MissingSignature"),
        ({"Signature": GOOD["Signature"], "Key-Pair-Id": "KRSA"}, "MissingPolicy"),
    ],
)
def test_a_broken_signature_has_its_code(fields, verdict):
    assert code(request(f"{FOLDER}/x", fields)) == verdict


def test_the_url_wins_over_cookies():
    cookies = {f"CloudFront-{name}": value for name, value in GOOD.items()}
    assert code(request(f"{FOLDER}/x", cookies=cookies)) is None
    assert code(request(f"{FOLDER}/x", {"Key-Pair-Id": "KNONE"}, cookies)) == "InvalidKey"


def test_a_key_that_left_the_group_opens_nothing():
    assert code(request(f"{FOLDER}/x", GOOD), keys={"KEC": KEYS["KEC"]}) == "InvalidKey"
