"""Shared fixtures: the embedded AWS, one child process per test worker, and a guard against the network."""

from __future__ import annotations

import ipaddress
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog

from datasources.dynamo.connection import open_database
from datasources.dynamo.options import Options
from datasources.dynamodb import Database
from emulation.child import embedded_aws
from emulation.outputs import Outputs


class NetworkForbidden(RuntimeError):
    """A test reached for an address that is not this machine."""


def _is_loopback(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return text.endswith(".localhost")


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_loopback(host):
        raise NetworkForbidden(f"tests reach loopback only, not {host!r}")


def pytest_configure() -> None:
    sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def plain_logging() -> None:
    """Each test begins with logging as Python and structlog have it, whatever an earlier one configured."""
    structlog.reset_defaults()
    logging.root.setLevel(logging.WARNING)
    for handler in [one for one in logging.root.handlers if type(one) is logging.StreamHandler]:
        logging.root.removeHandler(handler)


@pytest.fixture(scope="session")
def cloud() -> Iterator[Outputs]:
    """The embedded AWS of this worker, provisioned, tables empty; shared, so use a reset or leave nothing behind."""
    with embedded_aws() as outputs:
        yield outputs


@pytest.fixture(scope="session")
def control(cloud: Outputs) -> Iterator[httpx.Client]:
    """A client for the control paths: `control.post("/_marquee/...", json={...})`."""
    with httpx.Client(base_url=cloud.endpoint_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def clips_cloud(cloud: Outputs, control: httpx.Client) -> Outputs:
    """The cloud with the demo clips in its media bucket; the first run on a machine encodes them, for some seconds."""
    control.post("/_marquee/media", timeout=110).raise_for_status()
    return cloud


@pytest.fixture
def empty_cloud(cloud: Outputs, control: httpx.Client) -> Outputs:
    """The cloud with empty tables and no faults; pools, users, keys and ids stay."""
    control.post("/_marquee/reset", json={"scale": 0}).raise_for_status()
    return cloud


@pytest.fixture
def demo_cloud(cloud: Outputs, control: httpx.Client) -> Outputs:
    """The cloud with the demo catalogue of 200 titles, as loaded, and no faults."""
    control.post("/_marquee/reset", json={"scale": 200}).raise_for_status()
    return cloud


@pytest.fixture
def aws_environment(cloud: Outputs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials of the embedded AWS, where AWS's default chain looks for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", cloud.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", cloud.secret_access_key)


@pytest.fixture
async def database(cloud: Outputs, aws_environment: None) -> AsyncIterator[Database]:
    """The deployment's tables; patient, since tests race hundreds of writers on a small machine."""
    options = Options(
        region=cloud.region,
        endpoint_url=cloud.endpoint_url,
        tables=cloud.tables,
        connect_seconds=20,
        read_seconds=20,
        call_seconds=30,
        loop_seconds=30,
    )
    async with open_database(options) as opened:
        yield opened
