"""The tables: what every server did, and Marquee's ratios against the targets it set itself."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from bench.contestants import FLOOR, PEERS
from bench.measure import Result
from bench.scenarios import Scenario

_SHIPPED = ("marquee-memory", "marquee-dynamodb")
"""Those that are configured as Marquee is shipped: nobody runs it without its memory of the catalogue."""


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio of two rates that Marquee wants to reach."""

    scenario: str
    ours: str
    against: tuple[str, ...]
    """The best of these counts."""
    ratio: float


TARGETS = (
    Target("home", "marquee-memory", ("strawberry-plain",), 120),
    Target("home", "marquee-memory", ("apollo-memory",), 15),
    Target("home", "marquee-memory", ("mercurius-memory",), 2.5),
    Target("home", "marquee-memory", (FLOOR,), 0.25),
    Target("page", "marquee-memory", ("strawberry-plain",), 80),
    Target("page", "marquee-memory", ("apollo-memory",), 7),
    Target("page", "marquee-memory", ("mercurius-memory",), 1.7),
    Target("title", "marquee-memory", ("mercurius-memory", "mercurius-cached"), 1.3),
    Target("mutation", "marquee-memory", ("mercurius-memory",), 1.0),
    Target("anonymous", "marquee-memory", ("apollo-cached", "yoga-cached", "mercurius-cached"), 8),
    Target("new-home", "marquee-memory", ("mercurius-memory",), 2),
    Target("new-title", "marquee-memory", ("mercurius-memory",), 2),
    Target("dynamodb-home", "marquee-uncached", ("mercurius-dynamodb",), 1.8),
    Target("dynamodb-home", "marquee-dynamodb", ("mercurius-dynamodb",), 15),
)
MEMORY_MB = 100.0
"""What one process may hold."""


def tables(scenarios: Sequence[Scenario], results: Sequence[Result]) -> str:
    """Markdown: one table per scenario, then the ratios."""
    parts = []
    for scenario in scenarios:
        found = [one for one in results if one.scenario == scenario.name]
        if found:
            parts.append(f"## {scenario.title} ({found[0].answer_bytes / 1000:.1f} kB)\n\n{_table(found)}")
    return "\n\n".join([*parts, f"## Ratios\n\n{ratios(results)}"])


def _table(found: Sequence[Result]) -> str:
    lines = ["| | requests/s | p50 ms | p99 ms | CPU ms/request | RSS MB |", "|---|---|---|---|---|---|"]
    for one in found:
        lines.append(
            f"| {one.title} | {one.requests_per_second:.0f} | {one.p50_ms:.2f} | {one.p99_ms:.2f} "
            f"| {one.cpu_ms:.3f} | {one.resident_mb:.0f} |"
        )
    return "\n".join(lines)


def ratios(results: Sequence[Result]) -> str:
    """Marquee's rate divided by a peer's, for every target whose two sides were measured; the rate decides.

    Beside it the peer's CPU per request divided by Marquee's: steadier where others use the same machine.
    """
    known = {(one.scenario, one.contestant): one for one in results}
    lines = ["| scenario | against | target | by rate | by CPU | |", "|---|---|---|---|---|---|"]
    for target in TARGETS:
        ours = known.get((target.scenario, target.ours))
        others = [known[key] for name in target.against if (key := (target.scenario, name)) in known]
        if ours is None or not others:
            continue
        best = max(others, key=lambda one: one.requests_per_second)
        ratio = ours.requests_per_second / best.requests_per_second
        by_cpu = best.cpu_ms / ours.cpu_ms
        verdict = "reached" if ratio >= target.ratio else "missed"
        figures = f"{target.ratio:g}x | {ratio:.2f}x | {by_cpu:.2f}x | {verdict}"
        lines.append(f"| {target.scenario} | {best.title} | {figures} |")
    ours_mb = [one.resident_mb for one in results if one.contestant in _SHIPPED]
    if ours_mb:
        verdict = "reached" if max(ours_mb) <= MEMORY_MB else "missed"
        lines.append(f"| resident memory | | {MEMORY_MB:g} MB | {max(ours_mb):.0f} MB | | {verdict} |")
    return "\n".join(lines)


def versions(python: str) -> dict[str, str]:
    """What was measured, and on what; `python` is the interpreter of the Python servers."""
    asked = "import platform; print(platform.python_version(), 'built by', platform.python_compiler())"
    found = {"python": _said([python, "-c", asked]), "system": f"{platform.system()} {platform.machine()}"}
    found["cpus"] = str(os.cpu_count())
    for name in ("strawberry-graphql", "graphql-core", "uvicorn", "uvloop", "httptools", "orjson", "starlette"):
        found[name] = version(name)
    found["marquee"] = _said(["git", "describe", "--always", "--dirty"])
    found["node"] = _said(["node", "--version"])
    package = orjson.loads((PEERS / "node" / "package.json").read_bytes())
    found |= package["dependencies"]
    pins = (PEERS / "ariadne" / "requirements.txt").read_text().splitlines()
    found["ariadne"] = next(line for line in pins if line.startswith("ariadne==")).split()[0].removeprefix("ariadne==")
    return found


def _said(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=PEERS).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def write(folder: Path, name: str, text: str, how: dict[str, Any], results: Sequence[Result]) -> list[Path]:
    """`<name>.json` with every round, `<name>.md` with the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    found = versions(how["python"])
    about = "\n".join(f"- {key} {value}" for key, value in found.items())
    head = f"# Results of {name}\n\n{_sentence(how)}\n"
    markdown, data = folder / f"{name}.md", folder / f"{name}.json"
    markdown.write_text(f"{head}\n{text}\n\n## Versions\n\n{about}\n")
    document = {
        "how": {key: value for key, value in how.items() if key != "python"},
        "versions": found,
        "results": [one.as_json() for one in results],
    }
    data.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return [markdown, data]


def _sentence(how: dict[str, Any]) -> str:
    return (
        f"{how['rounds']} rounds of {how['seconds']:g} s, medians; {how['connections']} connections, one server core, "
        f"one load core, loader {how['loader']}. Load average at the start {how['load_average']}: "
        "ratios of one run mean more than rates."
    )


def say(line: str) -> None:
    """Progress, for whoever waits."""
    print(line, file=sys.stderr, flush=True)
