"""As the gateway is wired, views become a ranking by themselves."""

from __future__ import annotations

import asyncio

import pytest

from datasources.catalog_feed import decode_ranking
from datasources.catalog_keys import ranking_key
from datasources.tables import CATALOG, OPS
from datasources.trends import LEASE
from gateway.demo import environment
from gateway.settings import load
from gateway.trending import open_views


@pytest.fixture
def settings(empty_cloud, monkeypatch):
    """The settings of a demo whose seconds are short, but for `trend_seconds`."""

    def made(trend_seconds):
        for name, value in environment(empty_cloud, None).items():
            monkeypatch.setenv(name, value)
        short = {"VIEW_SECONDS": "0.01", "TREND_SECONDS": trend_seconds, "TREND_VIEWS": "2"}
        for name, value in short.items():
            monkeypatch.setenv(f"MARQUEE_CATALOGUE__{name}", value)
        return load()

    return made


async def test_views_are_written_and_ranked_beside_the_operations(settings, database):
    async with asyncio.timeout(60), open_views(settings("1"), database) as views:
        views.add("NL", "heat", 2)
        assert await ranked(database) == ("heat",)


async def ranked(database):
    """The ranking of the Netherlands as soon as there is one."""
    while True:
        item = await database.get(CATALOG, ranking_key("NL", "trending"))
        if item is not None:
            return decode_ranking(item).title_ids
        await asyncio.sleep(0.05)


async def test_a_process_that_leaves_ranking_to_others_counts_all_the_same(settings, database):
    async with open_views(settings("0"), database) as views:
        views.add("NL", "heat", 2)
    assert (views.stats.written, await database.get(OPS, LEASE)) == (2, None)
