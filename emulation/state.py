"""What one running cloud remembers beside ministack's own state."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from emulation.catalogue import Catalogue


@dataclass(slots=True, kw_only=True)
class CloudState:
    """Set at start, changed by control paths only."""

    endpoint_port: int
    media_port: int
    data_dir: Path
    origin_url: str | None = None
    """Where /play/ of the edge goes: the gateway."""
    recommender_url: str | None = None
    """Where SageMaker invocations go."""
    catalogue: Catalogue = field(default_factory=Catalogue)
    ready: bool = False
