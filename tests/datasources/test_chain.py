"""Keys from botocore's chain: the providers, which may hang, are asked beside the loop, once for all, and in time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import Any

import pytest

from datasources.chain import MUST_RENEW_SECONDS, Chain


class Keys:
    """Temporary keys KEY1, KEY2, ... that live `life` seconds; botocore begins to renew them 15 minutes earlier."""

    def __init__(self, life: float) -> None:
        self.life, self.renewals = life, 0
        self.renewed_life = 6 * 3600.0
        self.failure: Exception | None = None
        self.answering = threading.Event()
        self.answering.set()

    def refresh_needed(self, within: int | None = None) -> bool:
        return self.life < (900 if within is None else within)

    def get_frozen_credentials(self) -> str:
        if self.refresh_needed():
            assert threading.current_thread() is not threading.main_thread()
            self.answering.wait(5)
            if self.failure is not None:
                raise self.failure
            self.renewals += 1
            self.life = self.renewed_life
        return f"KEY{self.renewals}"


class Session:
    """Finds the keys that it is given, one per call."""

    def __init__(self, *found: Any) -> None:
        self.found = [*found]
        self.calls = 0

    def get_credentials(self) -> Any:
        self.calls += 1
        return self.found.pop(0)


async def test_many_at_once_are_one_question():
    session = Session(Keys(6 * 3600))
    chain = Chain(session)
    assert await asyncio.gather(*(chain.get_frozen_credentials() for _ in range(20))) == ["KEY0"] * 20
    assert session.calls == 1


async def test_keys_with_a_long_life_are_handed_out_without_a_thread(monkeypatch: pytest.MonkeyPatch):
    chain = Chain(Session(Keys(6 * 3600)))
    await chain.get_frozen_credentials()
    monkeypatch.setattr(threading.Thread, "start", lambda _: pytest.fail("a thread was started"))
    assert await chain.get_frozen_credentials() == "KEY0"


async def test_keys_that_are_good_for_a_while_are_renewed_without_being_waited_for():
    keys = Keys(6 * 3600)
    chain = Chain(Session(keys))
    await chain.get_frozen_credentials()
    keys.life = MUST_RENEW_SECONDS + 100
    keys.answering.clear()
    assert [await chain.get_frozen_credentials() for _ in range(3)] == ["KEY0"] * 3
    keys.answering.set()
    await asyncio.shield(chain._asking)
    assert await chain.get_frozen_credentials() == "KEY1"


async def test_keys_that_end_soon_are_waited_for_by_all():
    keys = Keys(6 * 3600)
    chain = Chain(Session(keys))
    await chain.get_frozen_credentials()
    keys.life = MUST_RENEW_SECONDS - 100
    keys.answering.clear()
    waiting = asyncio.gather(*(chain.get_frozen_credentials() for _ in range(5)))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    keys.answering.set()
    assert await waiting == ["KEY1"] * 5
    assert keys.renewals == 1


async def test_one_that_gives_up_waiting_takes_nothing_from_the_others():
    keys = Keys(0)
    keys.answering.clear()
    chain = Chain(Session(keys))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await chain.get_frozen_credentials()
    waiting = asyncio.create_task(chain.get_frozen_credentials())
    keys.answering.set()
    assert await waiting == "KEY1"
    assert keys.renewals == 1


async def test_a_failure_is_told_and_asked_again():
    keys = Keys(0)
    keys.failure = RuntimeError("no metadata")
    chain = Chain(Session(keys))
    with pytest.raises(RuntimeError, match="no metadata"):
        await chain.get_frozen_credentials()
    keys.failure = None
    assert await chain.get_frozen_credentials() == "KEY1"


async def test_where_there_are_no_keys_they_are_looked_for_again():
    chain = Chain(Session(None, Keys(6 * 3600)))
    assert [await chain.get_frozen_credentials() for _ in range(2)] == [None, "KEY0"]


LOADED = """
import asyncio, sys
import gateway.run
from datasources.dynamo import Options, open_database
from datasources.tables import CATALOG

async def main():
    async with open_database(Options(region="eu-west-1", endpoint_url="http://127.0.0.1:9")) as database:
        try:
            await database.get(CATALOG, ("T#1", "META"))
        except Exception as error:
            print(type(error).__name__)

asyncio.run(main())
print(*sorted({"aiobotocore", "aiohttp", "boto3"} & set(sys.modules)))
"""


def test_a_process_that_asks_dynamodb_alone_loads_no_client_of_aws(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["Unavailable", ""]
