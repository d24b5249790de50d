"""Search finds what people meant, in the order they expect, and its lists page without holes or repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasources import search_queries
from datasources.search import EmbeddedSearch
from domain.availability import Audience
from domain.discovery import ItemKind
from domain.search import ANY, MAX_COUNT, Place, SearchDocument, TitleFilter, TitleSort, key_of
from domain.titles import AvailabilityWindow, TitleKind


def movie(path: str, name: str, **facts: Any) -> SearchDocument:
    facts.setdefault("names", {"en": name})
    return SearchDocument(kind=ItemKind.MOVIE, path=path, original_name=name, **facts)


DOCUMENTS = [
    movie(
        "heat",
        "Heat",
        popularity=0.7,
        genre_ids=("crime", "thriller"),
        languages=("en",),
        minimum_age=17,
        release_date=date(1995, 12, 15),
        synopses={"en": "A thief and a detective, in Los Angeles."},
    ),
    movie("cold", "Cold Heat", popularity=0.9, minimum_age=13, release_date=date(1989, 1, 1)),
    movie("heathers", "Heathers", popularity=1.0, release_date=date(1989, 3, 31)),
    movie("heap", "The Heap", popularity=1.0),
    movie(
        "godfather",
        "The Godfather",
        popularity=0.8,
        names={"en": "The Godfather", "de": "Der Pate", "ja": "ゴッドファーザー"},
        release_date=date(1972, 3, 14),
        minimum_age=17,
        languages=("en",),
    ),
    movie("amelie", "Amélie", popularity=0.6, languages=("fr",), release_date=date(2001, 4, 25)),
    movie("schindler", "Schindler's List", popularity=0.7, release_date=date(1993, 12, 15)),
    movie("rio", "Rio", languages=("pt-BR", "pt")),
    SearchDocument(
        kind=ItemKind.SERIES,
        path="keeper",
        names={"da": "Den sidste fyrmester", "en": "The Last Keeper"},
        original_name="Den sidste fyrmester",
        synopses={"en": "When the light goes dark, a constable finds an empty tower."},
        genre_ids=("crime",),
        languages=("da", "en"),
        minimum_age=16,
        release_date=date(2022, 2, 4),
        popularity=0.9,
    ),
    SearchDocument(
        kind=ItemKind.SERIES,
        path="seoul",
        names={"ko": "서울 지하 9층", "ja": "ソウル地下9階"},
        original_name="서울 지하 9층",
        popularity=0.9,
    ),
    SearchDocument(
        kind=ItemKind.EPISODE,
        path="keeper/s1/e1",
        names={"da": "Mørket", "en": "The Dark"},
        original_name="Mørket",
        genre_ids=("crime",),
        minimum_age=16,
    ),
    SearchDocument(kind=ItemKind.PERSON, path="pacino", names={"und": "Al Pacino"}, original_name="Al Pacino"),
]


@pytest.fixture(scope="module")
def index() -> EmbeddedSearch:
    search = EmbeddedSearch()
    search.apply_now(DOCUMENTS)
    return search


async def found(index: EmbeddedSearch, text: str, filter: TitleFilter = ANY) -> list[str]:
    return [hit.path for hit in (await index.search(text, filter=filter, first=100)).hits]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("heat", ["heat", "cold", "heathers", "heap"]),
        ("HEAT", ["heat", "cold", "heathers", "heap"]),
        ("godf", ["godfather"]),
        ("godfahter", ["godfather"]),
        ("gdfather", ["godfather"]),
        ("der pate", ["godfather"]),
        ("ファーザー", ["godfather"]),
        ("amelie", ["amelie"]),
        ("Amélie", ["amelie"]),
        ("schindlers list", ["schindler"]),
        ("schindler's list", ["schindler"]),
        ("al pac", ["pacino"]),
        ("mørket", ["keeper/s1/e1"]),
        ("地下", ["seoul"]),
        ("서울", ["seoul"]),
        ("detective", ["heat"]),
        ("empty tow", ["keeper"]),
        ("the godfather zzzzz", ["godfather"]),
        ("zzzzz", []),
    ],
)
async def test_it_finds_what_was_meant(index: EmbeddedSearch, text: str, paths: list[str]) -> None:
    assert await found(index, text) == paths


EAST = [
    movie("mononoke", "もののけ姫", names={"ja": "もののけ姫", "en": "Princess Mononoke"}),
    movie("slave", "Twelve Years a Slave", names={"en": "Twelve Years a Slave", "ja": "それでも夜は明けるものの"}),
    movie("kaguya", "かぐや姫の物語"),
    movie("wars", "Star Wars: A New Hope", names={"en": "Star Wars: A New Hope", "ja": "スター・ウォーズ"}),
    movie("stars", "Star of Many Wars"),
    movie("spider", "The Amazing Spider-Man"),
    movie("xmen", "X-Men"),
    movie("hear", "He Attacks"),
]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("もののけ", ["mononoke"]),
        ("もののけ姫", ["mononoke"]),
        ("けものの", []),
        ("姫", ["kaguya", "mononoke"]),
        ("の", ["kaguya", "mononoke", "slave"]),
        ("スターウォーズ", ["wars"]),
        ("ｽﾀｰ･ｳｫｰｽﾞ", ["wars"]),
        ("すたーうぉーず", ["wars"]),
        ("モノノケ姫", ["mononoke"]),
        ("かくや", []),
        ("starwars", ["wars"]),
        ("starwars hope", ["wars"]),
        ("spiderma", ["spider"]),
        ("xmen", ["xmen"]),
        ("heat", []),
    ],
)
async def test_words_without_spaces_are_found_as_they_are_meant(text: str, paths: list[str]) -> None:
    index = EmbeddedSearch()
    index.apply_now(EAST)
    assert sorted(await found(index, text)) == paths


async def test_a_word_that_is_several_in_the_name_marks_them_all() -> None:
    index = EmbeddedSearch()
    index.apply_now(EAST)
    marked = [(await index.search(text, first=1)).hits[0].highlight for text in ("starwars", "spiderman")]
    assert marked == [
        "<em>Star</em> <em>Wars</em>: A New Hope",
        "The Amazing <em>Spider</em>-<em>Man</em>",
    ]


async def test_an_exact_word_beats_a_prefix_and_a_prefix_beats_a_typo_however_famous(index: EmbeddedSearch) -> None:
    page = await index.search("heat", first=10)
    scores = [-float(hit.place[0]) for hit in page.hits]
    assert scores[0] > scores[1] > scores[2] > scores[3]
    assert [hit.path for hit in page.hits] == ["heat", "cold", "heathers", "heap"]


async def test_the_more_popular_of_equals_comes_first() -> None:
    index = EmbeddedSearch()
    index.apply_now([movie("a", "Solaris", popularity=0.2), movie("b", "Solaris", popularity=0.9)])
    assert await found(index, "solaris") == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "typos"), [("rioo", True), ("riq", False), ("godfxther", True), ("gxdfxther", True), ("gxdfxthxr", False)]
)
async def test_typos_are_forgiven_by_the_length_of_the_word(index: EmbeddedSearch, text: str, typos: bool) -> None:
    assert bool(await found(index, text)) is typos


@pytest.mark.parametrize(
    ("filter", "paths"),
    [
        (TitleFilter(kind=TitleKind.SERIES), ["keeper"]),
        (TitleFilter(genre_id="crime"), ["keeper", "keeper/s1/e1"]),
        (TitleFilter(max_age=13), ["heap"]),
        (TitleFilter(language="da"), ["keeper"]),
        (TitleFilter(released_from=date(2022, 2, 4)), ["keeper"]),
        (TitleFilter(released_from=date(1972, 3, 14), released_to=date(1972, 3, 14)), ["godfather"]),
        (TitleFilter(released_to=date(1972, 3, 13)), []),
    ],
)
async def test_a_filter_narrows_a_search(index: EmbeddedSearch, filter: TitleFilter, paths: list[str]) -> None:
    assert sorted(await found(index, "the", filter)) == sorted(paths)


@pytest.mark.parametrize(
    ("text", "languages", "highlight"),
    [
        ("heat", (), "<em>Heat</em>"),
        ("godf", (), "The <em>Godfather</em>"),
        ("godfahter", (), "The <em>Godfather</em>"),
        ("godf", ("ja",), "The <em>Godfather</em>"),
        ("pate", ("en",), "Der <em>Pate</em>"),
        ("keeper", ("da",), "The Last <em>Keeper</em>"),
        ("empty", (), "When the light goes dark, a constable finds an <em>empty</em> tower."),
        ("schindler", (), "<em>Schindler</em>&#x27;s List"),
        ("ファーザー", ("ja",), "ゴッド<em>ファーザー</em>"),
    ],
)
async def test_a_highlight_marks_what_matched(
    index: EmbeddedSearch, text: str, languages: tuple[str, ...], highlight: str
) -> None:
    page = await index.search(text, first=1, languages=languages)
    assert [hit.highlight for hit in page.hits] == [highlight]


@pytest.mark.parametrize("text", ["", "   ", "!?&*", "\x00", "\ud800", '"', "((", "~~~", "\u0301"])
async def test_a_text_without_words_finds_nothing(index: EmbeddedSearch, text: str) -> None:
    page = await index.search(text, first=10)
    assert (page.hits, page.total, page.more) == ((), 0, False)


@pytest.mark.parametrize(
    "text", ["heat " * 200_000, "x" * 1_000_000, "\U0001f3ac heat", "heat AND (", "heat^2 name:foo*", "a b " * 9]
)
async def test_huge_and_odd_texts_are_harmless(index: EmbeddedSearch, text: str) -> None:
    page = await index.search(text, first=10)
    assert page.total == len(page.hits)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_it(text: str) -> None:
    page = asyncio.run(EVERY.search(text, first=5))
    assert len(page.hits) <= 5


EVERY = EmbeddedSearch()
EVERY.apply_now(DOCUMENTS)


async def pages(index: EmbeddedSearch, text: str, first: int) -> list[list[str]]:
    shown: list[list[str]] = []
    after: Place | None = None
    while True:
        page = await index.search(text, first=first, after=after)
        shown.append([hit.path for hit in page.hits])
        if not page.more:
            return shown
        after = page.hits[-1].place


@pytest.mark.parametrize("size", [1, 7, 50, 100])
async def test_pages_of_hits_join_into_the_whole(size: int) -> None:
    index = EmbeddedSearch()
    index.apply_now([movie(f"m{number:03d}", "Heat Wave", popularity=number % 5 / 5) for number in range(100)])
    whole = await found(index, "heat")
    assert len(set(whole)) == 100
    joined = await pages(index, "heat", size)
    assert [path for page in joined for path in page] == whole
    assert {len(page) for page in joined[:-1]} <= {size}


async def test_hits_are_counted_to_a_thousand() -> None:
    index = EmbeddedSearch()
    index.apply_now([movie(f"m{number}", "Heat") for number in range(MAX_COUNT + 50)])
    page = await index.search("heat", first=20)
    assert (page.total, len(page.hits), page.more) == (MAX_COUNT, 20, True)


async def test_hits_are_counted_for_the_audience_and_episodes_by_their_series() -> None:
    here = AvailabilityWindow(countries=frozenset({"NL"}), starts_at=datetime(2026, 1, 1, tzinfo=UTC))
    index = EmbeddedSearch()
    series = replace(DOCUMENTS[8], windows=(here,))
    episode = replace(DOCUMENTS[10], names={"en": "The Dark Keeper"})
    lost = replace(episode, path="gone/s1/e1")
    keeper = SearchDocument(kind=ItemKind.PERSON, path="p", names={"und": "Keeper"}, original_name="Keeper")
    index.apply_now([series, episode, lost, keeper, movie("m", "Keeper", windows=(here,))])

    async def total(country: str, day: datetime, *, staff: bool = False, partner: bool = False) -> int:
        audience = Audience(country=country, now=day, staff=staff, partner=partner)
        return (await index.search("keeper", first=1, audience=audience)).total

    day, before = datetime(2026, 11, 1, tzinfo=UTC), datetime(2025, 11, 1, tzinfo=UTC)
    counts = [await total("NL", day), await total("NL", before), await total("US", day)]
    assert counts == [4, 1, 1]
    assert await total("US", day, staff=True) == await total("US", day, partner=True) == 5
    # A series that is licensed anew takes its episodes along.
    await index.apply([replace(series, windows=(replace(here, countries=frozenset({"*"})),))])
    assert [await total("NL", day), await total("US", day)] == [4, 3]


async def listed(index: EmbeddedSearch, sort: TitleSort, filter: TitleFilter = ANY) -> list[str]:
    return list((await index.titles(filter=filter, sort=sort, first=100)).ids)


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        (
            TitleSort.POPULARITY,
            ["heap", "heathers", "cold", "keeper", "seoul", "godfather", "heat", "schindler", "amelie", "rio"],
        ),
        (
            TitleSort.NEWEST,
            ["keeper", "amelie", "heat", "schindler", "heathers", "cold", "godfather", "heap", "rio", "seoul"],
        ),
        (
            TitleSort.NAME,
            ["amelie", "cold", "keeper", "heat", "heathers", "rio", "schindler", "godfather", "heap", "seoul"],
        ),
    ],
)
async def test_titles_are_listed_in_every_order(index: EmbeddedSearch, sort: TitleSort, ids: list[str]) -> None:
    assert await listed(index, sort) == ids


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        (TitleFilter(kind=TitleKind.SERIES), ["keeper", "seoul"]),
        (TitleFilter(genre_id="crime"), ["keeper", "heat"]),
        (TitleFilter(genre_id="crime", max_age=16), ["keeper"]),
        (TitleFilter(language="pt"), ["rio"]),
        (TitleFilter(language="pt-BR"), ["rio"]),
        (TitleFilter(released_from=date(1989, 1, 1), released_to=date(1989, 12, 31)), ["heathers", "cold"]),
        (TitleFilter(genre_id="unknown"), []),
    ],
)
async def test_a_filter_narrows_a_list(index: EmbeddedSearch, filter: TitleFilter, ids: list[str]) -> None:
    assert await listed(index, TitleSort.POPULARITY, filter) == ids


@pytest.mark.parametrize("sort", TitleSort)
@pytest.mark.parametrize("size", [1, 3, 100])
async def test_pages_of_a_list_join_into_the_whole(index: EmbeddedSearch, sort: TitleSort, size: int) -> None:
    shown: list[str] = []
    after: Place | None = None
    more = True
    while more:
        page = await index.titles(sort=sort, first=size, after=after)
        shown += page.ids
        after, more = page.places[-1], page.more
    assert shown == await listed(index, sort)


@pytest.mark.parametrize("sort", TitleSort)
async def test_a_list_goes_on_after_a_place_whose_title_has_gone(sort: TitleSort) -> None:
    index = EmbeddedSearch()
    index.apply_now(DOCUMENTS)
    whole = await listed(index, sort)
    page = await index.titles(sort=sort, first=3)
    await index.apply([movie("new", "Zulu", popularity=0.01, release_date=date(1900, 1, 1))], [f"Title:{page.ids[-1]}"])
    rest = await index.titles(sort=sort, first=100, after=page.places[-1])
    assert [id_ for id_ in rest.ids if id_ != "new"] == whole[3:]
    assert "new" in rest.ids


async def test_an_update_replaces_and_a_removal_removes() -> None:
    index = EmbeddedSearch()
    index.apply_now(DOCUMENTS)
    assert await listed(index, TitleSort.NAME) != []
    renamed = replace(DOCUMENTS[0], names={"en": "Ember"}, original_name="Ember", popularity=1.0)
    await index.apply([renamed], [key_of(ItemKind.SERIES, "keeper"), "Title:unknown"])
    assert await found(index, "ember") == ["heat"]
    assert "heat" not in await found(index, "heat")
    assert await found(index, "keeper") == []
    assert (await listed(index, TitleSort.POPULARITY))[:3] == ["heap", "heat", "heathers"]
    assert "keeper" not in await listed(index, TitleSort.NAME)
    assert (await listed(index, TitleSort.NAME)).index("heat") == 2
    assert len(index) == len(DOCUMENTS) - 1


async def test_the_same_document_twice_in_a_batch_is_one() -> None:
    index = EmbeddedSearch()
    await index.apply([DOCUMENTS[0], replace(DOCUMENTS[0], names={"en": "Ember"})])
    assert len(index) == 1
    assert (await found(index, "ember"), await found(index, "heat")) == (["heat"], [])


async def test_a_movie_that_becomes_a_series_is_one_document() -> None:
    index = EmbeddedSearch()
    await index.apply([DOCUMENTS[0]])
    await index.apply([replace(DOCUMENTS[0], kind=ItemKind.SERIES)])
    page = await index.search("heat", first=5)
    assert [(hit.kind, hit.path) for hit in page.hits] == [(ItemKind.SERIES, "heat")]


async def test_a_batch_that_fails_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    index = EmbeddedSearch()
    await index.apply(DOCUMENTS)
    broken = replace(DOCUMENTS[0], minimum_age="old")  # type: ignore[arg-type]
    with pytest.raises((ValueError, TypeError)):
        await index.apply([movie("new", "Newcomer"), broken], ["Title:godfather"])
    assert await found(index, "newcomer") == []
    assert await found(index, "godfather") == ["godfather"]
    await index.apply([movie("new", "Newcomer")])
    assert await found(index, "newcomer") == ["new"]
    assert await found(index, "godfather") == ["godfather"]


async def test_readers_and_writers_do_not_disturb_each_other() -> None:
    index = EmbeddedSearch()
    await index.apply(DOCUMENTS)

    async def write(number: int) -> None:
        await index.apply([movie(f"w{number}", f"Heat {number}")], [f"Title:w{number - 1}"])

    async def read(number: int) -> Iterable[str]:
        page = await index.search("heat" if number % 2 else "the", first=20)
        await index.titles(sort=TitleSort.NAME, first=20)
        return [hit.path for hit in page.hits]

    answers = await asyncio.gather(*(read(number) for number in range(40)), *(write(number) for number in range(20)))
    assert all(answer is None or len(set(answer)) == len(list(answer)) for answer in answers)
    assert "heat" in await found(index, "heat")


async def test_a_query_is_run_once_until_the_index_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    index = EmbeddedSearch()
    await index.apply(DOCUMENTS)
    runs = []
    real = search_queries.query_of

    def counted(*arguments: Any, **named: Any) -> Any:
        runs.append(arguments)
        return real(*arguments, **named)

    monkeypatch.setattr("datasources.search.query_of", counted)
    for text in ("heat", "Heat", "heat"):
        await index.search(text, first=5)
    assert len(runs) == 1
    await index.apply([movie("new", "Heat")])
    assert "new" in await found(index, "heat")
    assert len(runs) == 2


async def test_between_updates_no_writer_holds_threads_and_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    index = EmbeddedSearch()
    await index.apply([movie("m1", "Heat")])
    with monkeypatch.context() as patch:
        patch.setattr("datasources.search.fields_of", lambda *_: {"row": "no number"})
        with pytest.raises(ValueError):
            await index.apply([movie("m2", "Heat")])
    # The index has one writer at a time: this one could not be opened beside another.
    index._index.writer(heap_size=15_000_000, num_threads=1).wait_merging_threads()
    await index.apply([movie("m3", "Heat")])
    assert [hit.path for hit in (await index.search("heat", first=5)).hits] == ["m1", "m3"]
