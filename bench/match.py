"""The precondition of every comparison: all servers give the same answer to the same question."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from bench.contestants import FLOOR, Contestant, Setting
from bench.load import Target, ask
from bench.processes import Running
from bench.scenarios import ALIAS, Scenario


class Differs(Exception):
    """A server answered with an error, or with other data than the first one."""


def target_of(scenario: Scenario, contestant: Contestant, running: Running, setting: Setting) -> Target:
    """The scenario's request to that server."""
    signed_in = setting.identity.headers if scenario.signed_in else {}
    return Target(
        port=running.port,
        path=contestant.path.format(scenario=scenario.name),
        headers={**signed_in, **contestant.headers},
        body=json.dumps(scenario.body),
        always_new=scenario.always_new,
    )


def answer_of(target: Target, who: str) -> bytes:
    """The body of a good answer; raises Differs for anything else."""
    status, body = asyncio.run(ask(target))
    if status != 200 or json.loads(body).get("errors"):
        raise Differs(f"{who} answers {status}: {body[:500].decode(errors='replace')}")
    return body


def data_of(body: bytes) -> Any:
    """`data` with the name of the one alias that differs between requests made equal."""
    return _renamed(json.loads(body)["data"])


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {_name(key): _renamed(one) for key, one in value.items()}
    return [_renamed(one) for one in value] if isinstance(value, list) else value


def _name(key: str) -> str:
    """The loader's aliases are an a, digits, an x and digits."""
    head, _, tail = key.removeprefix("a").partition("x")
    return ALIAS if head.isdigit() and tail.isdigit() else key


def check(first: tuple[str, bytes], contestant: Contestant, body: bytes) -> None:
    """Raises Differs unless both have the same data; the order of keys is left open, because graphql-jit changes it."""
    if contestant.name == FLOOR:
        return
    expected, found = (json.dumps(data_of(one), sort_keys=True) for one in (first[1], body))
    if expected != found:
        place = next((at for at, pair in enumerate(zip(expected, found, strict=False)) if pair[0] != pair[1]), 0)
        around = slice(max(0, place - 80), place + 120)
        raise Differs(
            f"{contestant.name} and {first[0]} differ:\n  {first[0]}: {expected[around]}\n"
            f"  {contestant.name}: {found[around]}"
        )
