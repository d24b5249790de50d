"""The rails of the active profile: what it has begun, its list, what the model recommends, and because of what."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasources.histories import History
from domain.discovery import HOME, Ranking
from domain.errors import Refused
from domain.rails import RailKind, RailRecord, RailSource
from domain.recommending import Choice, RailForm, RailWish
from domain.titles import Names, TitleRecord, localise
from resolvers import headings, recommendations
from resolvers.context import Context
from resolvers.households import active
from resolvers.similar import alike

CONTINUE, LIST, RECOMMENDED, BECAUSE = "continue-watching", "watchlist", "recommended", "because"
SLOTS = (CONTINUE, LIST, RECOMMENDED, f"{BECAUSE}/1", f"{BECAUSE}/2")
"""Their places at the top of the page; a rail without titles leaves its place to the next one."""

RECOMMENDED_TITLES, BECAUSE_TITLES = 40, 20
_REASONS = 3
"""Titles that "because you watched" is asked for: one may have become invisible."""

_NAMES: Mapping[str, Names] = {
    CONTINUE: headings.CONTINUE,
    LIST: headings.LIST,
    RECOMMENDED: headings.RECOMMENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A rail whose titles nobody has looked at yet; `seed` is the title because of which, if it was `watched`."""

    scope: str
    kind: RailKind
    source: RailSource
    ids: Sequence[str]
    choice: Choice | None = None
    seed: str | None = None
    watched: bool = True


def applies(ctx: Context) -> bool:
    """Whether the caller watches as a profile of an account."""
    return ctx.viewer.profile is not None and ctx.viewer.sub is not None


def begin(ctx: Context) -> None:
    """Starts to read what all of it depends on."""
    ctx.loaders.histories.begin(active(ctx))


async def rails(ctx: Context) -> dict[str, RailRecord | None]:
    """By slot: the rail, None for one without titles; one that cannot be told has its `failure`."""
    history = await ctx.loaders.histories.of(active(ctx))
    drafts, chosen = _own(history), await _recommended(ctx, history, recommendations.seeds(history)[:_REASONS])
    failed = {draft.scope: draft for draft in (*drafts, *chosen) if isinstance(draft, RailRecord)}
    made = await _made(ctx, [draft for draft in (*drafts, *chosen) if isinstance(draft, _Draft)])
    found: dict[str, RailRecord | None] = dict.fromkeys(SLOTS)
    reasons = iter(SLOTS[3:])
    for scope, rail in (failed | made).items():
        slot = next(reasons, None) if scope.startswith(BECAUSE) else scope
        if slot is not None:
            found[slot] = rail
    return found


async def rails_by_scope(ctx: Context, scopes: Sequence[str]) -> list[RailRecord | Exception | None]:
    """The rails of the page, and "because" of any title that the profile has watched; None for others'."""
    if not applies(ctx):
        return [None] * len(scopes)
    history = await ctx.loaders.histories.of(active(ctx))
    touched = set(recommendations.seeds(history))
    wanted = [seed for scope in scopes if (seed := scope.partition(":")[2]) in touched]
    drafts = [*_own(history), *await _recommended(ctx, history, wanted)]
    failed = {one.scope: one for one in drafts if isinstance(one, RailRecord)}
    made = await _made(ctx, [one for one in drafts if isinstance(one, _Draft)])
    return [failed.get(scope) or made.get(scope) for scope in scopes]


def _own(history: History) -> list[_Draft | RailRecord]:
    """What the profile did itself."""
    parts: list[_Draft | RailRecord] = []
    if isinstance(history.begun, Exception):
        parts.append(_failed(CONTINUE, RailKind.CONTINUE_WATCHING, RailSource.PERSONAL, history.begun))
    else:
        ids = [one.title_id for one in history.begun]
        parts.append(_Draft(scope=CONTINUE, kind=RailKind.CONTINUE_WATCHING, source=RailSource.PERSONAL, ids=ids))
    if isinstance(history.states, Exception):
        parts.append(_failed(LIST, RailKind.WATCHLIST, RailSource.PERSONAL, history.states))
    else:
        parts.append(_Draft(scope=LIST, kind=RailKind.WATCHLIST, source=RailSource.PERSONAL, ids=history.listed))
    return parts


async def _recommended(ctx: Context, history: History, seeds: Sequence[str]) -> list[_Draft | RailRecord]:
    """What the model says, or who stands in for it."""
    wishes = [RailWish(form=RailForm.FOR_YOU, size=recommendations.reserve(RECOMMENDED_TITLES))]
    wishes += [
        RailWish(form=RailForm.BECAUSE, size=recommendations.reserve(BECAUSE_TITLES), seed=seed) for seed in seeds
    ]
    try:
        best, *reasons = await recommendations.personal(ctx, wishes)
        stand_in, alikes = await asyncio.gather(
            _stand_in(ctx, history, best),
            _alikes(ctx, [seed for seed, choice in zip(seeds, reasons, strict=True) if choice is None]),
        )
    except Refused as error:
        return [_failed(RECOMMENDED, RailKind.RECOMMENDED, RailSource.FALLBACK, error)]
    drafts: list[_Draft | RailRecord] = [stand_in]
    for seed, choice in zip(seeds, reasons, strict=True):
        drafts.append(_because(seed, choice, alikes.get(seed, ()), history))
    return drafts


