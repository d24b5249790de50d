"""Opens the counting of views and the job that ranks by them, from settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from datasources.dynamodb import Database
from datasources.trends import Trending, Trends
from datasources.views import Tallying, ViewCounts
from gateway.settings import Settings


@asynccontextmanager
async def open_views(settings: Settings, database: Database) -> AsyncIterator[ViewCounts]:
    """The process's counter of views; it also takes its turns at ranking them unless the deployment says otherwise."""
    chosen = settings.catalogue
    views = ViewCounts(database, tallying=Tallying(seconds=chosen.view_seconds))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(views.running())
        if chosen.trend_seconds:
            trending = Trending(
                seconds=chosen.trend_seconds, half_life=chosen.trend_half_life_hours, least=chosen.trend_views
            )
            await stack.enter_async_context(Trends(database, trending=trending).running())
        yield views
