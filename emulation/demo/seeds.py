"""Chance that is the same on every machine: ids, dice and slugs made from names alone."""

from __future__ import annotations

import random
import re
import unicodedata
from hashlib import sha256

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 12
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "½": " 1-2"})


def stable_id(*parts: object) -> str:
    """Twelve characters of base 62, always the same for the same parts."""
    number = int.from_bytes(sha256("\x1f".join(map(str, parts)).encode()).digest()[:9], "big")
    characters = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, 62)
        characters.append(_ALPHABET[digit])
    return "".join(characters)


def dice(*parts: object) -> random.Random:
    """A source of chance that begins the same for the same parts."""
    return random.Random(int.from_bytes(sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big"))


def slugify(text: str) -> str:
    """Lower-case ASCII words joined by hyphens; "untitled" when nothing is left."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES)).encode("ascii", "ignore").decode()
    return _NOT_WORD.sub("-", plain.replace("'", "")).strip("-") or "untitled"
