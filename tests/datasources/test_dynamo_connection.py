"""How the database is opened: endpoint, trust, proxies and credentials from where AWS's own tools take them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiobotocore.session import AioSession

from datasources.dynamo import Options, open_database
from datasources.dynamo.aio import AioDatabase
from datasources.dynamo.connection import client_config
from datasources.dynamo.endpoint import endpoint_of
from datasources.dynamo.slim import SlimDatabase
from datasources.tables import CATALOG
from domain.errors import Unavailable
from tests.certificates import self_signed, server_side
from tests.datasources.scripted_dynamodb import Act, Request, refusal, staged

pytestmark = pytest.mark.usefixtures("aws_keys")

KEY = ("T#1", "META")
GOOD = Act(json={"Item": {"pk": {"S": "T#1"}, "sk": {"S": "META"}}})
ITEM = {"pk": "T#1", "sk": "META"}


def options(url: str | None, lean: bool = True) -> Options:
    return Options(region="eu-west-1", endpoint_url=url, lean=lean)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
async def test_awss_own_endpoint_variables_are_honoured(
    lean: bool, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(GOOD) as stage:
        monkeypatch.setenv(variable, stage.url)
        async with open_database(options(None, lean)) as database:
            assert await database.get(CATALOG, KEY) == ITEM
    assert "/eu-west-1/dynamodb/aws4_request" in stage.requests[0].headers["authorization"]


REGIONS = {
    "a region": ("eu-west-1", {}),
    "another partition": ("cn-north-1", {}),
    "a government's": ("us-gov-west-1", {}),
    "one that nobody has heard of": ("xx-west-7", {}),
    "by both protocols": ("eu-west-1", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}),
    "by federal standards": ("us-east-1", {"AWS_USE_FIPS_ENDPOINT": "true"}),
    "configured": ("eu-west-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:7"}),
    "configured for DynamoDB": (
        "eu-west-1",
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:7", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8"},
    ),
    "configured and ignored": (
        "eu-west-1",
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:7", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    ),
}


@pytest.mark.parametrize(("region", "environment"), REGIONS.values(), ids=REGIONS)
async def test_the_endpoint_is_the_one_that_a_client_of_aws_would_call(
    region: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    session = AioSession()
    async with session.create_client("dynamodb", region_name=region, config=client_config(options(None))) as client:
        expected = client.meta.endpoint_url
    assert endpoint_of(AioSession(), region) == expected


@pytest.mark.parametrize("url", ["http://127.0.0.1:8", None])
async def test_the_lean_path_builds_no_client_of_aws(url: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AioSession, "create_client", lambda *_, **__: pytest.fail("a client was built"))
    async with open_database(options(url)) as database:
        assert type(database) is SlimDatabase


async def test_a_session_token_is_sent_and_signed(lean: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token==")
    async with staged(GOOD) as stage, open_database(options(stage.url, lean)) as database:
        await database.get(CATALOG, KEY)
    headers = stage.requests[0].headers
    assert headers["x-amz-security-token"] == "token=="
    assert "x-amz-security-token" in headers["authorization"]


@pytest.mark.parametrize(("no_proxy", "kind"), [("", AioDatabase), ("127.0.0.1", SlimDatabase)])
async def test_behind_a_proxy_the_full_client_does_it_all(
    no_proxy: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    monkeypatch.setenv("no_proxy", no_proxy)
    async with open_database(options("http://127.0.0.1:8")) as database:
        assert type(database) is kind


async def test_closing_the_database_closes_its_connections(lean: bool) -> None:
    async with staged(GOOD, GOOD) as stage:
        async with open_database(options(stage.url, lean)) as database:
            await database.get(CATALOG, KEY)
        async with open_database(options(stage.url, lean)) as database:
            await database.get(CATALOG, KEY)
        assert stage.connections == 2


def test_no_client_setting_is_left_to_chance() -> None:
    config = client_config(Options(region="eu-west-1"))
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (0.5, 1.0, 64)
    assert config.connector_args["keepalive_timeout"] == 20.0
    assert config.tcp_keepalive is True


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


async def test_a_real_endpoint_is_spoken_to_over_tls(
    lean: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    async with staged(GOOD, tls=server_side(certificate)) as stage:
        async with open_database(options(stage.url, lean)) as database:
            assert [await database.get(CATALOG, KEY) for _ in range(3)] == [ITEM] * 3
        assert stage.connections == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused(lean: bool, certificate: Path) -> None:
    async with staged(GOOD, tls=server_side(certificate)) as stage:
        async with open_database(options(stage.url, lean)) as database:
            with pytest.raises(Unavailable):
                await database.get(CATALOG, KEY)
        assert stage.requests == []


PROVIDER = """
import datetime, json, pathlib
count = pathlib.Path({count!r})
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds={life})
print(json.dumps({{"Version": 1, "AccessKeyId": f"KEY{{number}}", "SecretAccessKey": "s", "SessionToken": "t",
                  "Expiration": ends.isoformat()}}))
"""


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A program in AWS's own configuration that gives keys KEY1, KEY2, ... that live so many seconds."""

    def configure(life: int) -> None:
        program = tmp_path / "provider.py"
        program.write_text(PROVIDER.format(count=str(tmp_path / "count"), life=life))
        config = tmp_path / "config"
        config.write_text(f"[default]\ncredential_process = {sys.executable} {program}\n")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    return configure


def _key(request: Request) -> str:
    return request.headers["authorization"].partition("Credential=")[2].partition("/")[0]


async def test_keys_about_to_expire_are_renewed_before_they_do(
    lean: bool, provider: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasources.dynamo.credentials.LOOK_SECONDS", 0.0)
    provider(5 * 60)
    async with staged(GOOD) as stage, open_database(options(stage.url, lean)) as database:
        for _ in range(2):
            await database.get(CATALOG, KEY)
    first, second = (_key(request) for request in stage.requests)
    assert int(second[3:]) > int(first[3:])


async def test_keys_with_a_long_life_are_kept(
    lean: bool, provider: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasources.dynamo.credentials.LOOK_SECONDS", 0.0)
    provider(6 * 3600)
    async with staged(GOOD) as stage, open_database(options(stage.url, lean)) as database:
        for _ in range(3):
            await database.get(CATALOG, KEY)
    assert [_key(request) for request in stage.requests] == ["KEY1"] * 3


async def test_keys_that_the_service_calls_expired_are_asked_for_again(provider: Callable[[int], None]) -> None:
    provider(6 * 3600)
    async with staged(refusal("ExpiredTokenException"), GOOD) as stage, open_database(options(stage.url)) as database:
        assert await database.get(CATALOG, KEY) == ITEM
    assert len(stage.requests) == 2


async def test_a_provider_that_fails_later_makes_the_store_unavailable(
    lean: bool, provider: Callable[[int], None], tmp_path: Path
) -> None:
    provider(60)
    async with staged(GOOD) as stage, open_database(options(stage.url, lean)) as database:
        (tmp_path / "provider.py").write_text("raise SystemExit('no keys today')")
        with pytest.raises(Unavailable):
            await database.get(CATALOG, KEY)
    assert stage.requests == []


async def test_keys_that_have_expired_already_make_the_store_unavailable(
    lean: bool, provider: Callable[[int], None]
) -> None:
    provider(-60)
    async with staged(GOOD) as stage, open_database(options(stage.url, lean)) as database:
        with pytest.raises(Unavailable):
            await database.get(CATALOG, KEY)
    assert stage.requests == []
