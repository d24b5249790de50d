"""Who watched what, when and how gladly: the one table that training, evaluation and simulation share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.arrays import F32, F64, I32, I64, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """Parallel arrays sorted by user, then time: positions, Unix seconds, and a weight that is above 0 for liking."""

    user: I32
    item: I32
    at: F64
    weight: F32
    users: int
    items: int

    def __len__(self) -> int:
        return int(self.user.size)

    def where(self, mask: Mask) -> Interactions:
        """The rows of the mask; users and items keep their numbers."""
        return Interactions(
            user=self.user[mask],
            item=self.item[mask],
            at=self.at[mask],
            weight=self.weight[mask],
            users=self.users,
            items=self.items,
        )

    def starts(self) -> I64:
        """users + 1 offsets: the rows of user u are starts[u]:starts[u + 1]."""
        return np.searchsorted(self.user, np.arange(self.users + 1)).astype(np.int64)

    def left(self) -> I64:
        """For every row how many of the same user follow it."""
        return self.starts()[1:][self.user] - np.arange(len(self)) - 1


def collect(user: I32, item: I32, at: F64, weight: F32 | None = None, *, users: int, items: int) -> Interactions:
    """Interactions from rows in any order; of a repeated pair the last row counts."""
    order = np.lexsort((at, user))
    key = user[order].astype(np.int64) * items + item[order]
    _, last = np.unique(key[::-1], return_index=True)
    kept = order[np.sort(key.size - 1 - last)]
    weights = np.ones(user.size, np.float32) if weight is None else weight
    return Interactions(
        user=user[kept].astype(np.int32),
        item=item[kept].astype(np.int32),
        at=at[kept].astype(np.float64),
        weight=weights[kept].astype(np.float32),
        users=users,
        items=items,
    )


def concatenate(first: Interactions, second: Interactions) -> Interactions:
    """Two populations over the same items; the users of `second` are numbered after those of `first`."""
    return Interactions(
        user=np.concatenate([first.user, second.user + np.int32(first.users)]),
        item=np.concatenate([first.item, second.item]),
        at=np.concatenate([first.at, second.at]),
        weight=np.concatenate([first.weight, second.weight]),
        users=first.users + second.users,
        items=first.items,
    )


def latest(data: Interactions, cap: int) -> Interactions:
    """The newest `cap` rows of every user."""
    ends = data.starts()[1:]
    from_end = ends[data.user] - np.arange(len(data))
    return data.where(from_end <= cap)
