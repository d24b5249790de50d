"""The codec of rankings and of the change feed with its heads."""

from __future__ import annotations

from datetime import datetime

from datasources import catalog_keys as keys
from datasources.catalog_values import instant, item_of, split, words
from datasources.dynamodb import Item
from domain.discovery import Change, ChangeKind, ItemKind, Ranking

_ITEM_KIND = {member.value: member for member in ItemKind}
_CHANGE_KIND = {member.value: member for member in ChangeKind}


def encode_ranking(ranking: Ranking) -> Item:
    return item_of(
        keys.ranking_key(ranking.country, ranking.scope),
        ids=words(ranking.title_ids),
        n=dict(ranking.names),
        upd=instant(ranking.updated_at),
    )


def decode_ranking(item: Item) -> Ranking:
    _, country, scope = item["pk"].split("#")
    return Ranking(
        country=country,
        scope=scope,
        title_ids=split(item.get("ids")),
        names=item.get("n", {}),
        updated_at=datetime.fromisoformat(item["upd"]),
    )


def encode_feed_head(shard: int, sequence: int) -> Item:
    """`sequence` is that of the newest entry; 0 when there is none."""
    return item_of(keys.feed_head_key(shard), q=sequence)


def decode_feed_head(item: Item | None) -> int:
    """The sequence of the shard's newest entry; 0 for a shard without a head."""
    return int(item["q"]) if item else 0


def encode_change(change: Change, *, expires_at: datetime | None = None) -> Item:
    """An entry of the feed; a removal is forgotten at `expires_at`."""
    return item_of(
        keys.feed_entry_key(change.shard, change.sequence),
        id=change.path,
        it=change.item_kind.value,
        kind=change.kind.value,
        at=instant(change.at),
        ttl=expires_at and int(expires_at.timestamp()),
    )


def decode_change(item: Item) -> Change:
    return Change(
        shard=int(item["pk"].split("#")[1]),
        sequence=int(item["sk"]),
        kind=_CHANGE_KIND[item["kind"]],
        item_kind=_ITEM_KIND[item["it"]],
        path=item["id"],
        at=datetime.fromisoformat(item["at"]),
    )
