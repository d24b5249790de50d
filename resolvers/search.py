"""Searching titles, episodes and people by text; what is found is checked against the catalogue before it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from domain.discovery import ItemKind
from domain.search import Place, SearchHit, TitleFilter, key_of
from domain.titles import EpisodeRecord, PersonRecord, TitleRecord
from resolvers.browse import suited, window
from resolvers.context import Context
from resolvers.paging import InvalidArgument, Page, Seal, page_size

MAX_TEXT = 200

Found = TitleRecord | EpisodeRecord | PersonRecord


async def search(ctx: Context, text: str, filter: TitleFilter, first: int | None, after: str | None) -> Page[Found]:
    """A page of finds, best first; `notes` are highlights. Counts what this caller can page through."""
    if len(text) > MAX_TEXT:
        raise InvalidArgument(f"`text` has {len(text)} characters. Search for {MAX_TEXT} at most.")
    size = page_size(first, 20)
    seal = Seal(ctx.sources.cursor_key, "search", text, filter)
    bound = seal.open(after) if after is not None else None
    shown: list[tuple[SearchHit, Found]] = []
    at: Place | None = bound
    more, asked = True, suited(ctx, filter)
    while more and len(shown) <= size:
        page = await ctx.sources.search.search(
            text, filter=asked, first=window(size), after=at, languages=ctx.languages, audience=ctx.audience
        )
        shown += await _checked(ctx, page.hits)
        at, more = (page.hits[-1].place if page.hits else at), page.more
    whole = bound is None and not more and len(shown) <= size
    return Page(
        nodes=[record for _, record in shown[:size]],
        positions=[hit.place for hit, _ in shown[:size]],
        notes=[hit.highlight for hit, _ in shown[:size]],
        seal=seal,
        has_next_page=len(shown) > size,
        has_previous_page=bound is not None,
        total_count=len(shown) if whole else page.total,
    )


async def _checked(ctx: Context, hits: Sequence[SearchHit]) -> list[tuple[SearchHit, Found]]:
    """The hits that this caller may see, with their records."""
    of_titles = [hit.path for hit in hits if hit.kind in (ItemKind.MOVIE, ItemKind.SERIES)]
    of_episodes = [hit.path for hit in hits if hit.kind is ItemKind.EPISODE]
    of_people = [hit.path for hit in hits if hit.kind is ItemKind.PERSON]
    series = [path.partition("/")[0] for path in of_episodes]
    listed, people = await asyncio.gather(
        ctx.loaders.titles.listed([*dict.fromkeys([*of_titles, *series])]), ctx.loaders.people.by_ids(of_people)
    )
    of_episodes = [path for path in of_episodes if path.partition("/")[0] in listed]
    paths = [(series, season, episode) for series, season, episode in (path.split("/") for path in of_episodes)]
    episodes = await ctx.loaders.series.episodes_by_path(paths, ctx.languages) if paths else []
    records: dict[str, object] = {key_of(ItemKind.MOVIE, id_): title for id_, title in listed.items()}
    records.update((key_of(ItemKind.PERSON, id_), one) for id_, one in zip(of_people, people, strict=True))
    records.update((key_of(ItemKind.EPISODE, path), one) for path, one in zip(of_episodes, episodes, strict=True))
    found = [(hit, records.get(key_of(hit.kind, hit.path))) for hit in hits]
    return [(hit, one) for hit, one in found if isinstance(one, TitleRecord | EpisodeRecord | PersonRecord)]
