"""Global ids go out and come back whole, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadRequest
from resolvers.ids import GlobalId, decode_id, encode_id, id_of

PARTS = st.text("abcXYZ019_-.:", min_size=1, max_size=20)


@given(st.sampled_from(["Movie", "Episode", "Rail"]), st.lists(PARTS, min_size=1, max_size=4))
def test_an_id_comes_back_as_it_was(type_name, path):
    assert decode_id(encode_id(type_name, *path)) == GlobalId(type_name, tuple(path))


@given(st.text(max_size=60))
def test_any_other_text_is_refused_with_advice(text):
    try:
        found = decode_id(text)
    except BadRequest as refusal:
        assert refusal.message.endswith("Send an `id` as an earlier answer gave it.")
    else:
        assert encode_id(found.type_name, *found.path) == text.rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xx",
        "TW92aWU6",  # Movie:
        "TW92aWU6YS8v",  # Movie:a//
        "TW92aWU6YSNi",  # Movie:a#b
        "bW92aWU6YQ",  # movie:a
        "TW92aWU6YQ\n",
        "TW92aWU6YR",  # the same bytes, with bits left over
        "Movie:m001",
        "TW92aWU6YQ" * 50,
        "T\u00e9",
    ],
)
def test_malformed_ids(text):
    with pytest.raises(BadRequest):
        decode_id(text)


def test_the_padding_of_standard_base64_is_forgiven():
    assert decode_id("TW92aWU6YQ==") == GlobalId("Movie", ("a",))


def test_an_id_of_the_wrong_type_names_the_right_one():
    assert id_of(encode_id("Series", "a"), "Movie", "Series") == "a"
    with pytest.raises(BadRequest, match="is not the id of a Genre. Send an `id` that a Genre has"):
        id_of(encode_id("Movie", "a"), "Genre")
