"""What the playback tests stand on: a cloud with films and clips, gateway processes over it, and people who watch."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from datasources.account_items import membership_item
from datasources.catalog_series import encode_episode
from datasources.dynamo.connection import open_database
from datasources.dynamo.options import Options
from datasources.dynamo.values import decode_item, encode_item
from datasources.leases import lease_key, leases_of
from datasources.tables import CATALOG, VIEWERS
from domain.plans import MembershipRecord, MembershipStatus
from domain.playback import Leases, SessionRecord
from domain.titles import MaturityRating, MediaRecord, PlanTier, Quality
from emulation.households import household_items
from emulation.identity import token_for
from emulation.media import DURATION_SECONDS, LANGUAGES, MEDIA
from emulation.outputs import Outputs
from emulation.provision import Clients
from resolvers.ids import encode_id
from tests.catalogue import World, episode, movie, series

ROOT = Path(__file__).parents[2]

TALL = MediaRecord(
    version="tall-1",
    max_quality=Quality.UHD,
    duration_seconds=DURATION_SECONDS,
    audio_languages=tuple(LANGUAGES),
    subtitle_languages=tuple(LANGUAGES),
)
"""A film with four rungs of which only the master playlist exists: enough to see what a plan is given."""
TALL_MASTER = "#EXTM3U\n" + "".join(
    f"#EXT-X-STREAM-INF:BANDWIDTH={height}000,RESOLUTION={height * 16 // 9}x{height}\nvideo/{height}p/index.m3u8\n"
    for height in (360, 720, 1080, 2160)
)
GROWN_UP = MaturityRating(code="R", system="MPA", minimum_age=17)
FOR_ALL = MaturityRating(code="G", system="MPA", minimum_age=0)
FILM, OTHER_FILM, TALL_FILM, ADULT_FILM, FAMILY_FILM = "m001", "m002", "m003", "m004", "m005"

USUAL = {
    # Only what an operation does is counted: no look at the change feed, and no refusal because this machine is slow.
    "MARQUEE_CATALOGUE__FEED_SECONDS": "3600",
    "MARQUEE_CATALOGUE__VIEW_SECONDS": "3600",
    "MARQUEE_CATALOGUE__TREND_SECONDS": "0",
    "MARQUEE_IDENTITY__REVOCATION_SECONDS": "3600",
    "MARQUEE_ADMISSION__QUEUE": "1000",
    "MARQUEE_ADMISSION__WAIT_SECONDS": "10",
    "MARQUEE_SERVER__DRAIN_DELAY_SECONDS": "0",
    "MARQUEE_SERVER__GRACE_SECONDS": "2",
    "MARQUEE_LOG_LEVEL": "error",
}


def world() -> World:
    """Films and an episode with the demo's clips: one has a tall ladder, one is for adults, one for everybody."""
    films = [
        movie(1, media=MEDIA["aurora-1"]),
        movie(2, media=MEDIA["orbit-1"]),
        movie(3, media=TALL),
        movie(4, media=MEDIA["aurora-1"], maturity=GROWN_UP),
        movie(5, media=MEDIA["aurora-1"], maturity=FOR_ALL),
        *(movie(n, media=MEDIA["aurora-1"]) for n in range(6, 21)),
    ]
    return World(movies=films, series=[(series("noir", "Noir", seasons=1, episodes=2), 1, 2)])


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A cloud, two gateways over it, and the settings that both were started with."""

    cloud: Outputs
    settings: Mapping[str, str]
    gateways: tuple[str, str]
    http: httpx.Client
    tables: Any
    """A boto3 client of DynamoDB, for what is done past every gateway."""
    people: dict[str, Person] = field(default_factory=dict)

    def calls(self) -> dict[str, int]:
        """AWS calls so far, by service and operation."""
        found: dict[str, int] = httpx.get(f"{self.cloud.endpoint_url}/_marquee/calls").json()
        return found

    @contextmanager
    def plays_from(self, base: str) -> Iterator[None]:
        """The media host fetches playlists from this gateway, for the length of the block."""
        origin(self.cloud, base)
        try:
            yield
        finally:
            origin(self.cloud, self.gateways[0])

    def person(self, persona: str, profile: str, base: str | None = None, **more: str) -> Person:
        """Someone who has just signed in and chosen a profile."""
        one = self.person_without_profile(persona, base)
        one.select(profile, **more)
        return one

    def person_without_profile(self, persona: str, base: str | None = None) -> Person:
        """Someone who has just signed in, staff included."""
        token = token_for(self.cloud, persona)
        return Person(base=base or self.gateways[0], token=token, subject=self.subject(persona), http=self.http)

    def subject(self, persona: str) -> str:
        """The account of a demo user."""
        return next(user.subject for user in self.cloud.users if user.persona == persona)

    def free(self, persona: str) -> None:
        """Forgets every stream of the account."""
        self.tables.delete_item(TableName=self._viewers, Key=self._lease_key(persona))

    def buys(self, persona: str, tier: PlanTier, status: MembershipStatus = MembershipStatus.ACTIVE) -> None:
        """What the account holds from now on, as the code that confirms a payment writes it."""
        bought = MembershipRecord(
            account=self.subject(persona),
            tier=tier,
            status=status,
            current_period_end=datetime.now(UTC) + timedelta(days=30),
        )
        self.tables.put_item(TableName=self._viewers, Item=encode_item(membership_item(bought)))

    def leases(self, persona: str) -> Leases:
        """The account's streams, live and ended, as stored."""
        found = self.tables.get_item(TableName=self._viewers, Key=self._lease_key(persona), ConsistentRead=True)
        return leases_of(self.subject(persona), decode_item(found["Item"]) if "Item" in found else None)

    def live(self, persona: str) -> list[SessionRecord]:
        """The streams that the account has now."""
        return self.leases(persona).live(datetime.now(UTC))

    @property
    def _viewers(self) -> str:
        return self.cloud.tables["viewers"]

    def _lease_key(self, persona: str) -> dict[str, Any]:
        pk, sk = lease_key(self.subject(persona))
        return {"pk": {"S": pk}, "sk": {"S": sk}}


