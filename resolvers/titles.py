"""Titles and what hangs on them: texts, genres, credits, similar ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.discovery import Ranking
from domain.titles import (
    CreditRecord,
    CreditRole,
    GenreRecord,
    ImageKind,
    ImageRecord,
    TextRecord,
    TitleRecord,
    localise,
)
from resolvers.context import Context
from resolvers.ids import id_of
from resolvers.paging import InvalidArgument, Page, Position, Seal, each, ordered_page, page_of, page_size

SIMILAR_POOL = 30
"""How many of the most popular titles of each genre are compared."""

_MAX_WIDTH = 8192


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready to be shown: absolute address, size in pixels and a text in its place."""

    url: str
    width: int
    height: int
    blurhash: str | None
    alt: str


@dataclass(frozen=True, slots=True)
class LocalizationRecord:
    """Everything that a title says in one language."""

    language: str
    name: str
    tagline: str | None
    synopsis: str


async def find(ctx: Context, *, id_: str | None, slug: str | None) -> TitleRecord | None:
    """The title by global id or by slug, with its texts at hand."""
    if slug is not None:
        return await ctx.loaders.titles.by_slug(slug, ctx.languages)
    return await ctx.loaders.titles.page(id_of(id_ or "", "Movie", "Series"), ctx.languages)


async def texts(ctx: Context, titles: Sequence[TitleRecord]) -> list[TextRecord | Exception | None]:
    """The text of each in the caller's language."""
    return await ctx.loaders.titles.texts(titles, ctx.languages)


async def genres(ctx: Context, titles: Sequence[TitleRecord]) -> list[list[GenreRecord]]:
    """The genres of each; one that is gone is left out."""
    known = await ctx.loaders.genres.by_id()
    return [[known[id_] for id_ in title.genre_ids if id_ in known] for title in titles]


async def credits(
    ctx: Context, titles: Sequence[TitleRecord], role: CreditRole | None, first: int | None, after: str | None
) -> list[Page[CreditRecord] | Exception]:
    """A page of each title's credits, in billing order."""
    size = page_size(first, 20)
    found = await ctx.loaders.titles.credits([title.id for title in titles])

    def page(title: TitleRecord, every: tuple[CreditRecord, ...]) -> Page[CreditRecord]:
        wanted = [one for one in every if role is None or one.role is role]
        seal = Seal(ctx.sources.cursor_key, "credits", title.id, role and role.value)
        return page_of(wanted, _billing, size=size, after=after, seal=seal)

    return each(page, titles, found)


async def similar(ctx: Context, titles: Sequence[TitleRecord], first: int | None) -> list[Page[TitleRecord]]:
    """For each title the most alike among the popular ones of its genres."""
    size = page_size(first, 20)
    scopes = [*dict.fromkeys(f"genre:{genre}" for title in titles for genre in title.genre_ids)]
    ranked = dict(zip(scopes, await ctx.loaders.rankings.by_scopes(scopes), strict=True))
    pools = [_pool(title, ranked) for title in titles]
    listed = await ctx.loaders.titles.listed([*dict.fromkeys(id_ for pool in pools for id_ in pool)])
    pages = []
    for title, pool in zip(titles, pools, strict=True):
        distances = {id_: _distance(title, listed[id_], rank) for id_, rank in pool.items() if id_ in listed}
        alike = [listed[id_] for id_ in sorted(distances, key=distances.__getitem__)]
        seal = Seal(ctx.sources.cursor_key, "similar", title.id)
        pages.append(ordered_page(alike, _id, size=size, after=None, seal=seal, note=f"similar:{title.id}"))
    return pages


async def localizations(ctx: Context, titles: Sequence[TitleRecord]) -> list[list[LocalizationRecord] | Exception]:
    """All languages of each title."""
    found = await ctx.loaders.titles.all_texts(titles)

    def told(title: TitleRecord, texts: tuple[TextRecord, ...]) -> list[LocalizationRecord]:
        by_language = {text.language: text for text in texts}
        return [_localization(tag, name, by_language.get(tag)) for tag, name in title.names.items()]

    return each(told, titles, found)


def picture(
    ctx: Context, images: Sequence[ImageRecord], kind: ImageKind, width: int | None, alt: str
) -> Picture | None:
    """The smallest picture of the kind that is at least `width` pixels wide, else the widest there is."""
    if width is not None and not 1 <= width <= _MAX_WIDTH:
        raise InvalidArgument(f"`width` is {width}. Ask for 1 to {_MAX_WIDTH} pixels, or leave it out for the widest.")
    sizes = sorted((image for image in images if image.kind is kind), key=lambda image: image.width)
    if not sizes:
        return None
    enough = (image for image in sizes if width is not None and image.width >= width)
    image = next(enough, sizes[-1])
    return Picture(ctx.sources.media_base_url + image.path, image.width, image.height, image.blurhash, alt)


def name_of(ctx: Context, title: TitleRecord) -> str:
    """The title's name in the caller's language."""
    return localise(title.names, ctx.languages, title.original_language)


def _localization(tag: str, name: str, text: TextRecord | None) -> LocalizationRecord:
    if text is None:
        return LocalizationRecord(tag, name, None, "")
    return LocalizationRecord(tag, name, text.tagline, text.synopsis)


def _billing(credit: CreditRecord) -> Position:
    return credit.order, credit.role.value, credit.person_id


def _id(title: TitleRecord) -> str:
    return title.id


def _pool(title: TitleRecord, ranked: Mapping[str, Ranking | Exception | None]) -> dict[str, int]:
    """Popular titles of its genres with their best rank, without itself; a genre whose ranking failed adds none."""
    pool: dict[str, int] = {}
    for genre in title.genre_ids:
        ranking = ranked[f"genre:{genre}"]
        for rank, id_ in enumerate(ranking.title_ids[:SIMILAR_POOL] if isinstance(ranking, Ranking) else ()):
            pool[id_] = min(rank, pool.get(id_, rank))
    pool.pop(title.id, None)
    return pool


def _distance(title: TitleRecord, other: TitleRecord, rank: int) -> tuple[float, str]:
    """Small for shared genres, near years, the same kind and a high rank."""
    mine, theirs = set(title.genre_ids), set(other.genre_ids)
    genres = 1 - len(mine & theirs) / len(mine | theirs)
    kind = 0.0 if title.kind is other.kind else 0.1
    return genres + min(_years(title, other), 40) / 100 + kind + rank / 100, other.id


def _years(title: TitleRecord, other: TitleRecord) -> int:
    if title.release_date is None or other.release_date is None:
        return 40
    return abs(title.release_date.year - other.release_date.year)
