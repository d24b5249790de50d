"""What a client can get wrong: each mistake is told with a code, costs nothing, and leaves the rest of the answer."""

from __future__ import annotations

import pytest

from resolvers.ids import encode_id

NOT_AN_ID = " is not an id of this API. Send an `id` as an earlier answer gave it."
NOT_A_CURSOR = (
    "`after` is not a cursor of this list. Send `pageInfo.endCursor` of the same field with the same "
    "arguments, or leave it out to begin at the start."
)
FILM = encode_id("Movie", "m001")


def refusal(path, message, code="BAD_REQUEST"):
    return {"message": message, "path": path, "code": code}


@pytest.mark.parametrize("id_", ["nope", "", "TW92aWU6YSNi", FILM + "x"])
async def test_a_malformed_id(ask, id_):
    answer = await ask("query($id: ID!) { node(id: $id) { id } title(by: {id: $id}) { id } }", {"id": id_})
    assert answer["data"] == {"node": None, "title": None}
    assert answer["errors"] == [refusal([field], f"{id_!r}{NOT_AN_ID}") for field in ("node", "title")]
    assert ask.calls == []


@pytest.mark.parametrize("parts", [("Movie", "a", "b"), ("Episode", "a", "b"), ("Banana", "a"), ("Query", "a")])
async def test_an_id_of_no_type_or_of_another_form(ask, parts):
    answer = await ask("query($id: ID!) { node(id: $id) { id } }", {"id": encode_id(*parts)})
    message = f"There is no {parts[0]} with such an id. Send an `id` as an earlier answer gave it."
    assert answer == {"data": {"node": None}, "errors": [refusal(["node"], message)]}


@pytest.mark.parametrize(
    "parts",
    [
        ("Movie", "nope"),
        ("Series", "m001"),
        ("Movie", "noir"),
        ("Season", "noir", "s9"),
        ("Season", "nope", "s1"),
        ("Episode", "noir", "s1", "e9"),
        ("Episode", "nope", "s1", "e1"),
        ("Person", "nope"),
        ("Genre", "nope"),
        ("Rail", "editorial:nope"),
        ("Rail", "home"),
    ],
)
async def test_an_id_of_nothing_is_null(ask, parts):
    answer = await ask("query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", {"id": encode_id(*parts)})
    assert answer == {"data": {"node": None, "nodes": [None]}}


@pytest.mark.parametrize("slug", ["", "nope", "Titanic 1997", "x" * 300])
async def test_a_slug_of_nothing_is_null(ask, slug):
    answer = await ask("query($slug: String) { title(by: {slug: $slug}) { id } }", {"slug": slug})
    assert answer == {"data": {"title": None}}


async def test_a_title_by_the_id_of_something_else(ask):
    answer = await ask("query($id: ID!) { title(by: {id: $id}) { id } }", {"id": encode_id("Person", "p01")})
    message = (
        f"{encode_id('Person', 'p01')!r} is not the id of a Movie or Series. Send an `id` that a Movie or Series has."
    )
    assert answer == {"data": {"title": None}, "errors": [refusal(["title"], message)]}


async def test_one_bad_id_among_many_spoils_no_other(ask):
    ids = [FILM, "nope", encode_id("Banana", "a"), FILM]
    answer = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } genres { id } }", {"ids": ids})
    assert answer["data"]["nodes"] == [{"id": FILM}, None, None, {"id": FILM}]
    assert answer["data"]["genres"]
    assert answer["errors"] == [
        refusal(["nodes", 1], f"'nope'{NOT_AN_ID}"),
        refusal(["nodes", 2], "There is no Banana with such an id. Send an `id` as an earlier answer gave it."),
    ]


async def test_more_than_a_hundred_nodes(ask):
    answer = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [FILM] * 101})
    message = "`ids` has 101 elements. Ask for 100 at most."
    assert answer == {"data": None, "errors": [refusal(["nodes"], message, "GRAPHQL_VALIDATION_FAILED")]}


