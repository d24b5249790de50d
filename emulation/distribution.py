"""Creates the media distribution as production has it: keys, key group, CORS policy, bucket access, behaviours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from emulation.keys import KeyPair, key_pairs
from emulation.outputs import CloudFrontOutputs

_NAME = "marquee-media"
_MANAGED_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_MANAGED_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def provision_distribution(clients: Callable[[str], Any], *, bucket: str, key_dir: Path) -> CloudFrontOutputs:
    """Keys, key group, response-headers policy, origin access and distribution over the media bucket."""
    cloudfront = clients("cloudfront")
    pairs = key_pairs(key_dir)
    key_ids = tuple(_public_key(cloudfront, pair) for pair in pairs)
    key_group = _key_group(cloudfront, key_ids)
    distribution = cloudfront.create_distribution(
        DistributionConfig=_config(
            bucket=bucket, key_group=key_group, oac=_origin_access(cloudfront), cors=_cors_policy(cloudfront)
        )
    )["Distribution"]
    clients("s3").put_bucket_policy(Bucket=bucket, Policy=_bucket_policy(bucket, distribution["ARN"]))
    return CloudFrontOutputs(
        key_ids=key_ids,
        private_key_pem_paths=tuple(str(pair.path) for pair in pairs),
        distribution_id=distribution["Id"],
        key_group_id=key_group,
    )


def _public_key(cloudfront: Any, pair: KeyPair) -> str:
    known = cloudfront.list_public_keys()["PublicKeyList"].get("Items", [])
    for key in known:
        if key["EncodedKey"].strip() == pair.public_pem.strip():
            return str(key["Id"])
    config = {"CallerReference": pair.path.stem, "Name": f"{_NAME}-{pair.path.stem}", "EncodedKey": pair.public_pem}
    return str(cloudfront.create_public_key(PublicKeyConfig=config)["PublicKey"]["Id"])


def _key_group(cloudfront: Any, key_ids: Iterable[str]) -> str:
    for item in cloudfront.list_key_groups()["KeyGroupList"].get("Items", []):
        group = item["KeyGroup"]
        if group["KeyGroupConfig"]["Name"] == _NAME:
            return str(group["Id"])
    config = {"Name": _NAME, "Items": list(key_ids)}
    return str(cloudfront.create_key_group(KeyGroupConfig=config)["KeyGroup"]["Id"])


def _origin_access(cloudfront: Any) -> str:
    for item in cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Items", []):
        if item["Name"] == _NAME:
            return str(item["Id"])
    config = {
        "Name": _NAME,
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }
    created = cloudfront.create_origin_access_control(OriginAccessControlConfig=config)
    return str(created["OriginAccessControl"]["Id"])


def _cors_policy(cloudfront: Any) -> str:
    listed = cloudfront.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"].get("Items", [])
    for item in listed:
        if item["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]["Name"] == _NAME:
            return str(item["ResponseHeadersPolicy"]["Id"])
    config = {
        "Name": _NAME,
        "CorsConfig": {
            "AccessControlAllowOrigins": _items(["*"]),
            "AccessControlAllowHeaders": _items(["*"]),
            "AccessControlAllowMethods": _items(["GET", "HEAD", "OPTIONS"]),
            "AccessControlAllowCredentials": False,
            "AccessControlExposeHeaders": _items(["Content-Length", "Content-Range", "ETag"]),
            "AccessControlMaxAgeSec": 600,
            "OriginOverride": True,
        },
        "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}},
    }
    created = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=config)
    return str(created["ResponseHeadersPolicy"]["Id"])


def _items(values: list[str]) -> dict[str, Any]:
    return {"Quantity": len(values), "Items": values}


def _behaviour(origin: str, cors: str, cache: str, key_group: str | None) -> dict[str, Any]:
    groups = [key_group] if key_group else []
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": {**_items(["GET", "HEAD", "OPTIONS"]), "CachedMethods": _items(["GET", "HEAD"])},
        "CachePolicyId": cache,
        "ResponseHeadersPolicyId": cors,
        "TrustedKeyGroups": {"Enabled": bool(groups), "Quantity": len(groups), **({"Items": groups} if groups else {})},
        "Compress": True,
    }


def _config(*, bucket: str, key_group: str, oac: str, cors: str) -> dict[str, Any]:
    media = {
        "Id": "media",
        "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com",
        "OriginAccessControlId": oac,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    gateway = {
        "Id": "gateway",
        "DomainName": "gateway.invalid",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"},
    }
    return {
        "CallerReference": _NAME,
        "Comment": "Media and manifests",
        "Enabled": True,
        "Origins": {"Quantity": 2, "Items": [media, gateway]},
        # Nothing is served that no behaviour names: the default asks for a signature as well.
        "DefaultCacheBehavior": _behaviour("media", cors, _MANAGED_CACHING_OPTIMIZED, key_group),
        "CacheBehaviors": {
            "Quantity": 2,
            "Items": [
                {"PathPattern": "/v/*", **_behaviour("media", cors, _MANAGED_CACHING_OPTIMIZED, key_group)},
                {"PathPattern": "/play/*", **_behaviour("gateway", cors, _MANAGED_CACHING_DISABLED, None)},
            ],
        },
    }


def _bucket_policy(bucket: str, distribution_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
