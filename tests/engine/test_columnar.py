"""Answers at first sight: kept segments and the values in their gaps; what the schema says is read once."""

from __future__ import annotations

import orjson
from graphql import GraphQLObjectType, build_schema

from engine.columnar import _filled
from engine.facts import SchemaFacts
from engine.segments import Segment

SCHEMA = build_schema("type Query { name: String  list: [Query!] }")


def test_a_segment_with_nothing_in_its_gaps_is_the_text_that_it_keeps_for_that() -> None:
    assert isinstance(SCHEMA.query_type, GraphQLObjectType)
    blank = orjson.Fragment(b'{"a":null,"b":null}')
    kept = Segment(SCHEMA.query_type, (b'{"a":', b',"b":', b"}"), blank)
    assert _filled(kept, (None, None)) is blank
    assert orjson.dumps(_filled(kept, (None, {"x": 1}))) == b'{"a":null,"b":{"x":1}}'
    assert orjson.dumps(_filled(kept, (0, None))) == b'{"a":0,"b":null}'


def test_the_facts_of_a_field_are_found_once() -> None:
    facts = SchemaFacts(SCHEMA)
    root = SCHEMA.query_type
    assert root is not None
    assert facts.of(root)["list"] is facts.of(root)["list"]
    assert (facts.of(root)["list"].depth, facts.of(root)["name"].leaf, list(facts.of(root))) == (
        1,
        True,
        ["list", "name"],
    )
