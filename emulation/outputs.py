"""What the embedded AWS tells when it is ready: addresses, names, ids and demo credentials, as one JSON line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOutputs:
    """A Cognito user pool with its one public client (authorization code with PKCE)."""

    pool_id: str
    issuer: str
    """The `iss` of its tokens; not where its keys are."""
    jwks_url: str
    client_id: str
    authorize_url: str
    token_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerOutputs:
    """The machine client (client credentials)."""

    client_id: str
    client_secret: str
    token_url: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserOutputs:
    """A demo user who can sign in."""

    persona: str
    username: str
    password: str
    subject: str = ""
    """The `sub` of the user's tokens, which names the account in the viewers table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityOutputs:
    """What provisioning the identity yields."""

    viewer_pool: PoolOutputs
    staff_pool: PoolOutputs
    partner: PartnerOutputs
    users: tuple[UserOutputs, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudFrontOutputs:
    """The media distribution; `private_key_pem_paths[i]` is the private half of `key_ids[i]`."""

    key_ids: tuple[str, ...]
    private_key_pem_paths: tuple[str, ...]
    distribution_id: str
    key_group_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Everything that a gateway needs to reach this cloud."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    tables: Mapping[str, str]
    """Physical names of catalog, viewers and ops."""
    buckets: Mapping[str, str]
    """Physical names of media, incoming and events."""
    topics: Mapping[str, str]
    """Topic ARNs by purpose."""
    media_base_url: str
    """Scheme, host and port of the media edge; it also serves /art/."""
    cloudfront: CloudFrontOutputs
    sagemaker_endpoint_name: str
    data_dir: str
    """Private folder of this cloud; removed at exit unless it was given."""
    viewer_pool: PoolOutputs
    staff_pool: PoolOutputs
    partner: PartnerOutputs
    users: tuple[UserOutputs, ...]

    def to_json(self) -> str:
        """One line, no line breaks."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The inverse of `to_json`; a missing or unknown field is a TypeError."""
        raw = json.loads(text)
        try:
            return cls(**_nested(raw))
        except KeyError as error:
            raise TypeError(f"the outputs lack {error}") from error

    def environment(self) -> dict[str, str]:
        """The AWS_* variables that make any AWS SDK talk to this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }


def _nested(raw: dict[str, Any]) -> dict[str, Any]:
    for name in ("viewer_pool", "staff_pool"):
        raw[name] = PoolOutputs(**raw[name])
    partner = raw["partner"]
    raw["partner"] = PartnerOutputs(**{**partner, "scopes": tuple(partner["scopes"])})
    raw["users"] = tuple(UserOutputs(**user) for user in raw["users"])
    cloudfront = raw["cloudfront"]
    paired = {name: tuple(cloudfront[name]) for name in ("key_ids", "private_key_pem_paths")}
    raw["cloudfront"] = CloudFrontOutputs(**{**cloudfront, **paired})
    return raw
