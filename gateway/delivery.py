"""Opens the delivery of films: the media store in S3 and the key that signs; absent where no key is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

from botocore.config import Config

from datasources.cdn import Signer, SigningHash
from datasources.clients import Clients
from datasources.delivery import Delivery, DeliveryMode
from datasources.directory import CognitoDirectory, Directory
from datasources.edge import Edge
from datasources.media import MediaStore
from domain.sealed import Sealer
from gateway.settings import Settings
from gateway.settings_errors import SettingsRefused

_CONFIG = Config(
    connect_timeout=1.0,
    read_timeout=2.0,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 2},
)


@asynccontextmanager
async def open_delivery(settings: Settings, clients: Clients) -> AsyncIterator[Delivery | None]:
    """The deployment's delivery; raises SettingsRefused for a key that cannot be used."""
    if not settings.media.key_ids:
        yield None
        return
    media = settings.media
    async with clients.open("s3", _CONFIG) as client:
        yield Delivery(
            store=MediaStore(client, settings.buckets.media, max_bytes=media.playlist_bytes),
            edge=Edge(media.base_url, _signer(settings)),
            sealer=Sealer(sha256(settings.profile_secret.reveal().encode()).digest(), "playback session"),
            mode=DeliveryMode(media.mode),
            cookie_domain=media.cookie_domain,
            forensic=media.forensic,
        )


def _signer(settings: Settings) -> Signer:
    """The newest key signs; the distribution's key group trusts the older ones as long as their signatures live."""
    media = settings.media
    path = media.private_keys[0].reveal()
    try:
        return Signer(media.key_ids[0], Path(path).read_bytes(), SigningHash(media.signing_hash.upper()))
    except (OSError, ValueError) as error:
        message = f"MARQUEE_MEDIA__PRIVATE_KEYS: the first key cannot be used ({error}). Name an RSA-2048 or P-256 PEM."
        raise SettingsRefused([message]) from error


@asynccontextmanager
async def open_directory(settings: Settings, clients: Clients) -> AsyncIterator[Directory]:
    """The user pools, asked for the address of an account that comes for the first time."""
    pools = [pool for pool in (settings.identity.viewers, settings.identity.staff) if pool is not None]
    ids = [pool.issuer.rpartition("/")[2] for pool in pools]
    async with clients.late("cognito-idp", _CONFIG) as client:
        yield CognitoDirectory(client, ids)
