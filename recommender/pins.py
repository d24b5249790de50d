"""The container's requirements, cut out of the repository's lock: `python -m recommender.pins` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-dev.lock"
TARGET = ROOT / "recommender" / "requirements.txt"
# numpy, starlette and uvicorn with what they need in turn.
NAMES = ("anyio", "click", "h11", "idna", "numpy", "starlette", "typing-extensions", "uvicorn")
OTHER_PYTHON = "python_full_version >= '3.12'"


def cut(lock: str) -> str:
    """The entries of `NAMES` with their hashes, for Python 3.11, without markers and comments."""
    entries = re.findall(r"^([\w.-]+)==(\S+)(.*?)\\\n((?:    --hash=\S+(?: \\)?\n)+)", lock, re.MULTILINE)
    kept = [
        f"{name}=={version} \\\n{hashes}"
        for name, version, marker, hashes in entries
        if name in NAMES and OTHER_PYTHON not in marker
    ]
    if len(kept) != len(NAMES):
        raise ValueError(f"the lock has {len(kept)} of {len(NAMES)} packages of the container")
    return "".join(kept)


if __name__ == "__main__":
    TARGET.write_text(cut(LOCK.read_text()))
