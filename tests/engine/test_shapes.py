"""What the engine learns of a class when it first meets a value of it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.shapes import OBJECTS, PLAIN, QUIET, is_plain


class Record:
    """A value like any other."""


class Called:
    def __call__(self) -> int:
        return 1


class CalledToo(Called):
    """Callable by inheritance."""


class Awaited:
    def __await__(self) -> Any:
        yield


@pytest.mark.parametrize(
    ("value", "plain", "objects"),
    [
        (Record(), True, True),
        ({}, True, True),
        ("text", True, True),
        (Called(), True, False),
        (CalledToo(), True, False),
        (Record, True, False),
        (len, True, False),
        (Awaited(), False, False),
        (ValueError(), False, False),
        (None, False, False),
    ],
)
def test_a_class_is_learnt_once(value: Any, plain: bool, objects: bool) -> None:
    assert is_plain(value) is plain
    assert ((cls := type(value)) in PLAIN, cls in OBJECTS) == (plain, objects)
    assert (cls in QUIET) is (plain or value is None)
