"""Pages of lists: forward only, by keyset, with cursors that are sealed to the list they came from."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Generic, TypeVar

import orjson

from datasources.once import once
from domain.errors import BadRequest, NotFound, Refused

MAX_FIRST = 100
_TAG = 12

Node = TypeVar("Node")
Parent = TypeVar("Parent")
Found = TypeVar("Found")
Value = TypeVar("Value")
Position = tuple[Any, ...]
"""Where an element stands in its list: strings and numbers that order it, enough to go on after it."""


class InvalidArgument(Refused):
    """An argument's value is outside of what its description allows."""

    code = "GRAPHQL_VALIDATION_FAILED"


class Seal:
    """Makes and reads the cursors of one list. `identity` is what makes the list this list: owner and arguments."""

    __slots__ = ("_identity", "_key")

    def __init__(self, key: bytes, *identity: object) -> None:
        self._key = key
        self._identity = identity

    def close(self, position: Position) -> str:
        """The cursor of a position."""
        body = orjson.dumps(position)
        return urlsafe_b64encode(self._tag(body) + body).rstrip(b"=").decode()

    def open(self, cursor: str) -> Position:
        """The position of a cursor; raises BadRequest for an edited one and for one of another list."""
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        tag, body = raw[:_TAG], raw[_TAG:]
        if not compare_digest(tag, self._tag(body)) or self.close(tuple(orjson.loads(body))) != cursor.rstrip("="):
            raise BadRequest(
                "`after` is not a cursor of this list. Send `pageInfo.endCursor` of the same field with the same "
                "arguments, or leave it out to begin at the start."
            )
        return tuple(orjson.loads(body))

    def _tag(self, body: bytes) -> bytes:
        # The length keeps identity and body apart.
        identity = orjson.dumps(self._identity)
        return blake2b(b"%d:%b%b" % (len(identity), identity, body), key=self._key, digest_size=_TAG).digest()


@dataclass(frozen=True, slots=True)
class Edge(Generic[Node]):
    """An element with its place; `note` is what the list adds to it, such as a highlight."""

    node: Node
    position: Position
    seal: Seal
    note: str | None = None

    @property
    def cursor(self) -> str:
        return self.seal.close(self.position)


@dataclass(frozen=True)
class PageInfo:
    """Whether there is more, and from where to go on. Pages are kept and shared, so what is derived is kept too."""

    has_next_page: bool
    has_previous_page: bool
    first: Position | None
    last: Position | None
    seal: Seal

    @once
    def start_cursor(self) -> str | None:
        return None if self.first is None else self.seal.close(self.first)

    @once
    def end_cursor(self) -> str | None:
        return None if self.last is None else self.seal.close(self.last)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Node]):
    """A page of a list: `nodes` with their `positions` and, where the list has any, `notes`."""

    nodes: Sequence[Node]
    positions: Sequence[Position]
    seal: Seal
    has_next_page: bool
    has_previous_page: bool
    notes: Sequence[str | None] = ()
    total_count: int | None = None
    read_to: Position | None = None
    """Where to go on when elements behind the last node were read and may not be shown; None: behind the last node."""

    @once
    def edges(self) -> list[Edge[Node]]:
        notes = self.notes or (None,) * len(self.nodes)
        seal = self.seal
        parts = zip(self.nodes, self.positions, notes, strict=True)
        return [Edge(node, position, seal, note) for node, position, note in parts]

    @once
    def page_info(self) -> PageInfo:
        first, last = (self.positions[0], self.positions[-1]) if self.positions else (None, None)
        return PageInfo(self.has_next_page, self.has_previous_page, first, self.read_to or last, self.seal)


def each(
    make: Callable[[Parent, Found], Value], parents: Iterable[Parent], found: Iterable[Found | Exception | None]
) -> list[Value | Exception]:
    """`make(parent, found)` for each parent; a read that failed, and a refusal of `make`, stand in its place."""
    values: list[Value | Exception] = []
    for parent, one in zip(parents, found, strict=True):
        if one is None:
            values.append(NotFound("It is gone."))
        elif isinstance(one, Exception):
            values.append(one)
        else:
            try:
                values.append(make(parent, one))
            except Refused as refusal:
                values.append(refusal)
    return values


def page_size(first: int | None, default: int) -> int:
    """`first` where it is 1 to 100, the default where it is null; raises InvalidArgument."""
    if first is None:
        return default
    if not 1 <= first <= MAX_FIRST:
        raise InvalidArgument(f"`first` is {first}. Ask for 1 to {MAX_FIRST} elements and page on with `after`.")
    return first


def page_of(
    elements: Sequence[Node],
    position: Callable[[Node], Position],
    *,
    size: int,
    after: str | None,
    seal: Seal,
) -> Page[Node]:
    """A page of a list that is at hand, in the order of its positions."""
    begin = 0
    if after is not None:
        bound = seal.open(after)
        begin = next((at for at, one in enumerate(elements) if position(one) > bound), len(elements))
    shown = elements[begin : begin + size]
    return Page(
        nodes=shown,
        positions=[position(one) for one in shown],
        seal=seal,
        has_next_page=begin + size < len(elements),
        has_previous_page=begin > 0,
    )


def ordered_page(
    elements: Sequence[Node],
    identity: Callable[[Node], str],
    *,
    size: int,
    after: str | None,
    seal: Seal,
    note: str | None = None,
) -> Page[Node]:
    """A page of a ranked list that is at hand: goes on after the element of the cursor, or, where that one has left
    the list meanwhile, at its old place."""
    begin = place_after(elements, identity, seal.open(after)) if after is not None else 0
    shown = elements[begin : begin + size]
    return Page(
        nodes=shown,
        positions=[(at, identity(one)) for at, one in enumerate(shown, begin)],
        seal=seal,
        has_next_page=begin + size < len(elements),
        has_previous_page=begin > 0,
        notes=(note,) * len(shown) if note else (),
    )


def place_after(elements: Iterable[Node], identity: Callable[[Node], str], bound: Position) -> int:
    """The place to go on at after (place, id): behind the element where it is now, else at its old place."""
    place, id_ = bound
    return next((at + 1 for at, one in enumerate(elements) if identity(one) == id_), int(place))
