"""The demo as processes: what it keeps, what it leaves behind, and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulation.identity import token_for
from emulation.provision import Clients
from gateway.demo_tokens import RUNNING
from tests.newcomer.demos import Demo, demo, gone, refused, until

GENRE = {"pk": {"S": "GENRES"}, "sk": {"S": "drama"}}
TITLES = "{ titles(first: 2) { nodes { id } pageInfo { endCursor } } }"
PROFILES = "{ viewer { profiles { id name } } }"


def asked(one: Demo, query: str, **variables: Any) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token_for(one.outputs, 'second')}"}
    answer = httpx.post(f"{one.base}/graphql", json={"query": query, "variables": variables}, headers=headers)
    found: dict[str, Any] = answer.json()
    assert "errors" not in found, found
    data: dict[str, Any] = found["data"]
    return data


def changed(one: Demo) -> None:
    """Changes something of each kind."""
    clients, outputs = Clients(endpoint_url=one.outputs.endpoint_url), one.outputs
    clients("dynamodb").put_item(TableName=outputs.tables["catalog"], Item={**GENRE, "changed": {"BOOL": True}})
    clients("s3").put_object(Bucket=outputs.buckets["media"], Key="v/t/1/x.txt", Body=b"kept")
    create = "mutation($input: CreateProfileInput!) { createProfile(input: $input) { errors { message } } }"
    assert asked(one, create, input={"name": "Nova"}) == {"createProfile": {"errors": []}}


def seen(one: Demo) -> dict[str, Any]:
    """What a restart with a data folder keeps."""
    clients, outputs = Clients(endpoint_url=one.outputs.endpoint_url), one.outputs
    genre = clients("dynamodb").get_item(TableName=outputs.tables["catalog"], Key=GENRE)["Item"]
    media = clients("s3").list_objects_v2(Bucket=outputs.buckets["media"])
    return {
        "genre": genre,
        "media": [(entry["Key"], entry["Size"]) for entry in media["Contents"]],
        "profiles": asked(one, PROFILES),
        "titles": asked(one, TITLES),
        "subjects": [(user.username, user.subject) for user in outputs.users],
        "pools": [(pool.pool_id, pool.client_id) for pool in (outputs.viewer_pool, outputs.staff_pool)],
        "partner": (outputs.partner.client_id, outputs.partner.client_secret),
        "keys": outputs.cloudfront.key_ids,
    }


def test_with_a_data_dir_everything_survives_its_restarts_and_a_kill_leaves_no_orphan(tmp_path: Path) -> None:
    with demo(DATA_DIR=str(tmp_path)) as first:
        changed(first)
        before = seen(first)
        assert refused(DATA_DIR=str(tmp_path)) == (
            2,
            f"DATA_DIR: {tmp_path} is in use by another demo. Stop that one, or name another folder."
            " Example: DATA_DIR=~/marquee-data\n",
        )
        assert refused("--port", first.port) == (
            2,
            f"127.0.0.1:{first.port} cannot be listened on (Address already in use). Choose another port.\n",
        )
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(30) == 0
    assert before["genre"]["changed"] == {"BOOL": True}
    assert ("v/t/1/x.txt", 4) in before["media"]
    assert "Nova" in [profile["name"] for profile in before["profiles"]["viewer"]["profiles"]]
    for how in (signal.SIGTERM, signal.SIGKILL):
        with demo(DATA_DIR=str(tmp_path)) as again:
            assert seen(again) == before
            below = again.descendants()
            assert below
            again.process.send_signal(how)
            assert again.process.wait(30) == (0 if how is signal.SIGTERM else -signal.SIGKILL)
            until(lambda pids=below: all(map(gone, pids)))


def test_without_a_data_dir_each_start_is_fresh_and_ctrl_c_stops_every_process() -> None:
    with demo() as first:
        changed(first)
        folder, below = Path(first.outputs.data_dir), first.descendants()
        assert folder.is_dir() and below
        model = folder / "recommender/60/model/model.json"
        until(model.is_file)
        assert json.loads(model.read_text())["facts"]["source"] == "simulated"
        os.killpg(first.process.pid, signal.SIGINT)
        assert first.process.wait(30) == 0
        assert all(map(gone, below))
    assert not folder.exists()
    with demo() as second:
        found = seen(second)
    assert "changed" not in found["genre"]
    assert "Nova" not in [profile["name"] for profile in found["profiles"]["viewer"]["profiles"]]


def test_a_folder_that_cannot_be_used_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refused(DATA_DIR=f"{tmp_path}/file/below") == (
        2,
        f"DATA_DIR: {tmp_path}/file/below cannot be used (Not a directory). Name a folder that you may write to."
        " Example: DATA_DIR=~/marquee-data\n",
    )


@pytest.mark.parametrize("scale", ["many", "0", "-5", "1.5", "1000001", "²"])
def test_a_scale_that_is_none_is_a_line(scale: str) -> None:
    assert refused(SCALE=scale) == (
        2,
        f"SCALE is a number of titles from 1 to 1000000, not {scale!r}. Example: SCALE=20000\n",
    )


def test_a_demo_tells_of_parts_that_die_and_stops_without_its_cloud() -> None:
    with demo(errors_to=subprocess.PIPE) as one:
        cloud, model = one.descendants()
        assert b"emulation" in Path(f"/proc/{cloud}/cmdline").read_bytes()
        os.kill(model, signal.SIGKILL)
        until(lambda: gone(model))
        assert asked(one, "{ home { nodes { titles { nodes { name } } } } }")["home"]["nodes"]
        os.kill(cloud, signal.SIGKILL)
        assert one.process.wait(30) == 1
        assert one.process.stderr is not None
        told = one.process.stderr.read()
    assert told.index("The recommender has ended by itself") < told.index("The embedded AWS has ended by itself")
    assert not (RUNNING / f"{one.port}.json").exists()
    assert not Path(one.outputs.data_dir).exists()
