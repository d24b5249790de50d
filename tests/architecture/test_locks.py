"""The lock files: in step with pyproject.toml, hashed, without hosts, and inside the ranges that overrides remove."""

import re
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {
    "requirements.lock": PROJECT["dependencies"],
    "requirements-dev.lock": [
        *PROJECT["dependencies"],
        *PROJECT["optional-dependencies"]["local"],
        *PROJECT["optional-dependencies"]["dev"],
    ],
}

FLOORS = {  # the first release without a known advisory
    "strawberry-graphql": "0.315.7",
    "graphql-core": "3.3.0",
    "pyjwt": "2.13.0",
    "starlette": "1.3.0",
}


def _locked(name: str) -> dict[str, list[str]]:
    text = (ROOT / name).read_text()
    pins: dict[str, list[str]] = {}
    for pin in re.finditer(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE):
        pins.setdefault(_canonical(pin[1]), []).append(pin[2])
    return pins


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_satisfies_every_requirement_of_the_project(lock):
    pins = _locked(lock)
    wanted = [Requirement(line) for line in LOCKS[lock]]
    wrong = [str(r) for r in wanted if not any(r.specifier.contains(v) for v in pins.get(_canonical(r.name), []))]
    assert wrong == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_hashed_and_names_no_host(lock):
    text = (ROOT / lock).read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert "://" not in text
    assert [b.splitlines()[0] for b in blocks if "==" in b.splitlines()[0] and "--hash=sha256:" not in b] == []


@pytest.mark.parametrize("package", ["aiobotocore", "boto3"])
def test_the_installed_botocore_is_inside_the_range_that_an_override_removed(package):
    [botocore] = [r for r in map(Requirement, requires(package) or ()) if r.name == "botocore" and not r.marker]
    assert botocore.specifier.contains(version("botocore"))


@pytest.mark.parametrize(("package", "floor"), FLOORS.items())
def test_no_installed_version_has_a_known_advisory(package, floor):
    assert Version(version(package)) >= Version(floor)
