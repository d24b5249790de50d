"""Kept segments: what they may hold, what they depend on, and how they are bounded."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from engine import MEMO, Engine, Memo
from engine.regions import Regions
from engine.segments import ENTRY_BYTES, SHELF_BYTES, Miss, Segments, Shelf
from tests.engine.compare import schema_of
from tests.engine.shop import Shop, engine
from tests.heap import taken

TEXT = """
query ($unit: Unit! = EURO, $with: Boolean = true) {
  things { __typename id label(unit: $unit) reviews { stars } stock { viewer } ... @include(if: $with) { tags } } }
"""


async def ask(made: Engine, shop: Shop, text: str = TEXT, **variables: Any) -> Any:
    answer = await made.execute(made.prepare(text), variables, shop)
    return json.loads(answer.body)


async def warm(made: Engine, text: str = TEXT, **variables: Any) -> None:
    """Two runs without generated code and one that keeps segments."""
    for _ in range(3):
        await ask(made, Shop(), text, **variables)


async def test_a_kept_segment_saves_shared_and_pure_fields_but_not_those_of_the_viewer() -> None:
    made = engine()
    await warm(made)
    shop = Shop(viewer="bob")
    answer = await ask(made, shop)
    assert [(name, sorted(ids)) for name, ids, _ in shop.calls] == [("stock", [0, 1, 2, 3, 4, 5])]
    assert [thing["stock"] for thing in answer["data"]["things"]] == [
        None if n % 4 == 0 else {"viewer": "bob"} for n in range(6)
    ]
    assert answer["data"] == (await ask(engine(), Shop(viewer="bob")))["data"]
    assert made.segment_bytes > 0


@pytest.mark.parametrize(
    "change",
    [
        {"shop": {"segment_key": "fr"}},
        {"variables": {"unit": "CENT"}},
        {"variables": {"with": False}},
        {"text": TEXT.replace("label", "l: label")},
    ],
)
async def test_a_segment_depends_on_the_segment_key_the_variables_the_conditions_and_the_text(change: Any) -> None:
    made = engine()
    await warm(made)
    options = change.get("variables", {}), change.get("text", TEXT), change.get("shop", {})
    await warm(made, options[1], **options[0])
    answer = await ask(made, Shop(**options[2]), options[1], **options[0])
    assert answer == await ask(engine(), Shop(**options[2]), options[1], **options[0])


@pytest.mark.parametrize("runs", [1, 2, 3, 5])
async def test_documents_with_the_same_selection_share_segments_from_their_first_run_on(runs: int) -> None:
    made = engine()
    shops = [Shop() for _ in range(runs + 2)]
    answers = [
        await ask(made, shop, TEXT.replace("things", f"t{n}: __typename things")) for n, shop in enumerate(shops)
    ]
    assert [call[0] for call in shops[0].calls].count("label") == 6
    assert [call[0] for call in shops[1].calls].count("label") == 6
    for shop in shops[2:]:
        assert [call[0] for call in shop.calls] == ["stock"]
    assert all(answer["data"]["things"] == answers[0]["data"]["things"] for answer in answers)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{ things { id ...F } } fragment F on Thing { label }", "{ things { id ...F } } fragment F on Thing { name }"),
        (
            "query($w: Boolean = true) { things { id label @include(if: $w) } }",
            "query($w: Boolean = false) { things { id label @include(if: $w) } }",
        ),
        (
            "query($u: Unit = EURO) { things { id label(unit: $u) } }",
            "query($u: Unit = CENT) { things { id label(unit: $u) } }",
        ),
        ("{ things { id label(times: 2) } }", "{ things { id label(times: 3) } }"),
        ("{ things { id ... on Book { label } } }", "{ things { id ... on Game { label } } }"),
        ("{ things { id } things { label } }", "{ things { label } things { id } }"),
        ("{ things { id stock { viewer } name } }", "{ things { stock { viewer } id name } }"),
    ],
)
async def test_documents_that_select_something_else_share_nothing(first: str, second: str) -> None:
    made = engine()
    await warm(made, first)
    for _ in range(4):
        answer = await made.execute(made.prepare(second), None, Shop())
        assert answer.body == (await engine().execute(engine().prepare(second), None, Shop())).body


async def test_a_selection_that_is_met_once_keeps_nothing() -> None:
    made = engine()
    await ask(made, Shop())
    assert made.segment_bytes == 0


async def test_selections_are_remembered_within_a_bound() -> None:
    made = engine()
    regions = made._facts.regions = Regions(2000)
    for number in range(50):
        await ask(made, Shop(), f"{{ things {{ l{number}: label }} }}")
    assert 10 < len(regions) < 60


async def test_a_new_version_is_rendered_anew_and_the_others_stay() -> None:
    made = engine()
    await warm(made)
    shop = Shop()
    shop.items[3] = replace(shop.items[3], name="new", version=2)
    answer = await ask(made, shop)
    assert [call for call in shop.calls if call[0] != "stock"] == [("reviews", [3], 2), ("label", 3)]
    assert answer["data"]["things"][3]["label"].startswith("new ")


async def test_forgotten_segments_are_made_again() -> None:
    made = engine()
    await warm(made)
    shop = Shop()
    shop.items[3] = replace(shop.items[3], name="changed in secret")
    assert (await ask(made, shop))["data"]["things"][3]["label"].startswith("item 3")
    made.forget_segments()
    assert made.segment_bytes == 0
    assert (await ask(made, shop))["data"]["things"][3]["label"].startswith("changed in secret")


async def test_a_guarded_field_is_never_kept() -> None:
    made = engine()
    text = "{ things { id ... on Game { players } } }"
    await warm(made, text)
    answer = await ask(made, Shop(viewer="nobody"), text)
    assert answer["data"] is None
    assert [error["path"] for error in answer["errors"]] == [["things", 1, "players"]]
    assert (await ask(made, Shop(), text))["data"]["things"][1] == {"id": "1", "players": 4}


async def test_an_error_beside_kept_segments_leaves_them_whole() -> None:
    made = engine()
    text = "{ things { id label ... on Game { rivals { id label stock { viewer } } } } }"
    first = await ask(made, Shop(), text)
    assert [error["path"] for error in first["errors"]] == [["things", 1, "rivals", 1]]
    for _ in range(5):
        assert await ask(made, Shop(), text) == first


async def test_the_bound_in_bytes_holds_and_what_is_used_stays() -> None:
    made = engine(max_segment_bytes=20_000)
    for number in range(60):
        text = TEXT.replace("label", f"l{number}: label")
        await warm(made, text)
        assert made.segment_bytes <= 20_000


async def test_without_any_bytes_nothing_is_kept() -> None:
    made = engine(max_segment_bytes=0)
    for _ in range(6):
        shop = Shop()
        await ask(made, shop)
    assert made.segment_bytes == 0
    assert {call[0] for call in shop.calls} == {"stock", "reviews", "label"}


def test_two_generations() -> None:
    segments = Segments(2 * (SHELF_BYTES + 3 * (ENTRY_BYTES + 10)))
    shelf = segments.shelf("here")
    kept = {name: orjson.Fragment(name.encode() * 10) for name in "abcdef"}
    for name in "abc":
        shelf.put(name, kept[name], 10)
    shelf.put("d", kept["d"], 10)
    assert (set(shelf.new), set(shelf.old)) == (set(), set("abcd"))
    assert shelf.get("a") is kept["a"]
    assert set(shelf.new) == {"a"}
    for name in "efghi":
        shelf.put(name, kept.get(name, kept["a"]), 10)
    assert "b" not in shelf.old and shelf.get("b") is None
    assert shelf.get("a") is kept["a"]


def test_what_is_put_after_forgetting_is_not_found() -> None:
    segments = Segments(10_000)
    before = segments.shelf("here")
    segments.clear()
    before.put("a", orjson.Fragment(b"1"), 1)
    assert segments.shelf("here").get("a") is None


def test_segment_keys_are_numbered_and_bounded() -> None:
    segments = Segments(10_000)
    assert segments.number(("de", "en")) == segments.number(("de", "en")) != segments.number(("fr",))
    for number in range(20_000):
        segments.number(number)
    assert len(segments._numbers) <= 5000


MIXED = """
interface Named { name: String }
type Red implements Named { name: String }
type Blue implements Named { name: String }
type Grey implements Named { name: String }
type Query { all: [Named] }
"""


async def test_types_behind_one_interface_may_be_kept_by_versions_of_their_own_or_not_at_all() -> None:
    reads: list[str] = []

    class Thing:
        def __init__(self, kind: str) -> None:
            self.kind = kind

        @property
        def name(self) -> str:
            reads.append(self.kind)
            return self.kind.lower()

    schema = schema_of(MIXED, Query_all=lambda *_: [Thing("Red"), Thing("Blue"), Thing("Grey"), Thing("Red")])
    schema.type_map["Named"].resolve_type = lambda value, *_: value.kind  # type: ignore[attr-defined]
    for kind, memo in (("Red", Memo(lambda thing: ("r", thing.kind))), ("Blue", Memo(lambda thing: {}[thing]))):
        schema.type_map[kind].extensions[MEMO] = memo
    made = Engine(schema)
    for _ in range(3):
        await made.execute(made.prepare("{ all { name } }"), None, None)
    reads.clear()
    answer = await made.execute(made.prepare("{ all { name } }"), None, None)
    assert answer.body == b'{"data":{"all":[{"name":"red"},{"name":"blue"},{"name":"grey"},{"name":"red"}]}}'
    assert reads == ["Blue", "Grey"]


def test_a_kept_text_takes_no_more_than_it_is_long() -> None:
    def keep() -> object:
        shelf = Shelf(Segments(10_000_000))
        plain = cast(Any, SimpleNamespace(holes=(), type=None))
        for number in range(200):
            Miss(plain, shelf, number).keep({"text": "x" * 1000}, True)
            Miss(plain, shelf, -number).keep_deep({"text": "x" * 1000}, True, (), ())
        return shelf

    assert taken(keep) < 400 * 1200
