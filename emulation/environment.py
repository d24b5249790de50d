"""The environment that ministack reads once, when it is first imported; so it must be set before that."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY_ID = "AKIAEMBEDDEDMARQUEE0"
SECRET_ACCESS_KEY = "embedded-secret-key-not-secret"


def prepare(*, port: int, data_dir: Path, persist: bool) -> None:
    """Sets ministack's settings for one cloud; `persist` keeps its state in `data_dir` at a graceful stop."""
    if "ministack.app" in sys.modules:
        raise RuntimeError("ministack is imported already: one cloud per process, and its environment comes first")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # the caller's own profile, region and endpoints have no say here
    os.environ.update(
        {
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "STATE_DIR": str(data_dir / "state"),
            "S3_DATA_DIR": str(data_dir / "s3"),
            "PERSIST_STATE": "1" if persist else "0",
            "S3_PERSIST": "1" if persist else "0",
            # Both would open listeners on every interface.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "SFN_WAIT_SCALE": "0",
            "LAMBDA_EXECUTOR": "local",
            # No service may start a container, even where a daemon runs.
            "DOCKER_HOST": "unix:///nonexistent",
        }
    )
