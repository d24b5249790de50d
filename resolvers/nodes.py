"""Any record by its global id: one reader for each type, asked once for all ids of the type."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from datasources import doubt
from domain.errors import BadRequest
from domain.titles import EpisodeRecord, SeasonRecord, TitleKind, TitleRecord
from domain.viewers import Role
from resolvers import home, households, membership, playback
from resolvers.context import Context
from resolvers.ids import GlobalId, decode_id
from resolvers.paging import InvalidArgument

MAX_NODES = 100

Paths = Sequence[tuple[str, ...]]
Records = list[Any]
"""A record, an Exception or None for each path."""


async def find(ctx: Context, id_: str) -> Any:
    """The record, or None where there is none for this caller. Raises BadRequest for what is not an id."""
    global_id = checked(decode_id(id_))
    _mind([global_id])
    if global_id.type_name in _TITLES:
        title = await ctx.loaders.titles.page(global_id.path[0], ctx.languages)
        return title if title is not None and title.kind is _TITLES[global_id.type_name] else None
    (record,) = await _read(ctx, global_id.type_name, [global_id.path])
    if isinstance(record, Exception):
        raise record
    return record


async def find_many(ctx: Context, ids: Sequence[str]) -> Records:
    """As `find` for up to 100 ids, in their order; what is no id or could not be read is an Exception in its place."""
    if len(ids) > MAX_NODES:
        raise InvalidArgument(f"`ids` has {len(ids)} elements. Ask for {MAX_NODES} at most.")
    wanted = [_checked(id_) for id_ in ids]
    _mind(wanted)
    by_type: dict[str, dict[tuple[str, ...], None]] = {}
    for one in wanted:
        if isinstance(one, GlobalId):
            by_type.setdefault(one.type_name, {})[one.path] = None
    reads = [_read_or_failed(ctx, name, [*paths]) for name, paths in by_type.items()]
    answers = [await reads[0]] if len(reads) == 1 else await asyncio.gather(*reads)
    found = {
        (name, path): record
        for (name, paths), records in zip(by_type.items(), answers, strict=True)
        for path, record in zip(paths, records, strict=True)
    }
    return [found[one.type_name, one.path] if isinstance(one, GlobalId) else one for one in wanted]


def _checked(id_: str) -> GlobalId | BadRequest:
    try:
        return checked(decode_id(id_))
    except BadRequest as refusal:
        return refusal


def _mind(ids: Sequence[GlobalId | BadRequest]) -> None:
    """What is somebody's own is null for others: such an answer is never remembered, not even a null."""
    if any(isinstance(one, GlobalId) and is_own(one) for one in ids):
        doubt.cast()


def is_own(id_: GlobalId) -> bool:
    """Whether it names what one viewer alone may see."""
    return id_.type_name in _OWN or (id_.type_name == "Rail" and home.is_own(id_.path[0]))


def checked(id_: GlobalId) -> GlobalId:
    """The id, if its type is one of this API and its path has the right number of parts; raises BadRequest."""
    reader = _READERS.get(id_.type_name)
    if reader is None or len(id_.path) != reader[0]:
        raise BadRequest(f"There is no {id_.type_name} with such an id. Send an `id` as an earlier answer gave it.")
    return id_


async def _read(ctx: Context, type_name: str, paths: Paths) -> Records:
    return await _READERS[type_name][1](ctx, paths)


async def _read_or_failed(ctx: Context, type_name: str, paths: Paths) -> Records:
    try:
        return await _read(ctx, type_name, paths)
    except Exception as error:
        return [error] * len(paths)


def _titles_of(kind: TitleKind) -> Callable[[Context, Paths], Awaitable[Records]]:
    async def read(ctx: Context, paths: Paths) -> Records:
        found = await ctx.loaders.titles.by_ids([path[0] for path in paths])
        return [None if isinstance(one, TitleRecord) and one.kind is not kind else one for one in found]

    return read


async def _seasons(ctx: Context, paths: Paths) -> Records:
    found: list[SeasonRecord | Exception | None]
    found = await ctx.loaders.series.seasons_by_path([(path[0], path[1]) for path in paths])
    return found


async def _episodes(ctx: Context, paths: Paths) -> Records:
    found: list[EpisodeRecord | Exception | None]
    found = await ctx.loaders.series.episodes_by_path([(path[0], path[1], path[2]) for path in paths], ctx.languages)
    return found


async def _people(ctx: Context, paths: Paths) -> Records:
    return await ctx.loaders.people.by_ids([path[0] for path in paths])


async def _genres(ctx: Context, paths: Paths) -> Records:
    known = await ctx.loaders.genres.by_id()
    return [known.get(path[0]) for path in paths]


async def _rails(ctx: Context, paths: Paths) -> Records:
    return await home.rails_by_scope(ctx, [path[0] for path in paths])


async def _sessions(ctx: Context, paths: Paths) -> Records:
    return list(await asyncio.gather(*(playback.find(ctx, path[0]) for path in paths)))


async def _viewers(ctx: Context, paths: Paths) -> Records:
    return [await households.account(ctx) if path[0] == ctx.viewer.sub else None for path in paths]


async def _profiles(ctx: Context, paths: Paths) -> Records:
    if Role.VIEWER not in ctx.viewer.roles:
        return [None] * len(paths)
    household = await households.account(ctx)
    return [household.profile(path[0]) for path in paths]


async def _memberships(ctx: Context, paths: Paths) -> Records:
    return [await households.membership(ctx) if path[0] == ctx.viewer.sub else None for path in paths]


async def _plans(_ctx: Context, paths: Paths) -> Records:
    offered = {plan.id: plan for plan in membership.plans()}
    return [offered.get(path[0]) for path in paths]


_OWN = frozenset({"PlaybackSession", "Viewer", "Profile", "Membership"})
_TITLES = {"Movie": TitleKind.MOVIE, "Series": TitleKind.SERIES}
_READERS: dict[str, tuple[int, Callable[[Context, Paths], Awaitable[Records]]]] = {
    "Movie": (1, _titles_of(TitleKind.MOVIE)),
    "Series": (1, _titles_of(TitleKind.SERIES)),
    "Season": (2, _seasons),
    "Episode": (3, _episodes),
    "Person": (1, _people),
    "Genre": (1, _genres),
    "Rail": (1, _rails),
    "PlaybackSession": (1, _sessions),
    "Viewer": (1, _viewers),
    "Profile": (1, _profiles),
    "Membership": (1, _memberships),
    "Plan": (1, _plans),
}
"""By the type's name: the number of parts of its path, and who reads it."""
