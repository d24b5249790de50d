"""Arguments as keys: equal ones share a call and a segment, others never do."""

from __future__ import annotations

import gc

from engine.batching import freeze


class Unhashable:
    __hash__ = None  # type: ignore[assignment]


def test_equal_arguments_are_one_key_whatever_holds_them():
    assert freeze({"a": [1, {"b": 2}]}) == freeze({"a": [1, {"b": 2}]})
    assert freeze({"a": 1}) != freeze({"a": True}) != freeze({"a": 1.0})


def test_a_value_without_a_hash_is_the_same_as_itself_alone():
    one, other = Unhashable(), Unhashable()
    assert freeze([one]) == freeze([one])
    assert freeze([one]) != freeze([other])


def test_a_key_outlives_its_value_without_being_anothers():
    keys = {freeze(Unhashable()) for _ in range(100)}
    gc.collect()
    assert len(keys) == 100
    assert not any(freeze(Unhashable()) in keys for _ in range(100))
