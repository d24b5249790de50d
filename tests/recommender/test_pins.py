"""The container installs what the repository's lock says, and serving needs nothing beyond it."""

from __future__ import annotations

import ast
import sys

import pytest

from recommender.pins import LOCK, NAMES, ROOT, TARGET, cut

INSTALLED = {"numpy", "starlette", "uvicorn", "recommender"}
BESIDE = {"demo.py": {"boto3", "botocore"}}  # Only the demo's training reads a bucket.


def test_requirements_are_those_of_the_lock():
    assert TARGET.read_text() == cut(LOCK.read_text())
    assert TARGET.read_text().count("==") == len(NAMES)


def test_a_lock_without_a_package_is_refused():
    with pytest.raises(ValueError, match="the lock has 0 of 8"):
        cut("")


@pytest.mark.parametrize("path", sorted((ROOT / "recommender").glob("*.py")), ids=lambda path: path.name)
def test_modules_import_only_what_the_container_has(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert names - set(sys.stdlib_module_names) <= INSTALLED | BESIDE.get(path.name, set())
