"""Thousands of generated cases in every run; hundreds of thousands with `python -m tests.engine.differential`."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine.choices import Drawn, Seeded
from tests.engine.differential import check_schema

pytestmark = pytest.mark.filterwarnings("ignore")

SCHEMAS_PER_TEST = 10


@pytest.mark.parametrize("first", range(0, 120, SCHEMAS_PER_TEST))
def test_the_engine_answers_as_graphql_core_does(first: int) -> None:
    """Each schema has four documents, each document five sets of values, each set one execution per viewer."""
    for seed in range(first, first + SCHEMAS_PER_TEST):
        found = asyncio.run(check_schema(Seeded(seed)))
        assert found["cases"] >= 3, seed


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_a_difference_is_shrunk(data: st.DataObject) -> None:
    """The same generator driven by hypothesis, so that what fails is small."""
    asyncio.run(check_schema(Drawn(data), documents=1))
