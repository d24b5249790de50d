"""What one running cloud remembers beside ministack's own state."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from emulation.catalogue import Catalogue
from emulation.faults import Faults


@dataclass(slots=True, kw_only=True)
class CloudState:
    """Set at start, changed by control paths only."""

    endpoint_port: int
    media_port: int
    data_dir: Path
    media_cache: Path
    """Where encoded demo clips are kept between runs."""
    distribution_id: str | None = None
    """The distribution that the media port serves, once it exists."""
    origin_url: str | None = None
    """Where /play/ of the edge goes: the gateway."""
    recommender_urls: dict[str, str] = field(default_factory=dict)
    """Where SageMaker invocations go, by production variant; the first serves unless the caller names another."""
    sagemaker_endpoint_name: str = "marquee-recommender"
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    """AWS calls by service and operation since the last reset."""
    catalogue: Catalogue = field(default_factory=Catalogue)
    ready: bool = False

    @property
    def endpoint_url(self) -> str:
        """Where every AWS SDK reaches this cloud."""
        return f"http://127.0.0.1:{self.endpoint_port}"

    @property
    def media_base_url(self) -> str:
        """Where viewers reach the media edge."""
        return f"http://127.0.0.1:{self.media_port}"
