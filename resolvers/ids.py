"""Global ids: opaque to clients, the type's name and the path of the record to us."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from domain.errors import BadRequest

_PATH = re.compile(r"([A-Z][A-Za-z]{1,39}):([A-Za-z0-9_.:-]{1,64}(?:/[A-Za-z0-9_.:-]{1,64}){0,3})", re.ASCII)
_MAX_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class GlobalId:
    """A type's name and the key path within it: ("Episode", ("series", "season", "episode"))."""

    type_name: str
    path: tuple[str, ...]


@lru_cache(maxsize=8192)
def encode_id(type_name: str, *path: str) -> str:
    """The opaque form."""
    return urlsafe_b64encode(f"{type_name}:{'/'.join(path)}".encode()).rstrip(b"=").decode()


@lru_cache(maxsize=8192)
def decode_id(text: str) -> GlobalId:
    """The id that `encode_id` made; raises BadRequest for anything else."""
    try:
        raw = urlsafe_b64decode(text[:_MAX_CHARACTERS].encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raw = ""
    found = _PATH.fullmatch(raw)
    if found is None or len(text) > _MAX_CHARACTERS or encode_id(found[1], found[2]) != text.rstrip("="):
        raise BadRequest(f"{_shown(text)} is not an id of this API. Send an `id` as an earlier answer gave it.")
    return GlobalId(found[1], tuple(found[2].split("/")))


def id_of(text: str, *type_names: str) -> str:
    """The single-part path of an id that must be of one of the types; raises BadRequest otherwise."""
    found = decode_id(text)
    if found.type_name not in type_names or len(found.path) != 1:
        wanted = " or ".join(type_names)
        raise BadRequest(f"{_shown(text)} is not the id of a {wanted}. Send an `id` that a {wanted} has.")
    return found.path[0]


def _shown(text: Any) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
