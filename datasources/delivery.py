"""How films are delivered: the media store, the signing edge and the choices of the deployment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from datasources.edge import Edge
from datasources.media import MediaStore
from domain.sealed import Sealer

COOKIE_LIFE = timedelta(minutes=10)
"""Four leases: cookies name one viewer and are renewed through the session."""


class DeliveryMode(StrEnum):
    """manifest: playlists rewritten for each session, which plays everywhere; cookies: for apps on the same domain."""

    MANIFEST = "manifest"
    COOKIES = "cookies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One distribution with its store; `sealer` makes the session tokens in manifest addresses.

    `cookie_domain` is the registrable domain that app and media host share. `forensic` marks every segment address
    with its session, at the price of shared playlists.
    """

    store: MediaStore
    edge: Edge
    sealer: Sealer
    mode: DeliveryMode = DeliveryMode.MANIFEST
    cookie_domain: str = ""
    forensic: bool = False
