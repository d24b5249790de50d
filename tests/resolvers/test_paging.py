"""Cursors open only the list that made them; pages neither skip nor repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadRequest, Refused, Unavailable
from resolvers.paging import InvalidArgument, Page, Seal, each, ordered_page, page_of, page_size

KEY = b"k" * 32
POSITIONS = st.tuples(st.one_of(st.integers(-(2**53), 2**53), st.text(max_size=20)), st.text(max_size=20))


@given(POSITIONS)
def test_a_cursor_comes_back_as_the_position_it_was(position):
    seal = Seal(KEY, "titles")
    assert seal.open(seal.close(position)) == position


@given(POSITIONS, st.integers(0, 200), st.sampled_from("ABCxyz019-_"))
def test_an_edited_cursor_does_not_open(position, at, letter):
    seal = Seal(KEY, "titles")
    cursor = seal.close(position)
    at %= len(cursor)
    edited = cursor[:at] + letter + cursor[at + 1 :]
    if edited != cursor:
        with pytest.raises(BadRequest, match="not a cursor of this list. Send `pageInfo.endCursor`"):
            seal.open(edited)


@pytest.mark.parametrize(
    "other",
    [
        Seal(b"other" * 8, "credits", "m1", "ACTOR"),
        Seal(KEY, "credits", "m2", "ACTOR"),
        Seal(KEY, "credits", "m1", None),
        Seal(KEY, "credits", "m1"),
        Seal(KEY, "seasons", "m1", "ACTOR"),
    ],
)
def test_a_cursor_of_another_list_does_not_open(other):
    with pytest.raises(BadRequest):
        Seal(KEY, "credits", "m1", "ACTOR").open(other.close((1, "a")))


@pytest.mark.parametrize("cursor", ["", "a", "####", "\u00e9", "a" * 5000, "eyJhIjoxfQ"])
def test_what_was_never_a_cursor_does_not_open(cursor):
    with pytest.raises(BadRequest):
        Seal(KEY, "titles").open(cursor)


@given(st.sets(st.integers(0, 99), max_size=30), st.integers(1, 10))
def test_pages_in_order_show_everything_once(numbers, size):
    seal, elements = Seal(KEY, "numbers"), sorted(numbers)
    assert walked(lambda after: page_of(elements, lambda one: (one,), size=size, after=after, seal=seal)) == elements


@given(st.lists(st.integers(0, 99), unique=True, max_size=30), st.integers(1, 10))
def test_ranked_pages_show_everything_once(elements, size):
    seal = Seal(KEY, "numbers")
    assert walked(lambda after: ordered_page(elements, str, size=size, after=after, seal=seal)) == elements


def walked(page):
    """All nodes, page after page."""
    seen: list[int] = []
    after, first = None, True
    while True:
        one: Page[int] = page(after)
        assert one.has_previous_page == (not first and one.positions != [] and bool(seen))
        seen += one.nodes
        if not one.has_next_page:
            return seen
        after, first = one.page_info.end_cursor, False


def test_a_page_in_order_goes_on_where_it_was_although_elements_left():
    seal = Seal(KEY, "numbers")
    first = page_of([1, 3, 5, 7], lambda one: (one,), size=2, after=None, seal=seal)
    rest = page_of([1, 4, 5, 7], lambda one: (one,), size=2, after=first.page_info.end_cursor, seal=seal)
    assert rest.nodes == [4, 5]


def test_a_ranked_page_follows_its_last_element_or_stays_at_its_place():
    seal = Seal(KEY, "ranking")
    cursor = ordered_page([1, 2, 3, 4], str, size=2, after=None, seal=seal).page_info.end_cursor
    assert ordered_page([2, 1, 3, 4], str, size=2, after=cursor, seal=seal).nodes == [1, 3]
    assert ordered_page([1, 3, 4], str, size=2, after=cursor, seal=seal).nodes == [3, 4]


def test_the_ends_of_an_empty_page_have_no_cursor():
    info = page_of([], lambda one: (one,), size=2, after=None, seal=Seal(KEY, "x")).page_info
    assert (info.start_cursor, info.end_cursor, info.has_next_page, info.has_previous_page) == (
        None,
        None,
        False,
        False,
    )


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_first_is_one_to_a_hundred(first):
    with pytest.raises(InvalidArgument, match=f"`first` is {first}. Ask for 1 to 100 elements") as refused:
        page_size(first, 20)
    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"


def test_first_left_out_or_null_is_the_default():
    assert (page_size(None, 20), page_size(100, 20)) == (20, 100)


def test_a_failed_read_and_a_refusal_stand_in_place_of_their_value():
    down = Unavailable("down")

    def make(parent: int, found: str) -> str:
        if found == "bad":
            raise BadRequest("no")
        return f"{parent}{found}"

    found: list[str | Exception] = ["a", down, "bad"]
    values = each(make, [1, 2, 3], found)
    assert values[:2] == ["1a", down]
    assert isinstance(values[2], Refused)
