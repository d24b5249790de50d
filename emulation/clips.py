"""Makes the demo clips once, keeps them in a cache named after their content, and puts them into the media bucket."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from emulation import encoding, packaging
from emulation.media import CLIPS, HOME, Clip

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "media"
_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
    ".json": "application/json",
}
_FOREVER = "public, max-age=31536000, immutable"
_UPLOADS = 4


def clip_folder(version: str, cache: Path = CACHE) -> Path:
    """The folder of a clip's files, made when absent; KeyError for an unknown version, NoEncoder without ffmpeg."""
    clip = CLIPS[version]
    folder = cache / f"{version}-{_digest(clip)}"
    if not folder.exists():
        _make(clip, folder)
    return folder


def publish(s3: Any, bucket: str, cache: Path) -> int:
    """Puts every clip into the bucket unless it is there; answers the number of files written.

    The asset index of a clip goes last: where it is, everything is.
    """
    return sum(_publish(s3, bucket, version, cache) for version in CLIPS)


def _publish(s3: Any, bucket: str, version: str, cache: Path) -> int:
    folder = clip_folder(version, cache)
    prefix = f"{HOME}/{version}"
    if s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/index.json").get("Contents"):
        return 0
    files = [path for path in sorted(folder.rglob("*.*")) if path.name != "index.json"]
    with ThreadPoolExecutor(_UPLOADS) as pool:
        list(pool.map(lambda path: _put(s3, bucket, prefix, folder, path), files))
    _put(s3, bucket, prefix, folder, folder / "index.json")
    return len(files) + 1


def _digest(clip: Clip) -> str:
    """Names the content by what makes it: the command line and the code around it."""
    made_by = [*encoding.arguments(clip), Path(packaging.__file__).read_text()]
    return hashlib.sha256("\0".join(made_by).encode()).hexdigest()[:16]


def _make(clip: Clip, folder: Path) -> None:
    """Works in a folder aside and renames it, so that a clip is whole or absent; the first of two makers wins."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        encoding.encode(clip, aside)
        packaging.package(clip, aside)
        aside.chmod(0o755)
        aside.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _put(s3: Any, bucket: str, prefix: str, folder: Path, path: Path) -> None:
    s3.put_object(
        Bucket=bucket,
        Key=f"{prefix}/{path.relative_to(folder).as_posix()}",
        Body=path.read_bytes(),
        ContentType=_TYPES[path.suffix],
        CacheControl=_FOREVER,
        StorageClass="INTELLIGENT_TIERING",
    )
