"""The schema of the search index, and how words and a filter become its query: exact before prefix before fuzzy."""

from __future__ import annotations

from datetime import date
from typing import Any

from tantivy import FieldType, Occur, Query, SchemaBuilder

from datasources.search_text import Words, is_run, joined, joined_query, pairs_of, terms_of, typos_allowed, words_of
from domain.discovery import ItemKind
from domain.search import SearchDocument, TitleFilter

# Scores of one word. The index multiplies a hit's sum by log2(2 + popularity), which lies between 1 and 1.59: enough to
# order finds of one sort, too little to lift a fuzzy find over a prefix, or a prefix over an exact word.
_EXACT, _PREFIX, _FUZZY = 8.0, 3.4, 2.0
_JOINED = _PREFIX
_IN_SYNOPSIS, _PREFIX_IN_SYNOPSIS = 1.2, 0.7

# For the text as a whole, against a whole name.
_WHOLE_NAME, _BEGINS_NAME = 16.0, 1.6

_UNFINISHED_FUZZY_FROM = 5
_JOINED_FROM = 4
_SYNOPSIS_PREFIX_FROM = 3
_MAX_NAME = 200


def _schema() -> Any:
    builder = SchemaBuilder()
    builder.add_text_field("name", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="basic")
    for exact in ("whole", "joined", "kind", "genre", "language"):
        builder.add_text_field(exact, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("row", indexed=True, fast=True)
    builder.add_integer_field("day", indexed=True, fast=True)
    builder.add_integer_field("age", indexed=True, fast=True)
    builder.add_float_field("weight", fast=True)
    return builder.build()


SCHEMA = _schema()


def fields_of(document: SearchDocument, row: int) -> dict[str, Any]:
    """The document as the index holds it: words and facts; nothing is stored."""
    names = [words_of(name) for name in dict.fromkeys(document.names.values())]
    texts = dict.fromkeys(term for synopsis in document.synopses.values() for term in terms_of(synopsis))
    fields: dict[str, Any] = {
        "row": row,
        "name": " ".join(dict.fromkeys(term for name in document.names.values() for term in terms_of(name))),
        "text": " ".join(texts),
        "whole": [" ".join(words)[:_MAX_NAME] for words in names],
        "joined": [*dict.fromkeys(one for words in names for one in joined(words))],
        "kind": document.kind.value,
        "genre": list(document.genre_ids),
        "language": list(document.languages),
        "age": document.minimum_age,
        "weight": max(0.0, min(1.0, document.popularity)),
    }
    if document.release_date is not None:
        fields["day"] = document.release_date.toordinal()
    return fields


def query_of(words: Words, filter: TitleFilter, *, all_but_one: bool = False) -> Query:
    """Every word must be found somehow (or all but one), within the filter; whole names come first."""
    found = [_word(word, unfinished=place == len(words.all)) for place, word in enumerate(words.all, start=1)]
    if all_but_one:
        text = Query.boolean_query(
            [(Occur.Should, query) for query in found], minimum_number_should_match=len(found) - 1
        )
    else:
        text = Query.boolean_query([(Occur.Must, query) for query in found])
    whole = " ".join(words.all)[:_MAX_NAME]
    return Query.boolean_query(
        [
            (Occur.Must, text),
            (Occur.Should, _scored(_term("whole", whole), _WHOLE_NAME)),
            (Occur.Should, _scored(_like("whole", whole, 0, prefix=True), _BEGINS_NAME)),
            *((Occur.Must, Query.const_score_query(query, 0.0)) for query in _filters(filter)),
        ]
    )


def _word(word: str, *, unfinished: bool) -> Query:
    """One word where it counts most; the last word may be the beginning of another."""
    if is_run(word):
        return _run(word)
    typos = typos_allowed(word)
    ways = [_scored(_term("name", word), _EXACT), _scored(_term("text", word), _IN_SYNOPSIS)]
    if typos:
        ways.append(_scored(_like("name", word, typos), _FUZZY))
    if unfinished:
        # One letter is hardly ever meant as a word.
        ways.append(_scored(_like("name", word, 0, prefix=True), _PREFIX if len(word) > 1 else _EXACT))
        if len(word) >= _SYNOPSIS_PREFIX_FROM:
            ways.append(_scored(_like("text", word, 0, prefix=True), _PREFIX_IN_SYNOPSIS))
        if len(word) >= _UNFINISHED_FUZZY_FROM:
            ways.append(_scored(_like("name", word, 1, prefix=True), _FUZZY))
    if len(word) >= _JOINED_FROM:
        ways.append(_across(word))
    return Query.disjunction_max_query(ways)


def _across(word: str) -> Query:
    """A word that is several in the name."""
    word, goes_on = joined_query(word)
    return _scored(_like("joined", word, 0, prefix=True) if goes_on else _term("joined", word), _JOINED)


def _run(run: str) -> Query:
    """Han and kana: all pairs of neighbours in one field; a single character begins a pair or ends a run."""

    def inside(field: str) -> Query:
        pairs = pairs_of(run)
        if not pairs:
            return _like(field, run, 0, prefix=True)
        return Query.boolean_query([(Occur.Must, _term(field, pair)) for pair in pairs])

    ways = [_scored(inside("name"), _EXACT), _scored(inside("text"), _IN_SYNOPSIS)]
    return Query.disjunction_max_query([*ways, _across(run)] if len(run) >= _JOINED_FROM else ways)


def _filters(filter: TitleFilter) -> list[Query]:
    queries = []
    if filter.kind is not None:
        queries.append(_term("kind", ItemKind.of_title(filter.kind).value))
    if filter.genre_id is not None:
        queries.append(_term("genre", filter.genre_id))
    if filter.language is not None:
        queries.append(_term("language", filter.language))
    if filter.max_age is not None:
        queries.append(Query.range_query(SCHEMA, "age", FieldType.Integer, upper_bound=filter.max_age))
    if filter.released_from is not None or filter.released_to is not None:
        lower, upper = _day(filter.released_from), _day(filter.released_to)
        queries.append(Query.range_query(SCHEMA, "day", FieldType.Integer, lower_bound=lower, upper_bound=upper))
    return queries


def _day(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _scored(query: Query, score: float) -> Query:
    return Query.const_score_query(query, score)


def _term(field: str, value: str) -> Query:
    return Query.term_query(SCHEMA, field, value, index_option="basic")


def _like(field: str, word: str, typos: int, *, prefix: bool = False) -> Query:
    return Query.fuzzy_term_query(SCHEMA, field, word, distance=typos, transposition_cost_one=True, prefix=prefix)
