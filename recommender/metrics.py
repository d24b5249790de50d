"""How good a ranking is: NDCG, recall, hits, coverage and popularity bias, per user, so that models can be paired."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.arrays import F32, F64, I32, I64, Mask
from recommender.diversity import pool
from recommender.interactions import Interactions

DEPTH = 100
BATCH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Test users of a split: what each watched before (oldest first), and what it watched next."""

    users: I64
    history: tuple[I32, ...]
    relevant: tuple[I32, ...]
    items: int

    def __len__(self) -> int:
        return len(self.history)


Ranking = Callable[[Cases, slice], F32]
"""The scores, rows x items, of the cases in a slice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Per case: `ndcg10`, `ndcg100`, `recall20`, `hit10`; `shown` counts how often each item was in a top ten."""

    ndcg10: F64
    ndcg100: F64
    recall20: F64
    hit10: F64
    shown: I64

    @property
    def coverage(self) -> float:
        """The share of the items that came into any top ten."""
        return float((self.shown > 0).mean())

    def popularity_bias(self, plays: F32) -> float:
        """The mean popularity percentile (0 to 1) of what is shown; 0.5 would be no preference for the popular."""
        percentile = np.argsort(np.argsort(plays, kind="stable"), kind="stable") / max(plays.size - 1, 1)
        return float(np.average(percentile, weights=self.shown)) if self.shown.any() else 0.0


def measure(ranking: Ranking, cases: Cases) -> Quality:
    """The quality of a ranking over all cases; what is in a history is never counted as a proposal."""
    rows, shown = [], np.zeros(cases.items, np.int64)
    for part in _slices(len(cases)):
        scores = ranking(cases, part).copy()
        scores[_pairs(cases.history[part])] = -np.inf
        best = pool(scores, DEPTH)
        shown += np.bincount(best[:, :10].ravel(), minlength=cases.items)
        wanted = np.zeros(scores.shape, np.bool_)
        wanted[_pairs(cases.relevant[part])] = True
        rows.append(_per_case(np.take_along_axis(wanted, best, axis=1), wanted.sum(axis=1)))
    ndcg10, ndcg100, recall20, hit10 = np.concatenate(rows, axis=1)
    return Quality(ndcg10=ndcg10, ndcg100=ndcg100, recall20=recall20, hit10=hit10, shown=shown)


def split_by_time(data: Interactions, *, share: float = 0.9, least: int = 3) -> tuple[Interactions, Cases]:
    """Training is all before the moment by which `share` of the events had happened; the rest is to be foretold."""
    return split_at(data, float(np.quantile(data.at, share)), least=least)


def split_at(data: Interactions, moment: float, *, least: int = 3) -> tuple[Interactions, Cases]:
    """Users with `least` earlier events are cases; titles that training never saw are left out of what is wanted."""
    past = data.where(data.at <= moment)
    future = data.where((data.at > moment) & (data.weight > 0) & _seen(past)[data.item])
    return past, _cases(past, future, least)


def leave_last(data: Interactions, *, least: int = 3) -> tuple[Interactions, Cases]:
    """Every user's last event is to be foretold from those before."""
    last = np.zeros(len(data), np.bool_)
    ends = data.starts()
    last[ends[1:][np.diff(ends) > 0] - 1] = True
    past = data.where(~last)
    return past, _cases(past, data.where(last & _seen(past)[data.item]), least)


def core(data: Interactions, least: int = 5) -> Interactions:
    """Only users and items with `least` events each, both renumbered."""
    while True:
        users, items = np.bincount(data.user, minlength=data.users), np.bincount(data.item, minlength=data.items)
        keep = (users[data.user] >= least) & (items[data.item] >= least)
        if keep.all():
            break
        data = data.where(keep)
    users_kept, user = np.unique(data.user, return_inverse=True)
    items_kept, item = np.unique(data.item, return_inverse=True)
    return Interactions(
        user=user.astype(np.int32),
        item=item.astype(np.int32),
        at=data.at,
        weight=data.weight,
        users=users_kept.size,
        items=items_kept.size,
    )


def _seen(data: Interactions) -> Mask:
    return np.bincount(data.item, minlength=data.items) > 0


def _cases(past: Interactions, future: Interactions, least: int) -> Cases:
    before, after = past.starts(), future.starts()
    users = np.flatnonzero((np.diff(before) >= least) & (np.diff(after) > 0))
    return Cases(
        users=users,
        history=tuple(past.item[before[user] : before[user + 1]] for user in users),
        relevant=tuple(future.item[after[user] : after[user + 1]] for user in users),
        items=past.items,
    )


def _slices(size: int) -> Iterator[slice]:
    return (slice(at, min(at + BATCH, size)) for at in range(0, size, BATCH))


def _pairs(items: Sequence[I32]) -> tuple[I64, I64]:
    rows = np.repeat(np.arange(len(items)), [part.size for part in items])
    return rows, np.concatenate(items).astype(np.int64)


def _per_case(hits: Mask, relevant: I64) -> F64:
    """The four figures, 4 x cases, from the hits in ranked order."""
    gain = 1 / np.log2(np.arange(2, DEPTH + 2))
    ideal = np.concatenate([[0.0], np.cumsum(gain)])
    gain = gain[: hits.shape[1]]
    return np.stack(
        [
            (hits[:, :10] @ gain[:10]) / ideal[np.minimum(relevant, 10)],
            (hits @ gain) / ideal[np.minimum(relevant, DEPTH)],
            hits[:, :20].sum(axis=1) / relevant,
            hits[:, :10].any(axis=1).astype(np.float64),
        ]
    )
