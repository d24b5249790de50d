"""Words are found in every script, and a highlight never changes a text beyond its marks."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.search_text import (
    MAX_WORDS,
    Words,
    highlighted,
    joined,
    query_words,
    terms_of,
    typos_allowed,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Godfather: Part II", ["the", "godfather", "part", "ii"]),
        ("İstanbul", ["istanbul"]),
        ("L'Été meurtrier", ["l", "ete", "meurtrier"]),
        ("e\u0301te\u0301", ["ete"]),
        ("Straße", ["strasse"]),
        ("ＦＵＬＬ width", ["full", "width"]),
        ("ソウル地下9階", ["そうる地下", "9", "階"]),
        ("霸王别姬 (1993)", ["霸王别姬", "1993"]),
        ("جدایی نادر", ["جدایی", "نادر"]),
        ("スター・ウォーズ", ["すたーうぉーず"]),
        ("ﾓﾉﾉｹ姫", ["もののけ姫"]),
        ("ｶﾞﾝﾀﾞﾑ", ["がんだむ"]),
        ("カ\u3099ンタ\u3099ム", ["がんだむ"]),
        ("ヴァンパイア ヽヾ", ["ゔぁんぱいあ", "ゝゞ"]),
        ("佐々木", ["佐々木"]),
        ("snake_case", ["snake", "case"]),
        ("\ud800", []),
        ("\x00 …", []),
    ],
)
def test_words_of_any_script(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_voiced_kana_are_letters_of_their_own() -> None:
    assert len({*words_of("はは ばば ぱぱ")}) == 3


def test_runs_without_spaces_are_found_by_their_pairs_and_their_end() -> None:
    assert terms_of("もののけ姫 II") == ["もの", "のの", "のけ", "け姫", "姫", "ii"]
    assert terms_of("猫") == ["猫"]


def test_words_joined_begin_at_each_word_but_the_last() -> None:
    assert joined(["the", "star", "wars"]) == ["thestarwars", "starwars"]
    assert joined(["jaws"]) == []


def test_hangul_is_compared_by_its_letters_so_that_half_a_syllable_is_a_prefix() -> None:
    (whole,), (half,) = words_of("서울"), words_of("서우")
    assert whole.startswith(half)


def test_a_query_is_cut_to_a_bearable_length() -> None:
    words = query_words("word " * 1_000_000)
    assert words == Words(("word",) * MAX_WORDS)
    assert query_words("x" * 1_000_000) == Words(("x" * 40,))
    assert query_words(" -- ") is None


@pytest.mark.parametrize(("word", "typos"), [("cat", 0), ("cats", 1), ("housing", 1), ("lighthou", 2), ("階", 0)])
def test_longer_words_forgive_more(word: str, typos: int) -> None:
    assert typos_allowed(word) == typos


def marks(text: str, query: str) -> str | None:
    words = query_words(query)
    assert words is not None
    return highlighted([text], words)


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Tom & <i>Jerry</i>", "jerry", "Tom &amp; &lt;i&gt;<em>Jerry</em>&lt;/i&gt;"),
        ("Lighthouse", "ligthouse", "<em>Lighthouse</em>"),
        ("Lighthouse keeper", "lihgthou", "<em>Lighthouse</em> keeper"),
        ("The Dark", "the", "<em>The</em> Dark"),
        ("The Dark", "dark the", "<em>The</em> <em>Dark</em>"),
        ("Theory", "the dark", None),
        ("地下鉄", "地下", "<em>地下</em>鉄"),
        ("夜も更けてのの", "もののけ", None),
        ("スター・ウォーズ", "ターウォ", "ス<em>ター・ウォ</em>ーズ"),
        ("スター・ウォーズ", "たーうぉ", "ス<em>ター・ウォ</em>ーズ"),
        ("もののけ姫", "モノノケ", "<em>もののけ</em>姫"),
        ("ｶﾞﾝﾀﾞﾑ", "がん", "<em>ｶﾞﾝ</em>ﾀﾞﾑ"),
        ("か\u3099んた\u3099む", "ンダ", "か\u3099<em>んた\u3099</em>む"),
        ("はは", "パパ", None),
    ],
)
def test_only_matching_words_are_marked(text: str, query: str, expected: str | None) -> None:
    assert marks(text, query) == expected


def test_a_long_text_is_cut_around_its_first_match_at_spaces() -> None:
    text = "word " * 100 + "needle " + "more " * 100
    marked = marks(text, "needle")
    assert marked is not None
    assert marked.startswith("…word ") and marked.endswith(" more…")
    assert "<em>needle</em>" in marked
    assert len(marked) < 190


def test_a_long_text_without_spaces_is_cut_too() -> None:
    marked = marks("字" * 500 + "猫" + "字" * 500, "猫")
    assert marked is not None
    assert "<em>猫</em>" in marked
    assert len(marked) < 190


@given(
    st.text(st.sampled_from("ab c<>&\"'é字\u0301カかｶ\u3099ﾞ・"), max_size=100),
    st.text(st.sampled_from("abcé字カが"), min_size=1),
)
def test_without_its_marks_a_highlight_is_the_text(text: str, query: str) -> None:
    marked = marks(text, query)
    if marked is not None:
        assert unescape(marked.replace("<em>", "").replace("</em>", "")) == text
        assert marked.count("<em>") == marked.count("</em>") >= 1
