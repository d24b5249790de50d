"""Creates everything the gateway expects of its cloud and says what it is called; running it twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from datasources.tables import TABLES
from emulation.clips import publish
from emulation.distribution import provision_distribution
from emulation.environment import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from emulation.identity import provision_identity
from emulation.outputs import Outputs
from emulation.tables import create_table

TABLE_NAMES: Mapping[str, str] = {spec.name: f"marquee-{spec.name}" for spec in TABLES}
BUCKET_NAMES: Mapping[str, str] = {name: f"marquee-{name}" for name in ("media", "incoming", "events")}
TOPIC_NAMES: Mapping[str, str] = {name: f"marquee-{name}" for name in ("membership", "media")}
SAGEMAKER_ENDPOINT_NAME = "marquee-recommender"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """boto3 clients for the embedded endpoint, made on demand."""

    endpoint_url: str

    def __call__(self, service: str) -> Any:
        """A client with explicit credentials, time-outs and no surprise from the caller's own AWS settings."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "total_max_attempts": 2},
                s3={"addressing_style": "path"},
            ),
        )


def provision(*, endpoint_url: str, media_base_url: str, data_dir: Path) -> Outputs:
    """Blocking: call it off the event loop that serves `endpoint_url`."""
    clients = Clients(endpoint_url=endpoint_url)
    dynamodb = clients("dynamodb")
    for spec in TABLES:
        create_table(dynamodb, spec, TABLE_NAMES[spec.name])
    s3 = clients("s3")
    for bucket in BUCKET_NAMES.values():
        _create_bucket(s3, bucket)
    sns = clients("sns")
    topics = {purpose: sns.create_topic(Name=name)["TopicArn"] for purpose, name in TOPIC_NAMES.items()}
    identity = provision_identity(endpoint_url)
    return Outputs(
        endpoint_url=endpoint_url,
        region=REGION,
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
        tables=dict(TABLE_NAMES),
        buckets=dict(BUCKET_NAMES),
        topics=topics,
        media_base_url=media_base_url,
        cloudfront=provision_distribution(clients, bucket=BUCKET_NAMES["media"], key_dir=data_dir / "keys"),
        sagemaker_endpoint_name=SAGEMAKER_ENDPOINT_NAME,
        data_dir=str(data_dir),
        viewer_pool=identity.viewer_pool,
        staff_pool=identity.staff_pool,
        partner=identity.partner,
        users=identity.users,
    )


def publish_clips(endpoint_url: str, cache: Path) -> int:
    """Puts the demo clips into the media bucket; answers the number of files written; NoEncoder without ffmpeg."""
    return publish(Clients(endpoint_url=endpoint_url)("s3"), BUCKET_NAMES["media"], cache)


def _create_bucket(s3: Any, bucket: str) -> None:
    if bucket in {found["Name"] for found in s3.list_buckets()["Buckets"]}:
        return
    s3.create_bucket(Bucket=bucket)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
