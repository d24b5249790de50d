"""The outside world, one adapter per system; each returns domain records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datasources.audiences import Audiences
from datasources.catalog import Catalog
from datasources.series import Merges
from datasources.signals import Signals

if TYPE_CHECKING:
    from datasources.delivery import Delivery
    from datasources.directory import Directory
    from datasources.events import EventLake
    from datasources.feed import OnChange
    from datasources.recommendations import Recommendations
    from datasources.revocations import Revocations
    from datasources.search import SearchIndex
    from datasources.viewers import Viewers
    from datasources.views import ViewCounts
    from domain.viewers import IssueProfileToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All adapters of one process. What an operation reads goes through its `Loaders`, which know the audience."""

    catalog: Catalog
    search: SearchIndex
    viewers: Viewers
    media_base_url: str
    """Where pictures and films are served, without a slash at the end."""
    cursor_key: bytes
    """Signs the cursors of pages; at most 64 bytes, the same in every process."""
    pseudonym_key: bytes
    """Makes the pseudonyms of accounts and profiles; at most 64 bytes, the same in every process and for good."""
    directory: Directory | None = None
    """Where a new account's address is looked up; None leaves it empty."""
    delivery: Delivery | None = None
    """How films are delivered; None where the deployment has no signing key: sessions carry no delivery then."""
    issue_profile_token: IssueProfileToken | None = None
    """Makes profile tokens; None where the deployment has no secret for them: profiles cannot be selected then."""
    recommendations: Recommendations | None = None
    """The model; None where the deployment has no endpoint: rankings and editors choose then."""
    revocations: Revocations | None = None
    """Sign-ins that ended before their tokens; None where tokens simply live until they expire."""
    events: EventLake | None = None
    """Where events for the models go; None where the deployment has no bucket for them."""
    views: ViewCounts | None = None
    """Where started playbacks are counted for trending; None where the deployment does not rank by views."""
    settled: Callable[[], bool] = lambda: True
    """Whether what is read ahead at the start is there, or could not be read: until then others answer better."""
    signals: Signals = field(default_factory=Signals)
    on_change: list[OnChange] = field(default_factory=list)
    """Who else hears of changes of the catalogue, after cache and search index are in step with them: append to it."""
    audiences: Audiences = field(default_factory=Audiences)
    merges: Merges = field(default_factory=Merges)
