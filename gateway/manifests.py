"""Reads manifests of trusted documents as GraphQL clients write them: graphql-codegen, Apollo and Relay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import orjson

APOLLO = "apollo-persisted-query-manifest"
MAX_ID = 256


class ManifestRefused(ValueError):
    """A manifest that cannot be used; the message names it and says what is wrong."""


def sha256_of(text: str) -> str:
    """The hash of a document, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_manifest(body: bytes, name: str) -> dict[str, str]:
    """Documents by id. Besides the manifest's own ids each document answers to `sha256:<hash>` of its text.

    An id of 64 hexadecimal digits (Apollo, and graphql-codegen without a prefix) is a SHA-256 and gets the prefix.
    Raises ManifestRefused.
    """
    try:
        content = orjson.loads(body)
    except ValueError as error:
        raise ManifestRefused(f"Manifest {name}: not JSON ({error}).") from error
    documents: dict[str, str] = {}
    for id_, text in _entries(content, name):
        _add(documents, _canonical(id_), text, name)
        documents.setdefault(f"sha256:{sha256_of(text)}", text)
    if not documents:
        raise ManifestRefused(f"Manifest {name}: it has no documents.")
    return documents


def merge(manifests: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """All manifests as one; an id that means two documents is refused."""
    whole: dict[str, str] = {}
    for manifest in manifests:
        for id_, text in manifest.items():
            _add(whole, id_, text, "set")
    return whole


def _entries(content: object, name: str) -> Iterable[tuple[str, str]]:
    if not isinstance(content, dict):
        raise ManifestRefused(f"Manifest {name}: the top level must be an object.")
    if content.get("format") == APOLLO:
        if content.get("version") != 1 or not isinstance(content.get("operations"), list):
            raise ManifestRefused(f"Manifest {name}: only version 1 of {APOLLO} with `operations` is known.")
        pairs = [(entry.get("id"), entry.get("body")) for entry in content["operations"] if isinstance(entry, dict)]
    else:
        pairs = list(content.items())
    for id_, text in pairs:
        if not isinstance(id_, str) or not 0 < len(id_) <= MAX_ID or not isinstance(text, str) or not text.strip():
            raise ManifestRefused(f"Manifest {name}: entry {str(id_)[:80]!r} is not an id with a document's text.")
        yield id_, text


def _canonical(id_: str) -> str:
    is_hash = len(id_) == 64 and all(digit in "0123456789abcdef" for digit in id_)
    return f"sha256:{id_}" if is_hash else id_


def _add(documents: dict[str, str], id_: str, text: str, name: str) -> None:
    if documents.setdefault(id_, text) != text:
        raise ManifestRefused(f"Manifest {name}: the id {id_[:80]!r} stands for two different documents.")