@pytest.mark.parametrize("first", [0, 101, -5])
async def test_a_page_too_small_or_too_large(ask, first):
    answer = await ask(
        """query($first: Int) { home(first: $first) { nodes { id } } trending(first: $first) { nodes { id } }
             search(text: "film", first: $first) { totalCount } genres { name } }""",
        {"first": first},
    )
    message = f"`first` is {first}. Ask for 1 to 100 elements and page on with `after`."
    assert {name for name, value in answer["data"].items() if value is None} == {"home", "trending", "search"}
    assert answer["errors"] == [
        refusal([field], message, "GRAPHQL_VALIDATION_FAILED") for field in ("home", "trending", "search")
    ]
    nested = await ask(
        'query($first: Int) { title(by: {slug: "film-1"}) { credits(first: $first) { nodes { role } } } }',
        {"first": first},
    )
    assert nested["data"] == {"title": None}
    assert nested["errors"] == [refusal(["title", "credits"], message, "GRAPHQL_VALIDATION_FAILED")]


async def test_a_page_of_a_rail_that_is_too_large(ask):
    answer = await ask("{ home(first: 2) { nodes { name titles(first: 101) { nodes { name } } } } }")
    message = "`first` is 101. Ask for 1 to 100 elements and page on with `after`."
    assert answer == {
        "data": {"home": {"nodes": [{"name": "Trending now", "titles": None}, {"name": "Night", "titles": None}]}},
        "errors": [
            refusal(["home", "nodes", place, "titles"], message, "GRAPHQL_VALIDATION_FAILED") for place in (0, 1)
        ],
    }


async def test_a_cursor_of_another_list_or_of_none(ask):
    page = await ask("{ trending(first: 1) { pageInfo { endCursor } } titles(first: 1) { pageInfo { endCursor } } }")
    trending, popular = (page["data"][field]["pageInfo"]["endCursor"] for field in ("trending", "titles"))
    for document, after in [
        ("query($after: String) { titles(after: $after) { nodes { id } } }", trending),
        ("query($after: String) { titles(sort: NAME, after: $after) { nodes { id } } }", popular),
        ("query($after: String) { titles(filter: {kind: MOVIE}, after: $after) { nodes { id } } }", popular),
        ("query($after: String) { titles(after: $after) { nodes { id } } }", popular[:-2] + "AA"),
        ("query($after: String) { titles(after: $after) { nodes { id } } }", ""),
        ("query($after: String) { titles(after: $after) { nodes { id } } }", "banana"),
    ]:
        answer = await ask(document, {"after": after})
        assert answer == {"data": None, "errors": [refusal(["titles"], NOT_A_CURSOR)]}
    nullable = await ask(
        """query($after: String) { home(after: $after) { nodes { id } } genres { name }
             search(text: "film", after: $after) { totalCount } }""",
        {"after": popular},
    )
    assert nullable["errors"] == [refusal([field], NOT_A_CURSOR) for field in ("home", "search")]


@pytest.mark.parametrize("by", ["{}", '{id: "TW92aWU6YQ", slug: "film-1"}', "{slug: null}"])
async def test_both_or_neither_way_to_find_a_title(ask, by):
    answer = await ask(f"{{ title(by: {by}) {{ id }} }}")
    assert answer["refused"] == "validation"
    assert answer["errors"][0]["message"] == (
        "Within OneOf Input Object type 'TitleBy', exactly one field must be specified, "
        "and the value for that field must be non-null."
    )


