"""Titles and what hangs on them: texts, genres, credits, similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from resolvers.paging import InvalidArgument, Page, Position, Seal, each, page_of, page_size

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
