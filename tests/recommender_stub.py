"""A model server whose answers a test scripts: right ones by its own rules, late ones, wrong ones, none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_TURN = 8
"""Titles that a rail takes before the next one has its turn, as with the real model."""


@dataclass
class Script:
    """What the server does next; `asked` are the bodies that it got."""

    titles: list[str]
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    """Of the next answers, before `status` counts again."""
    corrupt: bytes | None = None
    late: threading.Event | None = None
    """Answers wait until it is set."""
    cheats: bool = False
    """Gives what was watched and excluded all the same."""
    model: str = "m1"
    asked: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Titles of the script in their order from behind the seed, with nothing that the request rules out."""
        results = [self._result(one) for one in request["requests"]]
        return {"v": 1, "model": self.model, "results": results}

    def _result(self, request: dict[str, Any]) -> dict[str, Any]:
        known = {row[0] for row in request["history"]} | set(request["exclude"])
        used: set[str] = set() if self.cheats else known
        rails: list[tuple[dict[str, Any], Iterator[str], list[str]]]
        rails = [(rail, self._order(rail), []) for rail in request["rails"]]
        for size in range(_TURN, max(rail["k"] for rail, _, _ in rails) + _TURN, _TURN):
            for rail, order, items in rails:
                shared = set(used) if rail["id"] == "similar" else used
                while len(items) < min(size, rail["k"]) and (id_ := next(order, None)) is not None:
                    if id_ not in shared:
                        items.append(id_)
                        shared.add(id_)
        return {"id": request["id"], "rails": [_told(rail, items) for rail, _, items in rails], "fallback": None}

    def _order(self, rail: dict[str, Any]) -> Iterator[str]:
        begin = self.titles.index(rail["seed"]) + 1 if rail.get("seed") in self.titles else 0
        return (id_ for id_ in self.titles[begin:] + self.titles[:begin] if id_ != rail.get("seed"))


def _told(rail: dict[str, Any], items: list[str]) -> dict[str, Any]:
    return {
        "id": rail["id"],
        "seed": rail.get("seed"),
        "items": items,
        "scores": [1.0] * len(items),
        "because": [None] * len(items),
        "source": ["cf"] * len(items),
        "propensity": [1.0] * len(items),
    }


@contextmanager
def model_server(titles: list[str]) -> Iterator[tuple[str, Script]]:
    """The address of a server on a free port, and its script."""
    script = Script(titles)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with script.lock:
                script.asked.append(request)
                status = script.statuses.pop(0) if script.statuses else script.status
            if script.late is not None:
                script.late.wait(10)
            body = script.corrupt if script.corrupt is not None else json.dumps(script.answer(request)).encode()
            try:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", script
        finally:
            if script.late is not None:
                script.late.set()
            server.shutdown()
            thread.join()
