"""The training job: SageMaker's directories in, an artifact out, and why a failure happened."""

from __future__ import annotations

import json
import logging
import signal
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from recommender.catalogue import build, read_items
from recommender.events import episodes, read, read_directory
from recommender.fit import Settings
from recommender.gate import Bars
from recommender.publish import Outcome, present, publish

REASON_CAP = 1_024
STOPPED = 143
Record = TypeVar("Record", Settings, Bars)
log = logging.getLogger("recommender")


class Failed(Exception):
    """The job cannot be done with this input; the message is for the operator."""


class Stopped(BaseException):
    """SageMaker asked the job to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`root` is SageMaker's /opt/ml; channels: events, items, and if wanted live (a model) and deletions."""

    root: Path

    def channel(self, name: str) -> Path:
        return self.root / "input" / "data" / name

    @property
    def model(self) -> Path:
        return self.root / "model"

    @property
    def failure(self) -> Path:
        return self.root / "output" / "failure"


def run(root: Path, *, now: float | None = None) -> int:
    """The exit code: 0 with a model in place, 1 with a reason in the failure file, 143 if stopped."""
    job = Job(root=root)
    former = signal.signal(signal.SIGTERM, _stop)
    try:
        outcome = train(job, time.time() if now is None else now)
        log.info("published %s", outcome.model.version)
        return 0
    except Failed as error:
        return _fail(job, str(error), 1)
    except Stopped:
        return _fail(job, "stopped on request; nothing was published", STOPPED)
    except Exception as error:
        log.exception("training failed")
        trace = traceback.format_exception_only(error)[-1].strip()
        return _fail(job, f"training failed: {trace}; the log has the trace", 1)
    finally:
        signal.signal(signal.SIGTERM, former)


def train(job: Job, now: float) -> Outcome:
    """Reads the channels, trains and publishes into the model directory; raises Failed if the gate refuses."""
    settings, bars, tuned = parameters(_hyperparameters(job.root))
    items = sorted(job.channel("items").glob("*.jsonl"))
    if not items:
        raise Failed(f"channel items holds no .jsonl file ({job.channel('items')})")
    records, digest = read_items(items[0])
    catalogue = build(records)
    lines = read_directory(job.channel("events"))
    log_ = read(lines, catalogue.index, deleted=_deleted(job.channel("deletions")), title_of=episodes(records))
    if not len(log_.data):
        raise Failed(f"channel events holds nothing to learn from; dropped: {dict(log_.dropped)}")
    facts = {"itemsHash": digest, "source": "events", "dropped": dict(log_.dropped), "exposures": _flat(log_.exposures)}
    live = present(job.channel("live"))
    outcome = publish(
        log_.data, catalogue, job.model, settings=settings, tuned=tuned, bars=bars, now=now, live=live, facts=facts
    )
    if not outcome.published:
        raise Failed(f"the gate refused the model: {outcome.decision.reasons()}")
    return outcome


def parameters(given: Mapping[str, str]) -> tuple[Settings, Bars, bool]:
    """Settings, thresholds and whether to tune, from SageMaker's hyperparameters, which are all texts."""
    left = dict(given)
    tuned = left.pop("tune", "true").lower() == "true"
    settings, bars = Settings(), Bars()
    for name, text in left.items():
        try:
            if name in _kinds(Settings):
                settings = _with(settings, name, text)
            elif name in _kinds(Bars):
                bars = _with(bars, name, text)
            else:
                known = ", ".join(sorted(["tune", *_kinds(Settings), *_kinds(Bars)]))
                raise Failed(f"hyperparameter {name} is not known; known are {known}")
        except ValueError as error:
            raise Failed(f"hyperparameter {name} must be a number, not {text!r}") from error
    return settings, bars, tuned


def _with(record: Record, name: str, text: str) -> Record:
    changes: dict[str, Any] = {name: _kinds(type(record))[name](text)}
    return replace(record, **changes)


def _kinds(record: type[Settings] | type[Bars]) -> dict[str, type[int] | type[float]]:
    return {field.name: int if field.type == "int" else float for field in fields(record)}


def _hyperparameters(root: Path) -> Mapping[str, str]:
    path = root / "input" / "config" / "hyperparameters.json"
    if not path.exists():
        return {}
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except ValueError as error:
        raise Failed(f"hyperparameters.json is not JSON: {error}") from error
    return found


def _deleted(channel: Path) -> frozenset[str]:
    """Profiles whose data were erased: their events must not be learned from."""
    names: Iterable[str] = (
        line.strip() for path in sorted(channel.glob("*")) if path.is_file() for line in path.read_text().splitlines()
    )
    return frozenset(name for name in names if name)


def _flat(exposures: Mapping[tuple[str, str, str], Mapping[str, int]]) -> list[dict[str, Any]]:
    return [
        {"model": model, "variant": variant, "source": source, **counts}
        for (model, variant, source), counts in sorted(exposures.items())
    ]


def _stop(_: int, __: FrameType | None) -> None:
    raise Stopped


def _fail(job: Job, reason: str, code: int) -> int:
    log.error("%s", reason)
    job.failure.parent.mkdir(parents=True, exist_ok=True)
    job.failure.write_text(reason[:REASON_CAP])
    return code