@dataclass(kw_only=True)
class Person:
    """A signed-in viewer at a device."""

    base: str
    token: str
    subject: str
    http: httpx.Client
    profile_token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What every request of this person carries."""
        chosen = {"x-profile-token": self.profile_token} if self.profile_token else {}
        return {"authorization": f"Bearer {self.token}", **chosen}

    def select(self, profile: str, **more: str) -> None:
        """Chooses a profile of the household, by its id."""
        document = "mutation($input: SelectProfileInput!) { selectProfile(input: $input) { token } }"
        wanted = {"id": encode_id("Profile", profile), **more}
        self.profile_token = self(document, {"input": wanted})["data"]["selectProfile"]["token"]

    def __call__(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The whole answer to an operation."""
        sent = {"query": document, "variables": variables}
        return self.http.post(f"{self.base}/graphql", json=sent, headers=self.headers).json()

    def at(self, base: str) -> Person:
        """The same device at another gateway."""
        return replace(self, base=base)


def fill(cloud: Outputs) -> None:
    """Writes the world with the demo's households, and the tall ladder's master playlist."""
    first = replace(episode("noir", 1, 1), media=MEDIA["orbit-1"])

    async def write() -> None:
        options = Options(region=cloud.region, endpoint_url=cloud.endpoint_url, tables=cloud.tables)
        async with open_database(options) as database:
            await database.load(CATALOG, world().items())
            await database.load(CATALOG, [encode_episode(first)])
            await database.load(VIEWERS, [item for _, item in household_items(cloud.users)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", cloud.access_key_id)
        patch.setenv("AWS_SECRET_ACCESS_KEY", cloud.secret_access_key)
        asyncio.run(write())
    key = f"v/{TALL_FILM}/{TALL.version}/master.m3u8"
    Clients(endpoint_url=cloud.endpoint_url)("s3").put_object(
        Bucket=cloud.buckets["media"], Key=key, Body=TALL_MASTER.encode(), ContentType="application/vnd.apple.mpegurl"
    )


@contextmanager
def gateway(settings: Mapping[str, str]) -> Iterator[str]:
    """A gateway process of these settings; its address."""
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MARQUEE_", "AWS_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve"],
        cwd=ROOT,
        env={**kept, **USUAL, **settings, "MARQUEE_SERVER__PORT": str(port)},
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _until_ready(process, base)
        yield base
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_ready(process: subprocess.Popen[bytes], base: str) -> None:
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{base}/readyz", timeout=2).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the gateway did not become ready")


def origin(cloud: Outputs, base: str) -> None:
    """The media host fetches playlists from this gateway from now on."""
    httpx.post(f"{cloud.endpoint_url}/_marquee/origin", json={"url": base}).raise_for_status()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
