"""Every catalogue record survives the way into an item and back, and items carry the keys of the access patterns."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasources import catalog_feed as feed
from datasources import catalog_items as items
from datasources import catalog_keys as keys
from datasources import catalog_series as series
from datasources.tables import CATALOG
from domain.discovery import Change, ChangeKind, ItemKind, Ranking
from domain.titles import (
    AvailabilityWindow,
    CreditRecord,
    CreditRole,
    EpisodeRecord,
    GenreRecord,
    ImageKind,
    ImageRecord,
    Marker,
    MarkerKind,
    MaturityRating,
    MediaRecord,
    PersonRecord,
    PlanTier,
    Quality,
    SeasonRecord,
    TextRecord,
    TitleKind,
    TitleRecord,
    TitleStatus,
)

SAVED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
POSTER = ImageRecord(kind=ImageKind.POSTER, path="/art/poster/heat.svg", width=1000, height=1500, blurhash="L|~,")
MEDIA = MediaRecord(
    version="v1",
    max_quality=Quality.HD,
    duration_seconds=30,
    audio_languages=("en", "de"),
    subtitle_languages=("de",),
    markers=(Marker(kind=MarkerKind.INTRO, start_seconds=1, end_seconds=4),),
)
HEAT = TitleRecord(
    id="heat00000001",
    kind=TitleKind.MOVIE,
    slug="heat-1995",
    names={"en": "Heat", "ja": "ヒート"},
    original_language="en",
    release_date=date(1995, 12, 15),
    maturity=MaturityRating(code="R", system="MPA", minimum_age=17, advisories=("violence", "strong language")),
    genre_ids=("crime", "thriller"),
    images=(POSTER,),
    windows=(
        AvailabilityWindow(
            countries=frozenset({"NL", "BE"}),
            starts_at=datetime(2020, 1, 1, tzinfo=UTC),
            ends_at=datetime(2030, 1, 1, tzinfo=UTC),
            minimum_plan=PlanTier.PREMIUM,
        ),
    ),
    status=TitleStatus.PUBLISHED,
    version=3,
    updated_at=SAVED,
    popularity=0.5,
    runtime_seconds=10_200,
    max_quality=Quality.UHD,
    media=MEDIA,
)

ids = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
tags = st.sampled_from(["en", "de", "fr", "es-419", "ja", "zh-Hant"])
texts = st.text(st.characters(codec="utf-8"), max_size=30)
moments = st.datetimes(
    datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))])
)
tag_lists = st.lists(tags, max_size=3).map(tuple)
names = st.dictionaries(tags, texts, max_size=3).map(lambda found: {"en": "A name", **found})
images = st.lists(
    st.builds(
        ImageRecord,
        kind=st.sampled_from(ImageKind),
        path=texts,
        width=st.integers(1, 4000),
        height=st.integers(1, 4000),
        blurhash=st.none() | texts,
    ),
    max_size=3,
).map(tuple)
windows = st.lists(
    st.builds(
        AvailabilityWindow,
        countries=st.frozensets(st.sampled_from(["*", "NL", "US"])),
        starts_at=moments,
        ends_at=st.none() | moments,
        minimum_plan=st.sampled_from(PlanTier),
    ),
    max_size=3,
).map(tuple)
media = st.builds(
    MediaRecord,
    version=texts,
    max_quality=st.sampled_from(Quality),
    duration_seconds=st.integers(0, 9999),
    audio_languages=tag_lists,
    subtitle_languages=tag_lists,
    markers=st.lists(
        st.builds(
            Marker, kind=st.sampled_from(MarkerKind), start_seconds=st.integers(0, 99), end_seconds=st.integers(0, 99)
        ),
        max_size=2,
    ).map(tuple),
)
playable: dict[str, Any] = {
    "release_date": st.none() | st.dates(),
    "runtime_seconds": st.integers(0, 20_000),
    "images": images,
    "max_quality": st.sampled_from(Quality),
    "audio_languages": tag_lists,
    "subtitle_languages": tag_lists,
    "media": st.none() | media,
    "version": st.integers(1, 99),
    "updated_at": moments,
}
titles = st.builds(
    TitleRecord,
    id=ids,
    kind=st.sampled_from(TitleKind),
    slug=ids,
    names=names,
    original_language=st.just("en"),
    maturity=st.builds(
        MaturityRating,
        code=texts,
        system=texts,
        minimum_age=st.integers(0, 21),
        advisories=st.lists(texts, max_size=2).map(tuple),
    ),
    genre_ids=st.lists(ids, max_size=3).map(tuple),
    windows=windows,
    status=st.sampled_from(TitleStatus),
    popularity=st.floats(0, 1),
    publish_at=st.none() | moments,
    countries_of_origin=st.lists(st.sampled_from(["NL", "US"]), max_size=2).map(tuple),
    season_count=st.integers(0, 9),
    episode_count=st.integers(0, 99),
    **playable,
)
episodes = st.builds(
    EpisodeRecord,
    id=ids,
    series_id=ids,
    season_id=ids,
    number=st.integers(1, 50),
    names=names,
    synopses=st.dictionaries(st.just("en"), texts),
    original_language=st.just("en"),
    **playable,
)


@given(titles, st.none() | st.integers(1, 10**9))
@settings(max_examples=150)
def test_a_title_survives(title: TitleRecord, sequence: int | None) -> None:
    item = items.encode_title(title, feed_sequence=sequence)
    assert items.decode_title(item) == title
    assert items.feed_sequence(item) == sequence


@given(episodes)
@settings(max_examples=100)
def test_an_episode_survives(episode: EpisodeRecord) -> None:
    original = replace(episode, names={"en": episode.names["en"]})
    assert series.decode_episode(series.encode_episode(episode)) == original


@given(titles)
@settings(max_examples=50)
def test_attributes_have_only_types_that_dynamodb_knows_and_no_nulls(title: TitleRecord) -> None:
    kinds = {type(value) for value in items.encode_title(title).values()}
    assert kinds <= {str, int, float, dict}


def test_a_title_is_one_readable_item_with_its_place_in_the_status_list() -> None:
    assert items.encode_title(HEAT, feed_sequence=7) == {
        "pk": "T#heat00000001",
        "sk": "META",
        "gsi2pk": f"ST#PUBLISHED#{keys.shard_of('heat00000001')}",
        "gsi2sk": "2026-03-01T09:30:00.000000Z",
        "kind": "MOVIE",
        "slug": "heat-1995",
        "n": {"en": "Heat", "ja": "ヒート"},
        "ol": "en",
        "rel": "1995-12-15",
        "mat": '["R","MPA",17,["violence","strong language"]]',
        "g": "crime thriller",
        "img": '[["POSTER","/art/poster/heat.svg",1000,1500,"L|~,"]]',
        "win": '[[["BE","NL"],"2020-01-01T00:00:00Z","2030-01-01T00:00:00Z","PREMIUM"]]',
        "st": "PUBLISHED",
        "v": 3,
        "upd": "2026-03-01T09:30:00Z",
        "pop": 0.5,
        "rt": 10200,
        "mq": "UHD",
        "med": '{"version":"v1","maxQuality":"HD","duration":30,"audio":["en","de"],"subtitles":["de"],'
        '"markers":[["INTRO",1,4]]}',
        "fq": 7,
    }


def test_what_titles_have_in_common_is_one_object_after_reading() -> None:
    first, second = (items.decode_title(items.encode_title(HEAT)) for _ in range(2))
    for name in ("windows", "maturity", "genre_ids", "audio_languages"):
        assert getattr(first, name) is getattr(second, name)


def test_a_whole_number_of_popularity_reads_as_a_float() -> None:
    title = items.decode_title({**items.encode_title(HEAT), "pop": 1})
    assert (title.popularity, type(title.popularity)) == (1.0, float)


@pytest.mark.parametrize(
    "text",
    [
        TextRecord(language="pt-BR", tagline=None, synopsis=""),
        TextRecord(language="en", tagline="A Los Angeles crime saga", synopsis="Cops."),
    ],
)
def test_a_text_survives(text: TextRecord) -> None:
    item = items.encode_text("heat00000001", text)
    assert (item["pk"], item["sk"]) == ("T#heat00000001", f"L#{text.language}")
    assert items.decode_text(item) == text


def credit(order: int = 2, released: date | None = date(1995, 12, 15)) -> CreditRecord:
    return CreditRecord(
        title_id="heat00000001",
        person_id="pacino",
        role=CreditRole.ACTOR,
        order=order,
        character="Vincent Hanna",
        release_date=released,
    )


def test_a_credit_is_found_by_title_and_by_person() -> None:
    item = items.encode_credit(credit())
    assert {name: item[name] for name in ("pk", "sk", "gsi1pk", "gsi1sk")} == {
        "pk": "T#heat00000001",
        "sk": "C#0002#ACTOR#pacino",
        "gsi1pk": "P#pacino",
        "gsi1sk": "1995-12-15#heat00000001",
    }
    assert items.decode_credit(item) == credit()


def test_a_credit_reads_from_the_attributes_that_its_index_carries() -> None:
    projected = {"pk", "sk", "gsi1pk", "gsi1sk", *CATALOG.indexes[0].projection}
    item = {name: value for name, value in items.encode_credit(credit()).items() if name in projected}
    assert items.decode_credit(item) == credit()


def test_credits_sort_by_billing_and_titles_without_a_date_come_last() -> None:
    sort_keys = [items.encode_credit(credit(order))["sk"] for order in (2, 10, 100)]
    assert sort_keys == sorted(sort_keys)
    undated, dated = (items.encode_credit(credit(1, day))["gsi1sk"] for day in (None, date(1, 1, 1)))
    assert undated < dated


def test_a_genre_link_is_found_by_genre_and_kind_in_order_of_release() -> None:
    item = items.encode_genre_link(HEAT, "crime")
    assert item == {
        "pk": "T#heat00000001",
        "sk": "G#crime",
        "gsi1pk": "G#crime#MOVIE",
        "gsi1sk": "1995-12-15#heat00000001",
        "tid": "heat00000001",
        "rel": "1995-12-15",
    }
    assert items.decode_genre_link(item) == "heat00000001"


@pytest.mark.parametrize("released", [None, date(2024, 2, 29)])
def test_a_season_survives(released: date | None) -> None:
    season = SeasonRecord(
        id="s1",
        series_id="tide",
        number=1,
        names={"en": "Low water"} if released else {},
        synopses={},
        release_date=released,
        episode_count=8 if released else 0,
        images=(POSTER,) if released else (),
        version=1,
        updated_at=SAVED,
    )
    item = series.encode_season(season, feed_sequence=3)
    assert (item["pk"], item["sk"], item["fq"]) == ("T#tide", "S#s1", 3)
    assert series.decode_season(item) == season


EPISODE = EpisodeRecord(
    id="e1",
    series_id="tide",
    season_id="s1",
    number=1,
    names={"da": "Ebbe"},
    synopses={"da": "En fyrmester forsvinder."},
    original_language="da",
    release_date=date(2024, 1, 5),
    runtime_seconds=2700,
    images=(),
    version=1,
    updated_at=SAVED,
)
ENGLISH = series.EpisodeText(episode_id="e1", language="en", name="Ebb", synopsis="A keeper is gone.")


def test_an_episode_text_lies_beside_the_episodes_of_its_season() -> None:
    item = series.encode_episode_text("tide", "s1", ENGLISH)
    assert item == {"pk": "T#tide", "sk": "EL#en#s1#e1", "n": "Ebb", "syn": "A keeper is gone."}
    assert series.decode_episode_text(item) == ENGLISH


def test_texts_join_an_episode_when_it_is_read_or_later() -> None:
    item = series.encode_episode(EPISODE)
    both = replace(
        EPISODE,
        names={"da": "Ebbe", "en": "Ebb"},
        synopses={"da": "En fyrmester forsvinder.", "en": "A keeper is gone."},
    )
    assert series.decode_episode(item, [ENGLISH]) == both
    assert series.with_texts(series.decode_episode(item), [ENGLISH]) == both


@pytest.mark.parametrize("born", [None, date(1940, 4, 25)])
def test_a_person_survives(born: date | None) -> None:
    person = PersonRecord(
        id="pacino",
        name="Al Pacino",
        biographies={"en": "Actor."} if born else {},
        born=born,
        images=(POSTER,) if born else (),
        updated_at=SAVED,
    )
    assert items.decode_person(items.encode_person(person)) == person


def test_a_genre_and_a_slug_survive() -> None:
    genre = GenreRecord(id="crime", slug="crime", names={"en": "Crime", "de": "Krimi"}, updated_at=SAVED)
    assert items.decode_genre(items.encode_genre(genre)) == genre
    assert items.encode_slug("heat-1995", "heat00000001") == {"pk": "SLUG#heat-1995", "sk": "-", "tid": "heat00000001"}
    assert items.decode_slug(items.encode_slug("heat-1995", "heat00000001")) == "heat00000001"


@pytest.mark.parametrize("title_ids", [(), ("a", "b")])
def test_a_ranking_survives(title_ids: tuple[str, ...]) -> None:
    ranking = Ranking(
        country="NL", scope="editorial:rain", title_ids=title_ids, names={"en": "Rainy days"}, updated_at=SAVED
    )
    item = feed.encode_ranking(ranking)
    assert (item["pk"], item["sk"]) == ("RANK#NL#editorial:rain", "V")
    assert feed.decode_ranking(item) == ranking


def test_a_feed_entry_survives_and_sorts_by_sequence_within_its_bucket() -> None:
    change = Change(
        shard=2, sequence=12_345, kind=ChangeKind.UPSERTED, item_kind=ItemKind.EPISODE, path="tide/s1/e1", at=SAVED
    )
    item = feed.encode_change(change)
    assert (item["pk"], item["sk"]) == ("FEED#2#1", "000000012345")
    assert feed.decode_change(item) == change
    assert feed.decode_feed_head(feed.encode_feed_head(2, 9)) == 9
    assert feed.decode_feed_head(None) == 0


@pytest.mark.parametrize(
    ("kind", "path", "key"),
    [
        (ItemKind.MOVIE, "a", ("T#a", "META")),
        (ItemKind.SERIES, "a", ("T#a", "META")),
        (ItemKind.SEASON, "a/b", ("T#a", "S#b")),
        (ItemKind.EPISODE, "a/b/c", ("T#a", "E#b#c")),
        (ItemKind.PERSON, "a", ("P#a", "META")),
        (ItemKind.GENRE, "a", ("GENRES", "a")),
    ],
)
def test_a_feed_entry_leads_to_its_item(kind: ItemKind, path: str, key: tuple[str, str]) -> None:
    assert keys.key_of(kind, path) == key


@pytest.mark.parametrize(("kind", "path"), [(ItemKind.MOVIE, "a/b"), (ItemKind.EPISODE, "a"), (ItemKind.SEASON, "")])
def test_a_path_of_another_form_is_refused(kind: ItemKind, path: str) -> None:
    with pytest.raises(ValueError, match="unpack"):
        keys.key_of(kind, path)


def test_shards_are_the_same_in_every_process() -> None:
    assert [keys.shard_of(id_) for id_ in ("heat00000001", "tide", "pacino", "x")] == [0, 0, 1, 3]
