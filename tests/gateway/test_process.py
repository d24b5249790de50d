"""The command line as processes: starts, refusals, stops, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from gateway.demo import environment

ROOT = Path(__file__).parents[2]


def bare():
    """This process's environment without anything of ours or AWS's."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MARQUEE_", "AWS_", "DATA_DIR", "SCALE"))
    }


def gateway(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=ROOT,
        env={**bare(), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def started(*arguments, **variables):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "gateway", *arguments],
        cwd=ROOT,
        env={**bare(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(10)
        process.stdout.close()


def until(condition, seconds=30):
    """Waits for it; the test fails when it does not come."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


def alive(url):
    with suppress(httpx.HTTPError):
        return httpx.get(url, timeout=1).status_code == 200
    return False


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_start_without_settings_says_what_is_missing_one_line_each():
    found = gateway("serve")
    lines = found.stderr.splitlines()
    assert found.returncode == 2
    assert "AWS_REGION (the AWS region of the tables) is missing. Example: AWS_REGION=eu-west-1" in lines
    assert all(" is missing. Example: " in line for line in lines)


def test_a_wrong_argument_is_a_line_and_no_trace():
    for arguments in (("serv",), (), ("demo", "--port", "http"), ("demo", "--port", "99999")):
        found = gateway(*arguments)
        assert found.returncode == 2
        assert "Traceback" not in found.stderr and found.stderr


def test_a_wrong_scale_stops_the_demo():
    found = gateway("demo", "--port", "0", SCALE="many")
    assert (found.returncode, found.stderr) == (
        2,
        "SCALE is a number of titles from 1 to 1000000, not 'many'. Example: SCALE=20000\n",
    )


def test_a_token_without_a_demo_says_so():
    found = gateway("token", "--port", "1")
    assert (found.returncode, found.stderr) == (2, "No demo runs here. Start one with `make run`, and ask again.\n")


def test_the_settings_are_listed():
    lines = gateway("settings").stdout.splitlines()
    assert "MARQUEE_TABLES__CATALOG: the table of titles and people (required, such as marquee-prod-catalog)" in lines
    assert len(lines) > 60


def test_the_schema_is_printed_as_it_is_checked_in_form():
    text = gateway("schema").stdout
    assert text.startswith('"""') and text.endswith("}\n") and "type Query {" in text


@pytest.fixture
def deployed(empty_cloud):
    """The settings of a gateway on this worker's cloud, as a deployment would have them."""
    return environment(empty_cloud, None) | {
        "MARQUEE_SERVER__PORT": str(free_port()),
        "MARQUEE_SERVER__DRAIN_DELAY_SECONDS": "0.5",
    }


def test_a_deployed_gateway_serves_counts_and_ends_with_zero(deployed):
    base = f"http://127.0.0.1:{deployed['MARQUEE_SERVER__PORT']}"
    counts = str(free_port())
    with started("serve", **deployed, MARQUEE_SERVER__METRICS_PORT=counts) as process:
        until(lambda: alive(f"{base}/readyz"))
        answer = httpx.post(f"{base}/graphql", json={"query": "{ genres { name } }"})
        assert (answer.status_code, answer.json()) == (200, {"data": {"genres": []}})
        introspection = httpx.post(f"{base}/graphql", json={"query": "{ __schema { queryType { name } } }"})
        assert introspection.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "Did you mean" not in httpx.post(f"{base}/graphql", json={"query": "{ genre { name } }"}).text
        page = httpx.get(f"{base}/graphql", headers={"accept": "text/html"})
        assert (page.status_code, "for staff" in page.text, "<script" in page.text) == (200, True, True), page.text
        metrics = httpx.get(f"http://127.0.0.1:{counts}/metrics").text
        assert (
            'marquee_operations_total{caller="anonymous",operation="query",outcome="ok",transport="http"} 1.0'
            in metrics
        )
        assert "marquee_dependency_calls_total" in metrics
        assert "marquee_revoked_sign_ins 0.0" in metrics
        assert "marquee_revocation_looks_failed_total 0.0" in metrics
        assert httpx.get(f"{base}/metrics").status_code == 404
        process.send_signal(signal.SIGTERM)
        until(lambda: httpx.get(f"{base}/readyz").status_code == 503)
        assert process.wait(20) == 0


def test_workers_share_a_port_are_replaced_and_end_with_their_parent(deployed):
    base = f"http://127.0.0.1:{deployed['MARQUEE_SERVER__PORT']}"
    chosen = deployed | {"MARQUEE_SERVER__WORKERS": "2", "MARQUEE_SERVER__DRAIN_DELAY_SECONDS": "0"}
    for how in (signal.SIGTERM, signal.SIGKILL):
        with started("serve", **chosen) as process:
            until(lambda: alive(f"{base}/readyz"))
            workers = until(lambda: len(found := children_of(process.pid)) == 2 and found)
            process.send_signal(how)
            assert process.wait(20) == (0 if how is signal.SIGTERM else -signal.SIGKILL)
            until(lambda pids=workers: not any(Path(f"/proc/{pid}").exists() for pid in pids))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_setting_that_is_found_wrong_late_is_a_line_too(deployed, workers):
    wrong = {"MARQUEE_DOCUMENTS__MANIFESTS": "/missing.json", "MARQUEE_SERVER__WORKERS": workers}
    found = gateway("serve", **deployed | wrong)
    line = "MARQUEE_DOCUMENTS__MANIFESTS names a file that cannot be read: /missing.json (No such file or directory)."
    told = {text for text in found.stderr.splitlines() if not text.startswith("{")}
    assert (found.returncode, told) == (2, {line}), found.stderr


def test_a_taken_port_is_a_line(deployed):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = gateway("serve", **deployed | {"MARQUEE_SERVER__PORT": str(taken.getsockname()[1])})
    assert found.returncode == 2
    [line] = found.stderr.splitlines()
    assert "cannot be listened on (Address already in use). Choose another port." in line


def children_of(pid):
    """The child processes, by the kernel's own list."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def welcomed(process):
    """The demo's address, once it has said that it runs."""
    for line in process.stdout:
        if "GraphiQL" in line:
            return line.split()[1].removesuffix("/graphql")
    raise AssertionError("the demo ended without a welcome")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_demo_leaves_nothing_behind_however_it_ends(how):
    with started("demo", "--port", "0", SCALE="60") as process:
        base = welcomed(process)
        children = children_of(process.pid)
        assert len(children) == 2  # the embedded AWS and the recommender
        answer = httpx.post(f"{base}/graphql", json={"query": "{ titles(first: 3) { nodes { name } } }"})
        assert len(answer.json()["data"]["titles"]["nodes"]) == 3
        if how is signal.SIGINT:
            port = base.rpartition(":")[2]
            token = gateway("token", "--as", "editor", "--port", port).stdout.strip()
            viewer = httpx.post(
                f"{base}/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {token}"}
            )
            assert viewer.json()["extensions"]["cost"]["limit"] == 50_000
            assert gateway("token", "--as", "nobody", "--port", port).returncode == 2
        process.send_signal(how)
        assert process.wait(30) == (-signal.SIGKILL if how is signal.SIGKILL else 0)
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def test_what_a_demo_was_told_survives_a_restart_with_a_data_dir(tmp_path):
    query = "{ titles(first: 1) { nodes { id } pageInfo { endCursor } } }"
    cursors = []
    for _ in range(2):
        with started("demo", "--port", "0", SCALE="60", DATA_DIR=str(tmp_path)) as process:
            base = welcomed(process)
            page = httpx.post(f"{base}/graphql", json={"query": query}).json()["data"]["titles"]["pageInfo"]
            cursors.append(page["endCursor"])
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
    assert cursors[0] == cursors[1]
    assert oct((tmp_path / "gateway-secrets.json").stat().st_mode & 0o777) == "0o600"