@pytest.mark.parametrize("by", [{}, {"id": FILM, "slug": "film-1"}, {"slug": None}])
async def test_both_or_neither_way_to_find_a_title_in_variables(ask, by):
    answer = await ask("query($by: TitleBy!) { title(by: $by) { id } }", {"by": by})
    assert "data" not in answer
    assert "TitleBy" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        (
            {"language": "klingon"},
            "Expected a language. 'klingon' is no language. Send a BCP 47 tag such as nl or pt-BR.",
        ),
        ({"language": "xx"}, "Expected a language. 'xx' is no language. Send a BCP 47 tag such as nl or pt-BR."),
        ({"language": 7}, "Expected a language."),
        ({"releasedFrom": "22-11-2026"}, "Expected a day such as 2026-11-22. Invalid isoformat string: '22-11-2026'"),
        ({"kind": "EPISODE"}, "Value 'EPISODE' does not exist in 'TitleKind' enum."),
    ],
)
async def test_values_that_a_filter_cannot_have(ask, filter, message):
    answer = await ask("query($filter: TitleFilter) { titles(filter: $filter) { nodes { id } } }", {"filter": filter})
    assert "data" not in answer
    assert message in answer["errors"][0]["message"]


async def test_a_genre_that_is_none(ask):
    document = "query($id: ID!) { titles(filter: {genreId: $id}) { nodes { id } } }"
    answer = await ask(document, {"id": FILM})
    message = f"{FILM!r} is not the id of a Genre. Send an `id` that a Genre has."
    assert answer == {"data": None, "errors": [refusal(["titles"], message)]}


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        ({"maxAge": -1}, "`maxAge` is -1. Send an age in years, 0 or more, or leave it out."),
        (
            {"releasedFrom": "2000-01-02", "releasedTo": "2000-01-01"},
            "`releasedTo` 2000-01-01 is before `releasedFrom` 2000-01-02. Exchange the two days.",
        ),
    ],
)
async def test_a_filter_that_no_title_can_pass(ask, filter, message):
    document = "query($filter: TitleFilter) { %s }"
    browsed = await ask(document % "titles(filter: $filter) { nodes { id } }", {"filter": filter})
    assert browsed == {"data": None, "errors": [refusal(["titles"], message, "GRAPHQL_VALIDATION_FAILED")]}
    searched = await ask(document % 'search(text: "film", filter: $filter) { totalCount }', {"filter": filter})
    assert searched == {
        "data": {"search": None},
        "errors": [refusal(["search"], message, "GRAPHQL_VALIDATION_FAILED")],
    }


async def test_a_day_and_an_age_that_just_pass(ask):
    filter = {"releasedFrom": "2000-01-10", "releasedTo": "2000-01-10", "maxAge": 0}
    document = "query($filter: TitleFilter) { titles(filter: $filter) { nodes { id } } }"
    assert await ask(document, {"filter": filter}) == {"data": {"titles": {"nodes": []}}}


async def test_a_text_too_long_to_search(ask):
    answer = await ask("query($text: String!) { search(text: $text) { totalCount } }", {"text": "x" * 1_000_000})
    message = "`text` has 1000000 characters. Search for 200 at most."
    assert answer == {"data": {"search": None}, "errors": [refusal(["search"], message, "GRAPHQL_VALIDATION_FAILED")]}


@pytest.mark.parametrize("text", ["", "   ", "\u0000", "*:*", 'AND OR NOT ( " ^ ~', "\U0001f600"])
async def test_any_text_is_safe_to_search(ask, text):
    answer = await ask(
        "query($text: String!) { search(text: $text) { totalCount nodes { __typename } } }", {"text": text}
    )
    assert answer == {"data": {"search": {"totalCount": 0, "nodes": []}}}


@pytest.mark.parametrize("width", [0, -1, 8193])
async def test_a_width_that_no_picture_has(ask, width):
    answer = await ask(
        'query($width: Int) { title(by: {slug: "film-1"}) { name image(width: $width) { url } } }', {"width": width}
    )
    message = f"`width` is {width}. Ask for 1 to 8192 pixels, or leave it out for the widest."
    assert answer == {
        "data": {"title": {"name": "Film 1", "image": None}},
        "errors": [refusal(["title", "image"], message, "GRAPHQL_VALIDATION_FAILED")],
    }
