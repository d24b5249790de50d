"""The child process: loopback only, dies with its parent, keeps its state when told to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from emulation.child import CloudDidNotStart, embedded_aws
from emulation.outputs import Outputs
from emulation.provision import Clients

_LISTENING = "0A"


def _listeners(pid: int) -> set[str]:
    """Local addresses that this process listens on, as the kernel's tables have them; stdlib only."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == _LISTENING and columns[9] in inodes:
                found.add(columns[1])
    return found


def _hex(url: str) -> str:
    return f"0100007F:{httpx.URL(url).port:04X}"


def _pid(outputs: Outputs) -> int:
    return int(httpx.get(f"{outputs.endpoint_url}/_marquee/ready").json()["pid"])


@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's socket tables")
def test_only_its_two_loopback_ports_are_open(cloud: Outputs) -> None:
    # Touch services that are known to open listeners of their own.
    clients = Clients(endpoint_url=cloud.endpoint_url)
    clients("iot").list_things()
    clients("transfer").list_servers()
    assert _listeners(_pid(cloud)) == {_hex(cloud.endpoint_url), _hex(cloud.media_base_url)}


def test_it_ends_when_its_parent_is_killed() -> None:
    script = (
        "import os, signal\n"
        "from emulation.child import embedded_aws\n"
        "with embedded_aws() as outputs:\n"
        "    print(outputs.endpoint_url, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)
    url = parent.stdout.decode().strip()
    assert parent.returncode == -9 and url.startswith("http://127.0.0.1:")
    with httpx.Client(base_url=url) as client:
        for _ in range(200):
            try:
                client.get("/_marquee/ready")
            except httpx.TransportError:
                return
    pytest.fail("the child outlived its parent")


def test_state_survives_a_restart_in_a_data_dir(tmp_path: Path) -> None:
    genre = {"pk": {"S": "GENRES"}, "sk": {"S": "drama"}}
    with embedded_aws(data_dir=tmp_path, scale=25) as before:
        clients = Clients(endpoint_url=before.endpoint_url)
        table = before.tables["catalog"]
        demo = clients("dynamodb").scan(TableName=table, Select="COUNT")["Count"]
        clients("dynamodb").put_item(TableName=table, Item={**genre, "changed": {"BOOL": True}})
        clients("s3").put_object(Bucket=before.buckets["media"], Key="v/t/1/x.txt", Body=b"kept")
    with embedded_aws(data_dir=tmp_path, scale=25) as after:
        clients = Clients(endpoint_url=after.endpoint_url)
        assert clients("dynamodb").scan(TableName=table, Select="COUNT")["Count"] == demo > 1000
        found = clients("dynamodb").get_item(TableName=table, Key=genre)["Item"]
        assert found == {**genre, "changed": {"BOOL": True}}
        assert clients("s3").get_object(Bucket=after.buckets["media"], Key="v/t/1/x.txt")["Body"].read() == b"kept"
        assert (after.cloudfront, after.viewer_pool, after.users) == (
            before.cloudfront,
            _moved(before, after).viewer_pool,
            before.users,
        )


def test_without_a_data_dir_nothing_is_left() -> None:
    with embedded_aws() as outputs:
        folder = Path(outputs.data_dir)
        assert folder.is_dir()
    assert not folder.exists()


def test_a_cloud_that_is_not_ready_in_time_is_an_error() -> None:
    with pytest.raises(CloudDidNotStart, match="did not become ready within 0 s"), embedded_aws(patience=0):
        pass


def _moved(before: Outputs, after: Outputs) -> Outputs:
    """What `before` says, at the addresses of `after`: ports change with every start."""
    return Outputs.from_json(
        before.to_json()
        .replace(before.endpoint_url, after.endpoint_url)
        .replace(before.media_base_url, after.media_base_url)
    )
