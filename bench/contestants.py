"""Who is measured: the command and the variables of every server, and what each needs to be installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench.dataset import PROFILE
from bench.identity import CLIENT, SECRET, Identity
from datasources.watching import partition

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
VENVS = HERE / ".venvs"
MARQUEE = "marquee"
FLOOR = "floor"


class CannotBuild(Exception):
    """What a peer needs and this machine does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a run shares with every server."""

    folder: Path
    dynamodb_url: str
    identity: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A server in one configuration, and the kinds of scenario that it takes part in."""

    name: str
    title: str
    command: tuple[str, ...]
    kinds: frozenset[str]
    variables: Callable[[Setting, int], dict[str, str]]
    path: str = "/graphql"
    ready: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    needs: Callable[[], None] = lambda: None


def contestants(python: str | None = None, base: str = sys.executable) -> list[Contestant]:
    """In the order of the report.

    `python` runs Marquee and the peers that share its packages; without it they run in an environment of what a
    deployment installs, made by the interpreter `base`: libraries load what else they find, which is memory that no
    operator pays for.
    """
    deployed = _Python(python, _nothing) if python else _deployed(base)
    return [
        _python(deployed, "strawberry-plain", "Strawberry", {"BENCH_SOURCE": "plain"}, kinds={"memory"}),
        _python(deployed, "strawberry-caches", "Strawberry + caches", {"BENCH_SOURCE": "caches"}, kinds={"memory"}),
        _ariadne(base),
        *_node("apollo", "Apollo Server", {"memory", "dynamodb", "cached"}, path="/", headers=_PREFLIGHT),
        *_node("yoga", "GraphQL Yoga + JIT", {"memory", "dynamodb", "cached"}),
        *_node("mercurius", "Mercurius + JIT", {"memory", "dynamodb", "cached"}),
        _marquee(deployed, "memory", "Marquee", {"memory", "cached"}),
        _marquee(deployed, "dynamodb", "Marquee, catalogue cache", {"dynamodb"}),
        _marquee(deployed, "uncached", "Marquee, no cache", {"dynamodb"}),
        _python(deployed, FLOOR, "bare uvicorn, same bytes", {}, kinds={"memory", "cached"}, path="/{scenario}"),
    ]


class _Python(NamedTuple):
    """An interpreter, and what installs it."""

    path: str
    needs: Callable[[], None]


def _nothing() -> None:
    """What is there already needs that."""


_PREFLIGHT = {"apollo-require-preflight": "1"}


def _dataset(setting: Setting, port: int) -> dict[str, str]:
    return {
        "PORT": str(port),
        "NODE_ENV": "production",
        "BENCH_DATASET": str(setting.folder / "dataset.json"),
        "BENCH_BODIES": str(setting.folder / "bodies"),
    }


def _python(
    python: _Python, name: str, title: str, variables: dict[str, str], *, kinds: set[str], path: str = "/graphql"
) -> Contestant:
    return Contestant(
        name=name,
        title=title,
        command=(python.path, str(PEERS / name.partition("-")[0] / "server.py")),
        kinds=frozenset(kinds),
        variables=lambda setting, port: _dataset(setting, port) | variables,
        path=path,
        needs=python.needs,
    )


def _ariadne(base: str) -> Contestant:
    return Contestant(
        name="ariadne",
        title="Ariadne",
        command=(str(_python_of("ariadne")), str(PEERS / "ariadne" / "server.py")),
        kinds=frozenset({"memory"}),
        variables=_dataset,
        path="/",
        needs=partial(_install, "ariadne", PEERS / "ariadne" / "requirements.txt", base),
    )


def _python_of(environment: str) -> Path:
    return VENVS / environment / "bin" / "python"


def _deployed(base: str) -> _Python:
    """What the image has, and nothing that is for development."""
    return _Python(str(_python_of("deployed")), partial(_install, "deployed", HERE.parent / "requirements.lock", base))


