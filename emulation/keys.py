"""The two RSA key pairs that sign media URLs: made once per data folder, private halves readable by the owner alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_COUNT = 2
"""Two, so that one can be replaced while the other signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A private key file and its public key as PEM."""

    path: Path
    public_pem: str


def key_pairs(folder: Path) -> tuple[KeyPair, ...]:
    """The pairs of this folder, made when absent."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tuple(_pair(folder / f"signing-{number}.pem") for number in range(1, KEY_COUNT + 1))


def _pair(path: Path) -> KeyPair:
    if not path.exists():
        _write(path)
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(path=path, public_pem=public.decode())


def _write(path: Path) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(pem)
