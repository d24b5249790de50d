"""Who is calling, and from which country: forwarding headers are believed from configured proxies alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from domain.errors import BadRequest
from domain.locales import country_code

Address = IPv4Address | IPv6Address


class Proxies:
    """Resolves a connection to the client behind it."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network], *, default_country: str) -> None:
        self._default_country = default_country
        self._networks = tuple(networks)
        self.trusts = lru_cache(maxsize=4096)(self._trusts) if networks else _nobody

    def client(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """The address of the nearest hop that is no proxy of ours."""
        if not self.trusts(peer):
            return peer
        viewer = headers.get(b"cloudfront-viewer-address")
        if viewer is not None:
            return _without_port(viewer.decode("latin-1"))
        hops = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        address = peer
        for hop in reversed(hops[-32:]):
            found = _parsed(hop.strip())
            if found is None:
                break
            address = str(found)
            if not self.trusts(address):
                break
        return address

    def country(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """ISO 3166-1 alpha-2 as a trusted edge says it, else the default; a BadRequest for what is no country."""
        sent = headers.get(b"cloudfront-viewer-country")
        if sent is None or not self.trusts(peer):
            return self._default_country
        try:
            return country_code(sent.decode("latin-1"))
        except ValueError as error:
            raise BadRequest(f"Header CloudFront-Viewer-Country: {error}") from None

    def _trusts(self, address: str) -> bool:
        found = _parsed(address)
        return found is not None and any(found in network for network in self._networks)


def _nobody(address: str) -> bool:
    return False


def _parsed(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _without_port(text: str) -> str:
    """CloudFront writes 198.51.100.10:46532 and 2001:db8::1:46532."""
    host = text.rpartition(":")[0].strip("[]")
    found = _parsed(host)
    return str(found) if found is not None else text[:64]
