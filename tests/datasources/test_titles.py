"""What an audience gets of titles when records are absent, hidden or cannot be read just now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from datasources.audiences import Audiences
from datasources.cache import MISSING
from datasources.catalog import Place
from datasources.catalog_keys import ranking_key, slug_key, text_key, title_key
from datasources.rankings import RankingSource
from datasources.titles import TitleSource
from domain.availability import Audience, Visibility
from domain.discovery import Ranking
from domain.errors import UpstreamThrottled
from domain.titles import AvailabilityWindow, TextRecord, TitleStatus
from tests.catalogue import EVERYWHERE, NOW, SAVED, movie

NL = Audience(country="NL", now=NOW)
THROTTLED = UpstreamThrottled("busy")


@dataclass
class Stock:
    """A Reader over a dict; `known` is what it has at hand without reading."""

    records: dict[Place, Any]
    known: set[Place] = field(default_factory=set)
    read_places: list[list[Place]] = field(default_factory=list)

    def peek(self, places: Sequence[Place]) -> list[Any]:
        return [self.records.get(place) if place in self.known else MISSING for place in places]

    async def read(self, places: Sequence[Place]) -> list[Any]:
        self.read_places.append(list(places))
        return [self.records.get(place) for place in places]


def titles(stock: Stock, audience: Audience = NL) -> TitleSource:
    return TitleSource(stock, audience, {})


def stock(*records: Any) -> Stock:
    return Stock({title_key(one.id): one for one in records})


async def test_titles_come_in_the_order_of_their_ids_with_failures_in_place():
    shelf = stock(movie(1), movie(2), movie(3, status=TitleStatus.DRAFT))
    shelf.records[title_key("m004")] = THROTTLED
    found = await titles(shelf).by_ids(["m002", "nope", "m001", "m003", "m004"])
    assert found == [movie(2), None, movie(1), None, THROTTLED]


async def test_a_list_leaves_out_what_cannot_be_read():
    shelf = stock(movie(1))
    shelf.records[title_key("m002")] = THROTTLED
    assert await titles(shelf).listed(["m001", "m002", "nope"]) == {"m001": movie(1)}


async def test_a_list_of_which_nothing_can_be_read_has_failed():
    shelf = Stock({title_key("m001"): THROTTLED, title_key("m002"): THROTTLED})
    with pytest.raises(UpstreamThrottled):
        await titles(shelf).listed(["m001", "m002"])


async def test_what_was_chosen_before_is_kept_when_its_licence_ends_but_not_when_it_is_taken_back():
    over = AvailabilityWindow(countries=frozenset({"NL"}), starts_at=EVERYWHERE.starts_at, ends_at=NOW)
    old = replace(movie(4).maturity, minimum_age=18)
    shelf = stock(
        movie(1, windows=(over,)),
        movie(2, windows=()),
        movie(3, status=TitleStatus.UNPUBLISHED),
        movie(4, maturity=old),
    )
    ids = ["m001", "m002", "m003", "m004", "nope"]
    child = titles(shelf, NL._replace(max_age=12))
    assert shown(await child.kept(ids)) == ["m001", "m002", None, None, None]
    staff = titles(shelf, NL._replace(staff=True))
    assert shown(await staff.kept(ids)) == ["m001", "m002", "m003", "m004", None]


def shown(found: Sequence[Any]) -> list[str | None]:
    return [one and one.id for one in found]


async def test_a_page_brings_its_texts_along_in_the_first_languages():
    shelf = stock(movie(1))
    assert await titles(shelf).page("m001", ("nl-BE", "en-GB", "fr")) == movie(1)
    assert shelf.read_places == [
        [title_key("m001"), *(text_key("m001", tag) for tag in ("nl-BE", "nl", "en-GB", "en"))]
    ]


async def test_a_page_at_hand_reads_nothing():
    shelf = stock(movie(1))
    shelf.known.add(title_key("m001"))
    assert await titles(shelf).page("m001", ("nl",)) == movie(1)
    assert shelf.read_places == []


async def test_a_page_that_cannot_be_read_fails():
    with pytest.raises(UpstreamThrottled):
        await titles(Stock({title_key("m001"): THROTTLED})).page("m001", ())
    with pytest.raises(UpstreamThrottled):
        await titles(Stock({slug_key("film-1"): THROTTLED})).by_slug("film-1", ())


async def test_a_text_that_is_not_there_falls_back_to_the_original():
    english = TextRecord(language="en", tagline=None, synopsis="English.")
    dutch = TextRecord(language="nl", tagline=None, synopsis="Nederlands.")
    shelf = Stock({text_key("m001", "en"): english, text_key("m002", "nl"): dutch, text_key("m003", "nl"): THROTTLED})
    found = await titles(shelf).texts([movie(1), movie(2), movie(3), movie(4)], ("nl",))
    assert found == [english, dutch, THROTTLED, None]
    assert shelf.read_places[1] == [text_key("m001", "en"), text_key("m004", "en")]


def test_an_audience_shares_its_verdicts_until_the_catalogue_changes():
    audiences = Audiences()
    memory = audiences.of(NL)
    source = TitleSource(Stock({}), NL, memory.verdicts)
    film = movie(1)
    assert source.visibility(film) is Visibility.LISTED
    assert audiences.of(Audience(country="NL", now=NOW)) is memory
    assert audiences.of(NL._replace(now=NOW + timedelta(minutes=1))) is not memory
    assert source.visibility(replace(film, status=TitleStatus.DRAFT)) is Visibility.HIDDEN
    audiences.forget()
    assert audiences.of(NL) is not memory


def test_the_memory_of_audiences_is_bounded():
    audiences = Audiences()
    first = audiences.of(NL)
    for age in range(64):
        audiences.of(NL._replace(max_age=age))
    assert audiences.of(NL) is not first
    memory = audiences.of(NL)
    for number in range(501):
        memory.keep(number, "page")
    assert len(memory.pages) == 1


async def test_a_country_has_its_own_ranking_else_that_of_everywhere():
    def ranking(country: str, scope: str) -> Ranking:
        return Ranking(country=country, scope=scope, title_ids=(), updated_at=SAVED)

    both, everywhere = ranking("NL", "trending"), ranking("*", "new")
    shelf = Stock(
        {
            ranking_key("NL", "trending"): both,
            ranking_key("*", "trending"): ranking("*", "trending"),
            ranking_key("*", "new"): everywhere,
            ranking_key("NL", "popular"): THROTTLED,
            ranking_key("*", "popular"): ranking("*", "popular"),
            ranking_key("NL", "genre:war"): THROTTLED,
        }
    )
    found = await RankingSource(shelf, "NL").by_scopes(["trending", "new", "popular", "genre:war", "nope"])
    assert found == [both, everywhere, ranking("*", "popular"), THROTTLED, None]
    assert len(shelf.read_places) == 1
