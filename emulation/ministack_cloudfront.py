"""Reaches into ministack's CloudFront for what the edge asks at every request: behaviours, trusted keys, CORS headers.

All of it is private to ministack 1.5.33; tests/emulation/test_ministack_private.py breaks when an upgrade changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The cache behaviour that a path of a distribution falls under."""

    pattern: str
    origin_id: str
    key_group_ids: tuple[str, ...]
    """Empty where no signature is asked for."""
    headers_policy_id: str | None
    methods: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A distribution as the edge needs it; the default behaviour has the pattern "*" and stands last."""

    domain_name: str
    behaviours: tuple[Behaviour, ...]

    def behaviour(self, path: str) -> Behaviour:
        """The first behaviour whose pattern matches."""
        return next(found for found in self.behaviours if fnmatchcase(path, found.pattern))


def distribution(distribution_id: str) -> Distribution | None:
    """The current configuration; None when there is no such distribution."""
    from ministack.services import cloudfront

    record = cloudfront._distributions.get(distribution_id)
    return None if record is None else _distribution(record["DomainName"], record["config_xml"])


def public_keys(key_group_ids: Iterable[str]) -> dict[str, str]:
    """PEM by key id, of all keys in these groups now: a key that is taken out of its group stops working at once."""
    from ministack.services import cloudfront

    groups = [cloudfront._key_groups.get(group_id) for group_id in key_group_ids]
    key_ids = {key_id for group in groups if group for key_id in group["Config"]["Items"]}
    found = {key_id: cloudfront._public_keys.get(key_id) for key_id in key_ids}
    return {key_id: key["Config"]["EncodedKey"] for key_id, key in found.items() if key}


def with_policy_headers(
    headers: Mapping[str, str], behaviour: Behaviour, *, origin: str, method: str
) -> dict[str, str]:
    """`headers` (lower-case names) and those of the behaviour's response-headers policy for a viewer of this origin."""
    from ministack.services import cloudfront

    policy = cloudfront.response_headers_policy_config(behaviour.headers_policy_id)
    return dict(cloudfront._apply_response_headers_policy(dict(headers), policy, origin, method))


@lru_cache(maxsize=8)
def _distribution(domain_name: str, config_xml: str) -> Distribution:
    config = ElementTree.fromstring(config_xml)
    items = _first(_first(config, "CacheBehaviors"), "Items")
    elements = [*(items if items is not None else ()), _first(config, "DefaultCacheBehavior")]
    return Distribution(domain_name=domain_name, behaviours=tuple(_behaviour(element) for element in elements))


def _behaviour(element: Any) -> Behaviour:
    return Behaviour(
        pattern=_text(element, "PathPattern") or "*",
        origin_id=_text(element, "TargetOriginId") or "",
        key_group_ids=tuple(_texts(_first(element, "TrustedKeyGroups"), "KeyGroup")),
        headers_policy_id=_text(element, "ResponseHeadersPolicyId"),
        methods=frozenset(_texts(_first(_first(element, "AllowedMethods"), "Items"), "Method")),
    )


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _first(element: Any, name: str) -> Any:
    return None if element is None else next((child for child in element if _local(child) == name), None)


def _text(element: Any, name: str) -> str | None:
    found = _first(element, name)
    return None if found is None else found.text


def _texts(element: Any, name: str) -> list[str]:
    return [] if element is None else [found.text or "" for found in element.iter() if _local(found) == name]