def _because(seed: str, choice: Choice | None, stand_in: Sequence[str], history: History) -> _Draft:
    if choice is None:
        source, ids = RailSource.FALLBACK, [id_ for id_ in stand_in if id_ not in history.touched]
    else:
        source, ids = RailSource.FALLBACK if choice.stale else RailSource.MODEL, _ids(choice)
    return _Draft(
        scope=f"{BECAUSE}:{seed}",
        kind=RailKind.BECAUSE_YOU_WATCHED,
        source=source,
        ids=ids,
        choice=choice,
        seed=seed,
        watched=any(one.title_id == seed for one in history.markers),
    )


async def _stand_in(ctx: Context, history: History, choice: Choice | None) -> _Draft:
    """The model's own choice, its last one, what is popular in the country, or what the editors chose."""
    if choice is not None and choice.picks:
        source = RailSource.FALLBACK if choice.stale else RailSource.MODEL
        return _Draft(scope=RECOMMENDED, kind=RailKind.RECOMMENDED, source=source, ids=_ids(choice), choice=choice)
    popular, trending, listed = await ctx.loaders.rankings.by_scopes(["popular", "trending", HOME])
    shelves = [scope for scope in _told(listed) if scope.startswith("editorial:")]
    ids, source = _told(popular) or _told(trending), RailSource.RANKING
    if not ids and shelves:
        by_hand = await ctx.loaders.rankings.by_scopes(shelves[:3])
        ids, source = next((found for one in by_hand if (found := _told(one))), ()), RailSource.EDITORIAL
    touched = history.touched
    kept = [id_ for id_ in ids if id_ not in touched][: recommendations.reserve(RECOMMENDED_TITLES)]
    return _Draft(scope=RECOMMENDED, kind=RailKind.RECOMMENDED, source=source, ids=kept)


async def _alikes(ctx: Context, seeds: Sequence[str]) -> Mapping[str, Sequence[str]]:
    if not seeds:
        return {}
    titles = [*(await ctx.loaders.titles.listed(seeds)).values()]
    return dict(zip((title.id for title in titles), await alike(ctx, titles), strict=True))


async def _made(ctx: Context, drafts: Sequence[_Draft]) -> dict[str, RailRecord]:
    """The rails with the titles that this audience may see; no title is recommended twice, empty rails are left out."""
    wanted = dict.fromkeys(id_ for draft in drafts for id_ in (*draft.ids, *_seed(draft)))
    try:
        listed = await ctx.loaders.titles.listed([*wanted]) if wanted else {}
    except Refused as error:
        return {draft.scope: _failed(draft.scope, draft.kind, draft.source, error) for draft in drafts if draft.ids}
    owner = recommendations.owner_of(ctx, active(ctx))
    shown: set[str] = set()
    made = {}
    for draft in drafts:
        mine = draft.source is RailSource.PERSONAL
        ids = [id_ for id_ in draft.ids if id_ in listed and (mine or id_ not in shown)][: _LONGEST.get(draft.kind)]
        if not ids or any(seed not in listed for seed in _seed(draft)):
            continue
        shown.update(ids)
        made[draft.scope] = RailRecord(
            scope=draft.scope,
            kind=draft.kind,
            source=draft.source,
            title_ids=tuple(ids),
            names=_names(draft, listed),
            owner=owner,
            choice=draft.choice,
        )
    return made


_LONGEST = {RailKind.RECOMMENDED: RECOMMENDED_TITLES, RailKind.BECAUSE_YOU_WATCHED: BECAUSE_TITLES}


def _names(draft: _Draft, listed: Mapping[str, TitleRecord]) -> Names:
    if draft.seed is None:
        return _NAMES[draft.scope]
    title = listed[draft.seed]
    texts = headings.BECAUSE_WATCHED if draft.watched else headings.BECAUSE_LIKED
    return {tag: text.format(localise(title.names, [tag], title.original_language)) for tag, text in texts.items()}


def _failed(scope: str, kind: RailKind, source: RailSource, error: Exception) -> RailRecord:
    return RailRecord(
        scope=scope, kind=kind, source=source, title_ids=(), names=_NAMES.get(scope, {}), owner="", failure=error
    )


def _ids(choice: Choice) -> list[str]:
    return [pick.title_id for pick in choice.picks]


def _seed(draft: _Draft) -> Iterable[str]:
    return () if draft.seed is None else (draft.seed,)


def _told(ranking: Ranking | Exception | None) -> Sequence[str]:
    return ranking.title_ids if isinstance(ranking, Ranking) else ()
