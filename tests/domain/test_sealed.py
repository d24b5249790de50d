"""A sealed token opens with its own key, purpose and time, and in no other way."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sealed import NotSealed, Sealer

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
KEY = b"k" * 32
SEALER = Sealer(KEY, "play")
TOKEN = SEALER.seal({"sid": "s1"}, expires_at=NOW + timedelta(minutes=1))


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9) | st.none(), max_size=4))
def test_what_was_sealed_comes_back(value):
    assert SEALER.open(SEALER.seal(value, expires_at=NOW + timedelta(seconds=1)), NOW) == value


@given(st.integers(min_value=0, max_value=len(TOKEN) - 1), st.sampled_from("AZaz09-_.~"))
def test_one_changed_character_does_not_open(position, character):
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    if changed != TOKEN:
        # The last character has spare bits: another spelling of the same bytes is the same token.
        assert_refused_or_same(changed)


def assert_refused_or_same(changed):
    try:
        assert SEALER.open(changed, NOW) == {"sid": "s1"}
        assert changed[:-1] == TOKEN[:-1]
    except NotSealed:
        pass


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text):
    with pytest.raises(NotSealed):
        SEALER.open(text, NOW)


def test_a_token_dies_at_its_time():
    assert SEALER.open(TOKEN, NOW + timedelta(seconds=59)) == {"sid": "s1"}
    with pytest.raises(NotSealed, match="over its time"):
        SEALER.open(TOKEN, NOW + timedelta(minutes=1))


@pytest.mark.parametrize("other", [Sealer(KEY, "cursor"), Sealer(b"x" * 32, "play")])
def test_a_token_of_another_purpose_or_key_is_refused(other):
    with pytest.raises(NotSealed):
        other.open(TOKEN, NOW)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short", "play")
