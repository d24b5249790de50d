"""Everything about the DynamoDB connection that a deployment may choose, with defaults that survive a bad day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`tables` maps a table spec's name to the deployed one (the same name where absent); times are seconds.

    `endpoint_url` None means what the AWS configuration says (AWS_ENDPOINT_URL included). `call_seconds` bounds one
    wire call with its retries, `loop_seconds` a whole loop over unprocessed keys, both inside the operation's deadline.
    `lean` off sends the hot reads through aiobotocore too. `answer_bytes` is above DynamoDB's own 16 MB of items.
    """

    region: str
    endpoint_url: str | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    connect_seconds: float = 0.5
    read_seconds: float = 1.0
    call_seconds: float = 3.0
    loop_seconds: float = 5.0
    attempts: int = 2
    pool: int = 64
    keepalive_seconds: float = 20.0
    answer_bytes: int = 48 * 1024 * 1024
    lean: bool = True
    user_agent: str = "marquee"

    def physical(self, name: str) -> str:
        """The deployed name of the table whose spec has `name`."""
        return self.tables.get(name, name)
