"""The codec between catalogue records and the items of the catalogue table: titles, texts, credits, people, genres.

Seasons and episodes are in `catalog_series`, rankings and the change feed in `catalog_feed`. Attributes have short
names; an absent attribute means None, empty or the record's default.
"""

from __future__ import annotations

from datetime import date, datetime

from datasources import catalog_keys as keys
from datasources.catalog_values import (
    QUALITY,
    decode_images,
    decode_maturity,
    decode_media,
    decode_windows,
    encode_images,
    encode_maturity,
    encode_media,
    encode_windows,
    instant,
    item_of,
    shared,
    sortable,
    words,
)
from datasources.dynamodb import Item
from domain.titles import (
    CreditRecord,
    CreditRole,
    GenreRecord,
    PersonRecord,
    TextRecord,
    TitleKind,
    TitleRecord,
    TitleStatus,
)

_TITLE_KIND = {member.value: member for member in TitleKind}
_STATUS = {member.value: member for member in TitleStatus}
_ROLE = {member.value: member for member in CreditRole}
_day = date.fromisoformat
_moment = datetime.fromisoformat


def encode_title(title: TitleRecord, *, feed_sequence: int | None = None) -> Item:
    """The neutral META item; `feed_sequence` is the place of its entry in the change feed."""
    return item_of(
        keys.title_key(title.id),
        gsi2pk=keys.status_index(title.status.value, keys.shard_of(title.id)),
        gsi2sk=sortable(title.updated_at),
        kind=title.kind.value,
        slug=title.slug,
        n=dict(title.names),
        ol=title.original_language,
        rel=title.release_date and title.release_date.isoformat(),
        mat=encode_maturity(title.maturity),
        g=words(title.genre_ids),
        img=encode_images(title.images),
        win=encode_windows(title.windows),
        st=title.status.value,
        v=title.version,
        upd=instant(title.updated_at),
        pop=title.popularity or None,
        pub=title.publish_at and instant(title.publish_at),
        co=words(title.countries_of_origin),
        rt=title.runtime_seconds or None,
        sc=title.season_count or None,
        ec=title.episode_count or None,
        mq=title.max_quality.value,
        al=words(title.audio_languages),
        sl=words(title.subtitle_languages),
        med=encode_media(title.media),
        fq=feed_sequence,
    )


def decode_title(item: Item) -> TitleRecord:
    get = item.get
    released, publish = get("rel"), get("pub")
    return TitleRecord(
        id=item["pk"][2:],
        kind=_TITLE_KIND[item["kind"]],
        slug=item["slug"],
        names=item["n"],
        original_language=item["ol"],
        release_date=_day(released) if released else None,
        maturity=decode_maturity(item["mat"]),
        genre_ids=shared(get("g")),
        images=decode_images(get("img")),
        windows=decode_windows(get("win")),
        status=_STATUS[item["st"]],
        version=item["v"],
        updated_at=_moment(item["upd"]),
        popularity=float(get("pop", 0.0)),
        publish_at=_moment(publish) if publish else None,
        countries_of_origin=shared(get("co")),
        runtime_seconds=get("rt", 0),
        season_count=get("sc", 0),
        episode_count=get("ec", 0),
        max_quality=QUALITY[item["mq"]],
        audio_languages=shared(get("al")),
        subtitle_languages=shared(get("sl")),
        media=decode_media(get("med")),
    )


def feed_sequence(item: Item) -> int | None:
    """Where a published item stands in the change feed of its shard; None before it was published."""
    sequence: int | None = item.get("fq")
    return sequence


def encode_text(title_id: str, text: TextRecord) -> Item:
    return item_of(keys.text_key(title_id, text.language), tag=text.tagline, syn=text.synopsis)


def decode_text(item: Item) -> TextRecord:
    return TextRecord(language=item["sk"][2:], tagline=item.get("tag"), synopsis=item["syn"])


def encode_credit(credit: CreditRecord) -> Item:
    return item_of(
        keys.credit_key(credit.title_id, credit.order, credit.role.value, credit.person_id),
        gsi1pk=keys.person_index(credit.person_id),
        gsi1sk=keys.release_sort(credit.release_date, credit.title_id),
        tid=credit.title_id,
        pid=credit.person_id,
        role=credit.role.value,
        ord=credit.order,
        chr=credit.character,
        rel=credit.release_date and credit.release_date.isoformat(),
    )


def decode_credit(item: Item) -> CreditRecord:
    """From the table or from gsi1."""
    released = item.get("rel")
    return CreditRecord(
        title_id=item["tid"],
        person_id=item["pid"],
        role=_ROLE[item["role"]],
        order=item["ord"],
        character=item.get("chr"),
        release_date=_day(released) if released else None,
    )


def encode_genre_link(title: TitleRecord, genre_id: str) -> Item:
    """Only for published titles."""
    return item_of(
        keys.genre_link_key(title.id, genre_id),
        gsi1pk=keys.genre_index(genre_id, title.kind.value),
        gsi1sk=keys.release_sort(title.release_date, title.id),
        tid=title.id,
        rel=title.release_date and title.release_date.isoformat(),
    )


def decode_genre_link(item: Item) -> str:
    """The title's id; from the table or from gsi1."""
    title_id: str = item["tid"]
    return title_id


def encode_person(person: PersonRecord, *, feed_sequence: int | None = None) -> Item:
    return item_of(
        keys.person_key(person.id),
        name=person.name,
        bio=dict(person.biographies),
        born=person.born and person.born.isoformat(),
        img=encode_images(person.images),
        v=person.version,
        upd=instant(person.updated_at),
        fq=feed_sequence,
    )


def decode_person(item: Item) -> PersonRecord:
    born = item.get("born")
    return PersonRecord(
        id=item["pk"][2:],
        name=item["name"],
        biographies=item.get("bio", {}),
        born=_day(born) if born else None,
        images=decode_images(item.get("img")),
        version=item["v"],
        updated_at=_moment(item["upd"]),
    )


def encode_genre(genre: GenreRecord) -> Item:
    return item_of(
        keys.genre_key(genre.id), slug=genre.slug, n=dict(genre.names), v=genre.version, upd=instant(genre.updated_at)
    )


def decode_genre(item: Item) -> GenreRecord:
    return GenreRecord(
        id=item["sk"], slug=item["slug"], names=item["n"], version=item["v"], updated_at=_moment(item["upd"])
    )


def encode_slug(slug: str, title_id: str) -> Item:
    return item_of(keys.slug_key(slug), tid=title_id)


def decode_slug(item: Item) -> str:
    """The id of the title that holds the slug."""
    title_id: str = item["tid"]
    return title_id
