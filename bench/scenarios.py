"""What is asked: operations, their variables, who asks, and which kind of server answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.dataset import Dataset

_OPERATIONS = Path(__file__).parent / "operations"
ALIAS = "benchALIAS"
"""Stands in a document where each request has a name of its own."""

_MEMORY, _CACHED, _DYNAMODB = frozenset({"memory"}), frozenset({"cached"}), frozenset({"dynamodb"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question; `kinds` are the ways of serving that are compared: memory, cached, dynamodb."""

    name: str
    title: str
    kinds: frozenset[str]
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    signed_in: bool = True
    always_new: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """The request as a JSON object."""
        return {"query": self.query, **({"variables": self.variables} if self.variables else {})}


def scenarios(dataset: Dataset) -> list[Scenario]:
    """All of them, in the order of the report."""
    home, page, title = _text("home"), _text("page"), _text("title")
    rails = {"rails": dataset.rail_ids}
    by_id = {"id": dataset.movie_id}
    listed = {"input": {"titleId": dataset.movie_id, "inWatchlist": True}}
    return [
        Scenario(name="home", title="home, hot", kinds=_MEMORY, query=home, variables=rails),
        Scenario(name="page", title="title page, hot", kinds=_MEMORY, query=page, variables={"id": dataset.series_id}),
        Scenario(name="title", title="title(id), hot", kinds=_MEMORY | _CACHED, query=title, variables=by_id),
        Scenario(name="mutation", title="mutation, hot", kinds=_MEMORY, query=_text("mutation"), variables=listed),
        Scenario(
            name="anonymous",
            title="anonymous page, response caches",
            kinds=_CACHED,
            query=_text("anonymous"),
            signed_in=False,
        ),
        Scenario(
            name="new-home",
            title="home, always-new documents",
            kinds=_MEMORY,
            query=home.replace("on Rail {", f"on Rail {{ {ALIAS}: id", 1),
            variables=rails,
            always_new=True,
        ),
        Scenario(
            name="new-title",
            title="title(id), always-new documents",
            kinds=_MEMORY,
            query=title.replace("{ id: $id }) {", f"{{ id: $id }}) {{ {ALIAS}: id", 1),
            variables=by_id,
            always_new=True,
        ),
        Scenario(name="dynamodb-home", title="home over DynamoDB", kinds=_DYNAMODB, query=home, variables=rails),
    ]


def _text(name: str) -> str:
    return (_OPERATIONS / f"{name}.graphql").read_text()
