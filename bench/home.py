"""`python -m bench.home`: the personal home page of the demo with the model's endpoint alive, and with it dead."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx

from emulation.identity import token_for
from gateway.demo_tokens import running
from scripts.selfcheck import demo

LOADS = 40
DEAD = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""

_HOME = "{ home(first: 8) { nodes { name kind source titles(first: 20) { nodes { id name } } } } }"
_FILMS = "{ titles(first: 100, filter: {kind: MOVIE}) { nodes { id } } }"
_WATCH = """mutation($i: SetProgressInput!) { setProgress(input: $i) { errors { message } } }"""
_SELECT = "mutation($i: SelectProfileInput!) { selectProfile(input: $i) { token } }"


class Viewer:
    """The demo's viewer with a profile, over HTTP."""

    def __init__(self, base: str, token: str) -> None:
        self._client = httpx.Client(base_url=base, headers={"authorization": f"Bearer {token}"}, timeout=20)
        profiles = self.ask("{ viewer { profiles { id } } }")["viewer"]["profiles"]
        chosen = self.ask(_SELECT, {"i": {"id": profiles[0]["id"]}})["selectProfile"]
        self._client.headers["x-profile-token"] = chosen["token"]

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        answer = self._client.post("/graphql", json={"query": query, "variables": variables or {}}).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def watch(self, film: str) -> None:
        """A new observation: the next page asks the model anew instead of remembering its last answer."""
        seen = {"playableId": film, "positionSeconds": 10, "observedAt": datetime.now(UTC).isoformat()}
        self.ask(_WATCH, {"i": seen})


def _loads(viewer: Viewer, films: list[str]) -> tuple[list[float], Counter[str]]:
    times, sources = [], Counter[str]()
    for film in films:
        viewer.watch(film)
        begin = time.perf_counter()
        rails = viewer.ask(_HOME)["home"]["nodes"]
        times.append((time.perf_counter() - begin) * 1000)
        assert rails and all(rail["titles"] is not None for rail in rails)
        sources.update(rail["source"] for rail in rails)
    return times, sources


def _told(name: str, loads: tuple[list[float], Counter[str]]) -> None:
    times, sources = loads
    p50, p95 = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
    print(f"{name:<16} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   complete {len(times)}/{len(times)}   {dict(sources)}")


def main() -> None:
    """Every page must be complete either way; only `source` tells the difference."""
    with demo(os.environ | {"SCALE": os.environ.get("SCALE", "500")}) as (process, base):
        outputs, _ = running(int(base.rpartition(":")[2]))
        viewer = Viewer(base, token_for(outputs, "viewer"))
        films = [node["id"] for node in viewer.ask(_FILMS)["titles"]["nodes"]]
        _until_modelled(viewer, films[-1])
        _told("endpoint alive", _loads(viewer, films[:LOADS]))
        control = httpx.post(f"{outputs.endpoint_url}/_marquee/recommender", json={"url": DEAD})
        control.raise_for_status()
        _told("endpoint dead", _loads(viewer, films[LOADS : 2 * LOADS]))
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _until_modelled(viewer: Viewer, film: str) -> None:
    """The recommender trains its first model beside the demo's start; waits until it answers."""
    for _ in range(60):
        viewer.watch(film)
        if any(rail["source"] == "MODEL" for rail in viewer.ask(_HOME)["home"]["nodes"]):
            return
        time.sleep(1)
    raise SystemExit("The recommender did not answer within a minute.")


if __name__ == "__main__":
    main()
