"""Compares the contract, schema.graphql, with the code that serves it and with the same file of an earlier commit."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from graphql import build_schema, find_breaking_changes, find_dangerous_changes

from graph.export import printed_schema

FILE = Path(__file__).resolve().parent.parent / "schema.graphql"
_SHOWN = 40


def check(against: str | None, *, file: Path = FILE) -> int:
    """Prints what it finds; 1 when the file is not what the code says. Changes to clients are told, not refused.

    Without `against` it is the last commit, or the one before when the last one has this very schema.
    """
    there = file.read_text() if file.is_file() else ""
    here = printed_schema()
    earlier = _earlier(against or "HEAD", file)
    if against is None and earlier == here:
        earlier = _earlier("HEAD~1", file)
    if earlier is not None:
        for line in changes(earlier, here):
            print(line)
    if there == here:
        return 0
    print(f"{file.name} is not what the code says. Run `make schema` and commit the file.")
    drift = unified_diff(there.splitlines(), here.splitlines(), file.name, "the code", lineterm="", n=1)
    for line in islice(drift, _SHOWN):
        print(f"  {line}")
    return 1


def changes(earlier: str, later: str) -> list[str]:
    """What clients of `earlier` would notice, worst first."""
    old, new = build_schema(earlier), build_schema(later)
    breaking = (f"breaking: {change.description}" for change in find_breaking_changes(old, new))
    dangerous = (f"dangerous: {change.description}" for change in find_dangerous_changes(old, new))
    return [*_sorted(breaking), *_sorted(dangerous)]


def _sorted(lines: Iterable[str]) -> list[str]:
    return sorted(set(lines))


def _earlier(reference: str, file: Path) -> str | None:
    """The file as that commit has it; None where there is no such commit or file."""
    command = ["git", "show", f"{reference}:./{file.name}"]
    found = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    return found.stdout if found.returncode == 0 else None