def _install(name: str, requirements: Path, base: str) -> None:
    """A virtual environment of `base` with these packages; pip is ours, for it may have none."""
    folder = VENVS / name
    done = folder / ".ready"
    if done.exists() and done.stat().st_mtime >= requirements.stat().st_mtime and done.read_text() == base:
        return
    subprocess.run([base, "-m", "venv", "--clear", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(_python_of(name)), "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--require-hashes", "-r", str(requirements)], check=True)
    done.write_text(base)


def _node(
    name: str, title: str, kinds: set[str], *, path: str = "/graphql", headers: Mapping[str, str] | None = None
) -> list[Contestant]:
    """One configuration for each kind: a server is started with what it needs for that and nothing else."""
    return [
        Contestant(
            name=f"{name}-{kind}",
            title=title + (" + response cache" if kind == "cached" else ""),
            command=("node", str(PEERS / "node" / f"{name}.js")),
            kinds=frozenset({kind}),
            variables=lambda setting, port, kind=kind: (
                _dataset(setting, port)  # type: ignore[misc]
                | {"BENCH_SOURCE": kind, "BENCH_PROFILE": partition(PROFILE)}
                | _aws(setting)
            ),
            path=path,
            headers=headers or {},
            needs=_node_modules,
        )
        for kind in sorted(kinds)
    ]


def _node_modules() -> None:
    folder = PEERS / "node"
    if shutil.which("npm") is None:
        raise CannotBuild("npm is not installed: install Node 20 or newer, or leave the Node peers out with --only.")
    done, lock = folder / "node_modules" / ".ready", folder / "package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True)
        done.touch()


def _aws(setting: Setting) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": setting.dynamodb_url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _marquee(python: _Python, kind: str, title: str, kinds: set[str]) -> Contestant:
    serve = ("-m", "gateway", "serve") if kind == "dynamodb" else ("-m", "bench.marquee", kind)
    return Contestant(
        name=f"{MARQUEE}-{kind}",
        title=title,
        command=(python.path, *serve),
        kinds=frozenset(kinds),
        variables=partial(_marquee_settings, segments=kind != "uncached"),
        ready="/readyz",
        needs=python.needs,
    )


def _marquee_settings(setting: Setting, port: int, *, segments: bool) -> dict[str, str]:
    """A production gateway. Rates are raised, because one viewer asks for thousands; they are still counted.

    So is the longest wait at the door: on a machine that others use too, it would refuse what peers answer late.
    """
    plenty = "1000000000"
    settings = {
        "MODE": "prod",
        "LOG_LEVEL": "warning",
        "SERVER__PORT": str(port),
        "SERVER__METRICS_PORT": "0",
        "SERVER__DRAIN_DELAY_SECONDS": "0",
        "CURSOR_SECRET": SECRET,
        "PSEUDONYM_SECRET": SECRET,
        "PROFILE_SECRET": SECRET,
        "TABLES__CATALOG": "catalog",
        "TABLES__VIEWERS": "viewers",
        "TABLES__OPS": "ops",
        "BUCKETS__MEDIA": "media",
        "BUCKETS__INCOMING": "incoming",
        "MEDIA__BASE_URL": "https://media.example.com",
        "IDENTITY__VIEWERS__ISSUER": setting.identity.issuer,
        "IDENTITY__VIEWERS__JWKS_URL": setting.identity.jwks_url,
        "IDENTITY__VIEWERS__CLIENT_IDS": CLIENT,
        "ADMISSION__WAIT_SECONDS": "10",
        **({} if segments else {"CATALOGUE__SEGMENT_BYTES": "0"}),
        "LIMITS__RATE_VIEWER": plenty,
        "LIMITS__RATE_ANONYMOUS": plenty,
    }
    own = {f"MARQUEE_{name}": value for name, value in settings.items()}
    return own | _aws(setting) | {"BENCH_ITEMS": str(setting.folder / "items.jsonl")}
