"""A household for tests: an account with three profiles, a membership, and how one of its members asks the graph."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from datasources.account_items import account_item, membership_item
from datasources.delivery import Delivery
from datasources.edge import Edge
from datasources.tables import VIEWERS
from domain.accounts import AccountRecord, ProfileRecord, hash_pin
from domain.plans import MembershipRecord, MembershipStatus
from domain.sealed import Sealer
from domain.titles import PlanTier
from domain.viewers import ActiveProfile, ProfileToken, Role, Viewer
from tests.catalogue import NOW, Asker

PIN = "4711"
ADA = ProfileRecord(id="ada", name="Ada", kids=False, max_age=18, pin_hash=hash_pin(PIN))
BEN = ProfileRecord(id="ben", name="Ben", kids=False, max_age=16)
KIM = ProfileRecord(id="kim", name="Kim", kids=True, max_age=7)


def signed_in(sub: str, profile: ProfileRecord | None = None, sign_in: str = "sofa") -> Viewer:
    """A viewer with a bearer token, and with a profile token where a profile is given."""
    chosen = ActiveProfile(id=profile.id, kids=profile.kids, max_age=profile.max_age) if profile else None
    return Viewer(sub=sub, client_id="web", roles=frozenset({Role.VIEWER}), profile=chosen, sign_in=sign_in)


@dataclass(kw_only=True)
class Household:
    """An account and its asker."""

    ask: Asker
    sub: str
    tier: PlanTier | None = PlanTier.STANDARD
    profiles: tuple[ProfileRecord, ...] = field(default=(ADA, BEN, KIM))

    async def stored(self) -> Household:
        """The household after its account and membership were written."""
        account = AccountRecord(
            id=self.sub, email="ada@example.com", country="NL", profiles=self.profiles, created_at=NOW
        )
        items = [account_item(account)]
        if self.tier:
            items.append(
                membership_item(
                    MembershipRecord(
                        account=self.sub,
                        tier=self.tier,
                        status=MembershipStatus.ACTIVE,
                        current_period_end=NOW + timedelta(days=9),
                    )
                )
            )
        await self.ask.sources.viewers.database.load(VIEWERS, items)
        return self

    async def __call__(
        self,
        document: str,
        variables: dict[str, Any] | None = None,
        profile: ProfileRecord | None = BEN,
        sign_in: str = "sofa",
        **more: Any,
    ) -> Any:
        """The whole answer to one member's operation."""
        return await self.ask(document, variables, viewer=signed_in(self.sub, profile, sign_in), **more)


def with_delivery(asker: Asker, edge: Edge, store: Any) -> Asker:
    """The asker over sources that can deliver films and issue profile tokens."""

    def issue(sub: str, profile: ActiveProfile) -> ProfileToken:
        return ProfileToken(token=f"{sub}/{profile.id}", expires_at=NOW + timedelta(hours=1))

    delivery = Delivery(store=store, edge=edge, sealer=Sealer(b"k" * 32, "play"))
    return replace(asker, sources=replace(asker.sources, delivery=delivery, issue_profile_token=issue))


class Playlists:
    """A media store with the playlists of one clip under every version; it does not know S3."""

    async def playlist(self, path: str) -> str | None:
        """The text at a path, None where there is none."""
        name = path.split("/", 3)[-1]
        return {"master.m3u8": MASTER, "video/720p/index.m3u8": MEDIA}.get(name)


MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",LANGUAGE="en",NAME="English",DEFAULT=YES,URI="audio/en/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1500000,RESOLUTION=1280x720,AUDIO="a"
video/720p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=4500000,RESOLUTION=1920x1080,AUDIO="a"
video/1080p/index.m3u8
"""
MEDIA = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4.0,\nseg-0.m4s\n#EXT-X-ENDLIST\n'
