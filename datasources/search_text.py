"""Words of texts in any script, and the marking of those that a query found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import pairwise

MAX_TEXT = 256
"""Characters of a query that are looked at."""

MAX_WORDS = 10
MAX_WORD = 40

_DROPPED = ("Mn", "Cs")
"""Accents, and halves of characters that no index can hold."""

_VOICED = "\u3099\u309a"
"""What makes another letter of a kana, as no accent does: か is no が."""

_EXCERPT = 160
_LEAD = 40

# Han and kana are written without spaces: a run of them counts as a word, and is found by its pairs of neighbours.
_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff65-\uff9f\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]+|(?:(?![{_CJK}])[^\W_])(?:(?![{_CJK}])(?:[^\W_]|[\u0300-\u036f]))*")
_RUN = re.compile(rf"[{_CJK}]")
_LETTER = re.compile(rf".[{_VOICED}\uff9e\uff9f]*", re.DOTALL)
_COMPOSED = re.compile(rf"[\u3041-\u309f][{_VOICED}]")

_KANA = dict.fromkeys(map(ord, "\u30a0\u30fb")) | {
    code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)
}
"""Katakana to hiragana, without what stands between foreign words in kana, or does not."""

_MAX_JOINED = 24
_JOINED_PREFIX_FROM = 6


@dataclass(frozen=True, slots=True)
class Words:
    """A query's words, normalised; the last one may be unfinished."""

    all: tuple[str, ...]

    @property
    def last(self) -> str:
        return self.all[-1]


def normalised(text: str) -> str:
    """Without case, accents and compatibility forms: "Amélie" and "AMELIE" are one."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join([one for one in plain if unicodedata.category(one) not in _DROPPED or one in _VOICED])


def words_of(text: str) -> list[str]:
    """The normalised words, none longer than MAX_WORD; a run of Han and kana is one."""
    return [word[:MAX_WORD] for word in _words(text)]


def terms_of(text: str) -> list[str]:
    """What an index holds of the text: its words, and of runs the pairs and what they end with."""
    terms: list[str] = []
    for word in _words(text):
        if is_run(word):
            terms += (*pairs_of(word), word[-1])
        else:
            terms.append(word[:MAX_WORD])
    return terms


def joined(words: Sequence[str]) -> list[str]:
    """Each word with those that follow it as one: "starwars" is the beginning of some."""
    return ["".join(words[begin:])[:_MAX_JOINED] for begin in range(len(words) - 1)]


def joined_query(word: str) -> tuple[str, bool]:
    """The word as `joined` holds it, and whether it may go on: short ones would begin too much."""
    return word[:_MAX_JOINED], len(word) >= _JOINED_PREFIX_FROM


def is_run(word: str) -> bool:
    """Whether the word is of Han or kana."""
    return _RUN.match(word) is not None


def pairs_of(run: str) -> tuple[str, ...]:
    """Neighbouring characters, each pair once; none of a single character."""
    return tuple(dict.fromkeys(left + right for left, right in pairwise(run)))


def _words(text: str) -> Iterator[str]:
    return (word for found in _WORD.findall(text) if (word := _plain(found)))


def _plain(found: str) -> str:
    """A word as it is compared; of the two ways to write kana it has one."""
    if found.isascii():
        return found.lower()
    return _COMPOSED.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), normalised(found).translate(_KANA))


def query_words(text: str) -> Words | None:
    """The words of what somebody typed, however long or odd; None when there are none."""
    words = words_of(text[:MAX_TEXT])[:MAX_WORDS]
    return Words(tuple(words)) if words else None


def typos_allowed(word: str) -> int:
    """Edits that are forgiven: none below 4 letters, 1 from 4, 2 from 8. Runs of Han and kana forgive none."""
    return 2 if len(word) >= 8 else 1 if len(word) >= 4 else 0


def highlighted(texts: Iterable[str], words: Words, *, across: bool = False) -> str | None:
    """The first text with a word of the query, its words in <em>, all else escaped; long texts around the first.
    `across`: a word of the query may be several of the text."""
    for text in texts:
        spans = list((_matches_across if across else _matches)(text, words.all))
        if spans:
            return _marked(text, spans)
    return None


def _matches(text: str, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
    for found in _WORD.finditer(text):
        if is_run(found[0]):
            yield from sorted(span for one in wanted if is_run(one) for span in _within(found, one))
        elif any(_is_like(_plain(found[0])[:MAX_WORD], one, unfinished=one == wanted[-1]) for one in wanted):
            yield found.span()


def _within(found: re.Match[str], wanted: str) -> Iterator[tuple[int, int]]:
    """Where the characters that are wanted stand in a run."""
    parts = [(letter.span(), part) for letter in _LETTER.finditer(found[0]) for part in _plain(letter[0])]
    plain, begin = "".join(part for _, part in parts), found.start()
    at = plain.find(wanted)
    while at >= 0:
        yield begin + parts[at][0][0], begin + parts[at + len(wanted) - 1][0][1]
        at = plain.find(wanted, at + len(wanted))


def _matches_across(text: str, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Words that are a word of the query when they are written as one."""
    found = [(one.span(), word) for one in _WORD.finditer(text) if (word := _plain(one[0]))]
    for begin in range(len(found) - 1):
        for one in wanted:
            yield from _joined_spans(found[begin:], *joined_query(one))


def _joined_spans(
    found: Sequence[tuple[tuple[int, int], str]], wanted: str, goes_on: bool
) -> Sequence[tuple[int, int]]:
    text, spans = "", []
    for span, word in found:
        text += word
        spans.append(span)
        if len(text) >= len(wanted):
            break
    like = text.startswith(wanted) if goes_on else text == wanted
    return spans if like and len(spans) > 1 else ()


@lru_cache(maxsize=4096)
def _is_like(word: str, wanted: str, *, unfinished: bool) -> bool:
    if word == wanted or (unfinished and word.startswith(wanted)):
        return True
    typos = typos_allowed(wanted)
    if typos == 0:
        return False
    if abs(len(word) - len(wanted)) <= typos and _distance(word, wanted) <= typos:
        return True
    return unfinished and len(wanted) > 4 and _distance(word[: len(wanted)], wanted) <= 1


def _distance(first: str, second: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours from one word to the other."""
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, left in enumerate(first, start=1):
        line = [row]
        for column, right in enumerate(second, start=1):
            cost = min(above[column] + 1, line[column - 1] + 1, above[column - 1] + (left != right))
            if row > 1 and column > 1 and left == second[column - 2] and first[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, above = above, line
    return above[-1]


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    begin, end = _excerpt(text, spans[0][0])
    parts, at = ["…" if begin else ""], begin
    for start, stop in spans:
        if stop > end:
            break
        if start >= at:
            parts += [escape(text[at:start]), "<em>", escape(text[start:stop]), "</em>"]
            at = stop
    parts += [escape(text[at:end]), "…" if end < len(text) else ""]
    return "".join(parts).replace("</em><em>", "")


def _excerpt(text: str, first: int) -> tuple[int, int]:
    """Bounds at spaces where the text has any, so that the first match is inside."""
    if len(text) <= _EXCERPT:
        return 0, len(text)
    begin = 0 if first <= _LEAD else text.rfind(" ", 0, first - _LEAD // 2) + 1 or max(0, first - _LEAD)
    end = min(len(text), begin + _EXCERPT)
    if end < len(text):
        end = max(text.rfind(" ", begin, end), first + MAX_WORD)
    return begin, min(end, len(text))
