"""The inference container: /ping and /invocations as SageMaker calls them, over the artifact that lies on disk."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from recommender.contract import VERSION, BadRequest, decode
from recommender.model import BadArtifact, load, stamp
from recommender.rank import rank
from recommender.scores import Scorer

MAX_BODY = 6 * 1024 * 1024
JSON, LINES = "application/json", "application/jsonlines"
TYPES = {JSON: JSON, LINES: LINES, "application/x-ndjson": LINES, "application/jsonl": LINES}
IN_LOOP = 8  # More profiles than this are ranked in a thread, so that /ping is answered meanwhile.

log = logging.getLogger("recommender")


class Shelf:
    """The model on disk as a ready scorer; the manifest is looked at before each use, and a bad one changes nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stamp: tuple[int, int] | None = None
        self._scorer: Scorer | None = None

    def scorer(self) -> Scorer | None:
        """The present scorer, or None where no model has been readable yet."""
        found = stamp(self._directory)
        if found is not None and found != self._stamp:
            self._stamp = found
            try:
                self._scorer = warm(Scorer(model=load(self._directory)))
                log.info("model %s", self._scorer.model.version)
            except BadArtifact as error:
                log.error("the new model is not used: %s", error)
        return self._scorer


def warm(scorer: Scorer) -> Scorer:
    """Derives what the first request would wait for."""
    _ = (scorer.places, scorer.genres, scorer.trend)
    rank(scorer, 20_000.0, decode({"v": VERSION, "requests": [{"id": "warm", "rails": [{"id": "forYou"}]}]})[1])
    return scorer


class Refusal(Exception):
    """What the caller gets instead of an answer: a status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def create_app(directory: Path) -> Starlette:
    """The container's app over a model directory; it starts without a model and is then unhealthy until one comes."""
    shelf = Shelf(directory)

    async def ping(_: Request) -> Response:
        scorer = shelf.scorer()
        if scorer is None:
            return _json({"status": "no model"}, 503)
        return _json({"status": "ok", "model": scorer.model.version}, 200)

    async def invocations(request: Request) -> Response:
        try:
            kind = _content_type(request)
            body = await _body(request)
            scorer = shelf.scorer()
            if scorer is None:
                raise Refusal(503, "no model has been loaded yet; try again later")
            return await (_lines(scorer, body) if kind == LINES else _one(scorer, body))
        except Refusal as refusal:
            return _json({"error": str(refusal)}, refusal.status)
        except BadRequest as error:
            return _json({"error": str(error)}, 400)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            log.exception("an invocation failed")
            return _json({"error": "the model failed; see the container's log"}, 500)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        shelf.scorer()
        yield

    routes = [Route("/ping", ping, methods=["GET"]), Route("/invocations", invocations, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


def answer(scorer: Scorer, body: object) -> dict[str, Any]:
    """One decoded request's answer; raises BadRequest."""
    day, profiles = decode(body)
    return {"v": VERSION, "model": scorer.model.version, "results": rank(scorer, day, profiles)}


async def _one(scorer: Scorer, body: bytes) -> Response:
    fields = _parse(body)
    many = isinstance(fields, dict) and isinstance(fields.get("requests"), list) and len(fields["requests"]) > IN_LOOP
    result = await asyncio.to_thread(answer, scorer, fields) if many else answer(scorer, fields)
    return _json(result, 200)


async def _lines(scorer: Scorer, body: bytes) -> Response:
    """One answer per line in the same order; a bad line becomes a line with its error, so that a batch goes on."""

    def run() -> bytes:
        return b"".join(_dump(_line(scorer, line)) + b"\n" for line in body.splitlines() if line.strip())

    return Response(await asyncio.to_thread(run), media_type=LINES)


def _line(scorer: Scorer, line: bytes) -> dict[str, Any]:
    try:
        return answer(scorer, _parse(line))
    except BadRequest as error:
        return {"v": VERSION, "error": str(error)}


def _content_type(request: Request) -> str:
    sent = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if sent not in TYPES:
        raise Refusal(415, f"send {JSON} or {LINES}, not {sent}")
    wanted = request.headers.get("accept", "*/*").partition(";")[0].strip().lower()
    if wanted not in ("", "*/*", "application/*") and TYPES.get(wanted) != TYPES[sent]:
        raise Refusal(406, f"the answer is {TYPES[sent]}")
    return TYPES[sent]


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise Refusal(413, f"a request may have {MAX_BODY} bytes; send fewer profiles at a time")
        parts.append(part)
    return b"".join(parts)


def _parse(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from error
    return parsed


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _json(value: object, status: int) -> Response:
    return Response(_dump(value), status, media_type=JSON)
