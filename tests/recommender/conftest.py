"""Titles of two tastes and the small model that the recommender's tests share."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import uvicorn

from recommender.catalogue import Catalogue, build
from recommender.demo import SETTINGS
from recommender.fit import fit
from recommender.model import Model
from recommender.scores import Scorer
from recommender.serve import create_app
from recommender.synthetic import from_catalogue, simulate

TODAY = 20_780.0  # 2026-11-23
NOW = "2026-11-23T12:00:00Z"
GENRES = ("comedy", "crime", "drama", "horror")


def record(number: int) -> dict:
    """Title tt<number>: genre by number, every seventh only in DE, every fifth for adults, two new, one to come."""
    released = {0: "2026-11-01", 1: "2026-11-10", 2: "2027-03-01"}.get(number, f"20{10 + number % 14}-05-01")
    return {
        "id": f"tt{number}",
        "kind": "SERIES" if number % 3 == 0 else "MOVIE",
        "genres": [GENRES[number % 4] if number > 2 else f"premiere{number}"],
        "countries": ["DE"] if number % 7 == 0 else ["*"],
        "maturity": 18 if number % 5 == 0 else 6,
        "releaseDate": released,
        "popularity": 200 - number if number > 2 else 0,
        "people": [f"person{number // 4}"] if number > 2 else [f"newcomer{number}"],
        "franchise": "saga" if 40 <= number < 60 else None,
    }


RECORDS = [record(number) for number in range(160)]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return build(RECORDS)


@pytest.fixture(scope="session")
def model(catalogue) -> Model:
    data = simulate(
        from_catalogue(catalogue, TODAY, count=1, follow=0.25)[0], users=500, seed=3, end=TODAY * 86_400, length=(8, 20)
    ).data
    return fit(data.where(data.item > 2), catalogue, SETTINGS, version="tested")


@pytest.fixture(scope="session")
def scorer(model) -> Scorer:
    return Scorer(model=model)


@contextmanager
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[str]:
    """The container's app over a real server on a free port; yields its address."""
    with listener() as opened:
        server = uvicorn.Server(uvicorn.Config(create_app(directory), log_level="warning"))
        running = asyncio.create_task(server.serve(sockets=[opened]))
        while not server.started:  # noqa: ASYNC110 - the server offers no event
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
