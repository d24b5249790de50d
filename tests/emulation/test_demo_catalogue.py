"""The demo catalogue hangs together: whatever an item names exists, and every rule has a title that shows it."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from datasources.catalog_feed import decode_change, decode_feed_head, decode_ranking
from datasources.catalog_items import decode_credit, decode_genre, decode_person, decode_text, decode_title
from datasources.catalog_items import feed_sequence as feed_sequence_of
from datasources.catalog_keys import SHARDS, key_of, shard_of
from datasources.catalog_series import decode_episode, decode_episode_text, decode_season
from datasources.dynamodb import Item, Key
from datasources.tables import CATALOG
from domain.availability import availability
from domain.discovery import HOME, ChangeKind
from domain.locales import country_code, language_tag
from domain.titles import AvailabilityStatus, PlanTier, TitleKind, TitleRecord, TitleStatus
from emulation.demo import DEMO_PLAYABLE, DEMO_PLAYABLE_EPISODES, load
from emulation.demo.shelves import RANKED_COUNTRIES
from emulation.demo.vocabulary import GENRES
from emulation.media import MEDIA

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Items = dict[Key, Item]


def loaded(scale: int | None = None) -> Items:
    pairs = list(load(scale, today=TODAY))
    assert {spec for spec, _ in pairs} == {CATALOG}
    items = {(item["pk"], item["sk"]): item for _, item in pairs}
    assert len(items) == len(pairs), "two items have one key"
    return items


@pytest.fixture(scope="module")
def items() -> Items:
    return loaded()


@pytest.fixture(scope="module")
def titles(items: Items) -> dict[str, TitleRecord]:
    return {pk[2:]: decode_title(item) for (pk, sk), item in items.items() if pk.startswith("T#") and sk == "META"}


def of(items: Items, partition: str, sort: str = "") -> list[Item]:
    return [item for (pk, sk), item in items.items() if pk.startswith(partition) and sk.startswith(sort)]


def digest(items: Items) -> str:
    return hashlib.sha256(orjson.dumps(sorted(items.items()))).hexdigest()


def test_it_holds_two_thousand_films_and_twenty_series(titles: dict[str, TitleRecord]) -> None:
    kinds = Counter(title.kind for title in titles.values())
    assert kinds == {TitleKind.MOVIE: 2000, TitleKind.SERIES: 20}


def test_it_is_the_same_in_another_process_with_other_hash_seeds(items: Items) -> None:
    program = (
        "import sys; from tests.emulation.test_demo_catalogue import digest, loaded; sys.stdout.write(digest(loaded()))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": "1", "PATH": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert other.stdout == digest(items)


def test_ids_are_twelve_letters_and_digits(titles: dict[str, TitleRecord]) -> None:
    assert [id_ for id_ in titles if not re.fullmatch(r"[0-9A-Za-z]{12}", id_)] == []


def test_every_slug_leads_to_its_title(items: Items, titles: dict[str, TitleRecord]) -> None:
    slugs = {pk.removeprefix("SLUG#"): item["tid"] for (pk, _), item in items.items() if pk.startswith("SLUG#")}
    assert slugs == {title.slug: title.id for title in titles.values()}
    assert [slug for slug in slugs if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)] == []


def test_every_credit_has_its_person_and_the_release_day_of_its_title(
    items: Items, titles: dict[str, TitleRecord]
) -> None:
    people = {pk[2:] for pk, _ in items if pk.startswith("P#")}
    credits = [decode_credit(item) for item in of(items, "T#", "C#")]
    shown = [credit for credit in credits if titles[credit.title_id].status is TitleStatus.PUBLISHED]
    assert {credit.person_id for credit in shown} == people
    assert [credit for credit in credits if credit.release_date != titles[credit.title_id].release_date] == []


def test_billing_orders_have_no_gaps(items: Items) -> None:
    orders: dict[str, list[int]] = {}
    for credit in map(decode_credit, of(items, "T#", "C#")):
        orders.setdefault(credit.title_id, []).append(credit.order)
    assert {id_: found for id_, found in orders.items() if sorted(found) != list(range(len(found)))} == {}


def test_genre_links_are_those_of_published_titles(items: Items, titles: dict[str, TitleRecord]) -> None:
    links = {(item["pk"][2:], item["sk"][2:]) for item in of(items, "T#", "G#")}
    assert links == {
        (title.id, genre)
        for title in titles.values()
        if title.status is TitleStatus.PUBLISHED
        for genre in title.genre_ids
    }


def test_the_25_genres_have_names_in_five_languages_and_titles(items: Items, titles: dict[str, TitleRecord]) -> None:
    genres = {genre.id: genre for genre in map(decode_genre, of(items, "GENRES"))}
    assert len(genres) == 25
    assert {frozenset(genre.names) for genre in genres.values()} == {frozenset({"en", "de", "fr", "es", "ja"})}
    assert {genre for title in titles.values() for genre in title.genre_ids} == genres.keys() == GENRES.keys()


def test_every_name_of_a_title_has_a_text_in_its_language(items: Items, titles: dict[str, TitleRecord]) -> None:
    texts: dict[str, set[str]] = {}
    for item in of(items, "T#", "L#"):
        text = decode_text(item)
        texts.setdefault(item["pk"][2:], set()).add(text.language)
        assert text.synopsis and "{" not in text.synopsis + (text.tagline or "")
    assert texts == {title.id: set(title.names) for title in titles.values()}


def test_codes_are_codes(titles: dict[str, TitleRecord]) -> None:
    tags = {tag for title in titles.values() for tag in (*title.names, *title.audio_languages)}
    countries = {code for title in titles.values() for code in title.countries_of_origin}
    countries |= {code for title in titles.values() for window in title.windows for code in window.countries} - {"*"}
    assert [tag for tag in tags if language_tag(tag) != tag] == []
    assert [code for code in countries if country_code(code) != code] == []


def test_a_series_counts_its_seasons_and_they_their_episodes(items: Items, titles: dict[str, TitleRecord]) -> None:
    seasons = {season.id: season for season in map(decode_season, of(items, "T#", "S#"))}
    episodes = [decode_episode(item) for item in of(items, "T#", "E#")]
    for series in (title for title in titles.values() if title.kind is TitleKind.SERIES):
        mine = [season for season in seasons.values() if season.series_id == series.id]
        assert sorted(season.number for season in mine) == list(range(1, series.season_count + 1))
        assert sum(season.episode_count for season in mine) == series.episode_count
    numbers: dict[str, list[int]] = {}
    for episode in episodes:
        assert seasons[episode.season_id].series_id == episode.series_id
        numbers.setdefault(episode.season_id, []).append(episode.number)
    assert {id_: sorted(found) for id_, found in numbers.items()} == {
        season.id: list(range(1, season.episode_count + 1)) for season in seasons.values()
    }
    assert {season.episode_count for season in seasons.values()} <= set(range(6, 11))


def test_episode_texts_are_in_languages_of_their_series(items: Items, titles: dict[str, TitleRecord]) -> None:
    paths = {(item["pk"], item["sk"].rpartition("#")[2]) for item in of(items, "T#", "E#")}
    for item in of(items, "T#", "EL#"):
        text = decode_episode_text(item)
        assert (item["pk"], text.episode_id) in paths
        assert text.language in titles[item["pk"][2:]].names


def test_people_say_what_they_did_here(items: Items) -> None:
    people = [decode_person(item) for item in of(items, "P#")]
    assert len(people) > 5000
    assert [person for person in people if not person.biographies["en"].endswith(".")] == []


def test_rankings_name_titles_that_can_be_watched_where_they_rank(items: Items, titles: dict[str, TitleRecord]) -> None:
    rankings = [decode_ranking(item) for item in of(items, "RANK#")]
    for ranking in rankings:
        if ranking.scope != HOME:
            states = {availability(titles[id_].windows, ranking.country, NOW).status for id_ in ranking.title_ids}
            assert states == {AvailabilityStatus.AVAILABLE}, ranking.scope
            assert len(set(ranking.title_ids)) == len(ranking.title_ids) >= 4, ranking.scope
    assert {(ranking.country, ranking.scope) for ranking in rankings} >= {
        (country, scope) for country in ("*", *RANKED_COUNTRIES) for scope in ("trending", "popular")
    }


def test_the_rails_of_the_home_page_exist(items: Items) -> None:
    rankings = {ranking.scope: ranking for ranking in map(decode_ranking, of(items, "RANK#*"))}
    assert set(rankings[HOME].title_ids) <= rankings.keys()
    shelves = [ranking for scope, ranking in rankings.items() if scope.startswith("editorial:")]
    assert len(shelves) == 9
    assert {frozenset(shelf.names) for shelf in shelves} == {frozenset({"en", "de", "fr", "es", "ja"})}


def test_the_feed_has_no_gaps_and_its_heads_are_its_last_entries(items: Items) -> None:
    changes = [decode_change(item) for item in of(items, "FEED#", "0")]
    for shard in range(SHARDS):
        mine = sorted(change.sequence for change in changes if change.shard == shard)
        assert mine == list(range(1, decode_feed_head(items[(f"FEED#{shard}", "SEQ")]) + 1))


def test_the_feed_tells_every_published_item_once_where_the_item_says(
    items: Items, titles: dict[str, TitleRecord]
) -> None:
    changes = [decode_change(item) for item in of(items, "FEED#", "0")]
    told = {key_of(change.item_kind, change.path): change for change in changes}
    assert len(told) == len(changes)
    hidden = (TitleStatus.DRAFT, TitleStatus.SCHEDULED)
    published = {
        key
        for key in items
        if (key[0].startswith("P#") or key[1].split("#")[0] in ("META", "S", "E"))
        and not (key[0][2:] in titles and titles[key[0][2:]].status in hidden)
    }
    assert told.keys() == published
    for key, change in told.items():
        assert feed_sequence_of(items[key]) == change.sequence
        assert change.shard == shard_of(key[0][2:])


def test_what_was_taken_back_is_told_as_removed_for_a_year(items: Items, titles: dict[str, TitleRecord]) -> None:
    gone = [item for item in of(items, "FEED#", "0") if decode_change(item).kind is ChangeKind.REMOVED]
    assert {decode_change(item).path for item in gone} == {
        title.id for title in titles.values() if title.status is TitleStatus.UNPUBLISHED
    }
    assert [item for item in gone if item["ttl"] < NOW.timestamp() + 300 * 86_400] == []


@pytest.mark.parametrize(
    ("name", "country", "status", "plan"),
    [
        ("Antonia's Line", "NL", AvailabilityStatus.AVAILABLE, PlanTier.BASIC),
        ("Antonia's Line", "US", AvailabilityStatus.BLOCKED, PlanTier.BASIC),
        ("Galaxy Quest", "US", AvailabilityStatus.AVAILABLE, PlanTier.BASIC),
        ("Galaxy Quest", "NL", AvailabilityStatus.BLOCKED, PlanTier.BASIC),
        ("Playtime", "FR", AvailabilityStatus.UPCOMING, PlanTier.BASIC),
        ("Network", "US", AvailabilityStatus.EXPIRED, PlanTier.BASIC),
        ("Black Narcissus", "GB", AvailabilityStatus.EXPIRED, PlanTier.BASIC),
        ("Black Narcissus", "NL", AvailabilityStatus.AVAILABLE, PlanTier.BASIC),
        ("Hud", "US", AvailabilityStatus.AVAILABLE, PlanTier.BASIC),
        ("Hud", "NL", AvailabilityStatus.UPCOMING, PlanTier.BASIC),
        ("Inside Llewyn Davis", "NL", AvailabilityStatus.AVAILABLE, PlanTier.PREMIUM),
        ("Saltwater Bureau", "NL", AvailabilityStatus.AVAILABLE, PlanTier.STANDARD),
    ],
)
def test_every_licence_rule_has_a_title_that_shows_it(
    titles: dict[str, TitleRecord], name: str, country: str, status: AvailabilityStatus, plan: PlanTier
) -> None:
    (title,) = [title for title in titles.values() if title.names["en"] == name]
    told = availability(title.windows, country, NOW)
    assert (told.status, told.minimum_plan) == (status, plan)


def test_nearly_all_titles_are_open_everywhere_for_the_basic_plan(titles: dict[str, TitleRecord]) -> None:
    told = [availability(title.windows, "NL", NOW) for title in titles.values()]
    watchable = [one for one in told if one.status is AvailabilityStatus.AVAILABLE]
    assert 1990 < len(watchable) < 2020
    assert Counter(one.minimum_plan for one in watchable)[PlanTier.BASIC] > 1750
    assert Counter(title.status for title in titles.values()) == {
        TitleStatus.PUBLISHED: 2013,
        TitleStatus.DRAFT: 3,
        TitleStatus.SCHEDULED: 2,
        TitleStatus.UNPUBLISHED: 2,
    }


def test_nearly_everything_plays_and_two_films_for_every_plan(items: Items, titles: dict[str, TitleRecord]) -> None:
    films = [title for title in titles.values() if title.kind is TitleKind.MOVIE]
    waiting = [film for film in films if film.media is None]
    assert {film.media.version for film in films if film.media} == set(MEDIA)
    assert 0 < len(waiting) < len(films) // 20
    for id_ in DEMO_PLAYABLE:
        assert titles[id_].media
        assert availability(titles[id_].windows, "NL", NOW).minimum_plan is PlanTier.BASIC
    episodes = {(one.series_id, one.season_id, one.id): one for one in map(decode_episode, of(items, "T#", "E#"))}
    assert all(episode.media for episode in episodes.values())
    assert set(DEMO_PLAYABLE_EPISODES) < set(episodes)


def test_a_small_catalogue_has_all_series_and_the_best_known_films() -> None:
    small = loaded(100)
    found = [decode_title(item) for item in of(small, "T#", "META")]
    assert Counter(title.kind for title in found) == {TitleKind.MOVIE: 80, TitleKind.SERIES: 20}
    assert set(DEMO_PLAYABLE) < {title.id for title in found}
    people = {pk[2:] for pk, _ in small if pk.startswith("P#")}
    assert {decode_credit(item).person_id for item in of(small, "T#", "C#")} == people


def test_a_large_catalogue_is_filled_up_with_variants_under_names_of_their_own() -> None:
    large = [decode_title(item) for item in of(loaded(2200), "T#", "META")]
    assert len(large) == len({title.slug for title in large}) == 2200
    assert len({(title.names["en"], title.release_date) for title in large}) == 2200


def test_no_item_is_near_the_size_limit_of_the_table(items: Items) -> None:
    sizes: dict[str, Any] = {"title": 0, "ranking": 0}
    for (pk, sk), item in items.items():
        kind = "ranking" if pk.startswith("RANK") else "title" if sk == "META" else None
        if kind:
            sizes[kind] = max(sizes[kind], len(orjson.dumps(item)))
    assert sizes["title"] < 2500
    assert sizes["ranking"] < 8000


def test_the_data_file_is_the_one_that_the_readme_describes() -> None:
    folder = Path(__file__).parents[2] / "emulation" / "demo"
    data = (folder / "films.jsonl.gz").read_bytes()
    assert len(data) <= 250_000
    assert hashlib.sha256(data).hexdigest() in (folder / "README.md").read_text(encoding="utf-8")
