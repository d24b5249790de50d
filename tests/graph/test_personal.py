"""The personal home page: its rails and their sources, its calls, a model that dies, lags or lies, children, tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from datasources import doubt
from datasources.clients import Clients
from datasources.dynamodb import Database
from datasources.recommendations import Pace, Recommendations
from datasources.sagemaker import open_endpoint
from datasources.viewers import Viewers
from domain.errors import Unavailable
from domain.recommending import pseudonym
from emulation.outputs import Outputs
from resolvers.context import Context
from resolvers.ids import encode_id
from tests.catalogue import NOW, World, movie
from tests.graph.conftest import operation
from tests.graph.households import ADA, BEN, KIM, Household, signed_in
from tests.recommender_stub import Script, model_server

FILMS = [f"m{n:03d}" for n in range(1, 161)]
SHELVES = {
    "home": ["trending", "editorial:night", "genre:drama"],
    "trending": FILMS[:30],
    "popular": FILMS[40:100],
    "editorial:night": ["m007", "m009"],
    "genre:drama": FILMS[:60],
    "genre:crime": FILMS[:60:2],
}
HOME = """{ home(first: 20) { nodes { id name kind source titles(first: 3) {
  nodes { name } edges { attribution node { id } } } } } }"""
WATCH = """mutation($id: ID!, $at: DateTime!) { setProgress(input: {
  playableId: $id, positionSeconds: 5000, completed: true, observedAt: $at}) { errors { message } } }"""
BEGIN = """mutation($id: ID!, $at: DateTime!) { setProgress(input: {
  playableId: $id, positionSeconds: 600, observedAt: $at}) { errors { message } } }"""
LIST = "mutation($id: ID!) { setWatchlist(input: {titleId: $id, inWatchlist: true}) { errors { message } } }"
RATE = """mutation($id: ID!, $feedback: Feedback) { setFeedback(input: {titleId: $id, feedback: $feedback}) {
  errors { message } } }"""


def film(number: int) -> str:
    return encode_id("Movie", f"m{number:03d}")


@pytest.fixture
def script(cloud: Outputs, control: httpx.Client) -> Iterator[Script]:
    with model_server(FILMS) as (url, script):
        control.post("/_marquee/recommender", json={"url": url}).raise_for_status()
        yield script
        control.post("/_marquee/recommender", json={"url": None})
        control.post("/_marquee/faults", json={"rules": []})


@pytest.fixture
async def model(cloud: Outputs, aws_environment: None) -> AsyncIterator[Recommendations]:
    """A model that pages wait for as long as it takes."""
    async with open_endpoint(cloud.sagemaker_endpoint_name, Clients(cloud.region), cloud.endpoint_url) as endpoint:
        source = Recommendations(endpoint, pace=Pace(page=5.0, call=10.0))
        async with source.running():
            yield source


class Lake:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *told: self.told.append((name, told))


@pytest.fixture
async def household(open_world, model: Recommendations, script: Script) -> Household:
    ask = await open_world(World(movies=[movie(n) for n in range(1, 161)], series=[], rankings=SHELVES))
    ask.sources = replace(ask.sources, recommendations=model, events=Lake())
    return await Household(ask=ask, sub=uuid4().hex).stored()


async def page(household: Household, **more: Any) -> dict[str, Any]:
    """The rails by their kind: (name, source, the names of their titles)."""
    answer = await household(HOME, **more)
    assert "errors" not in answer
    rails = answer["data"]["home"]["nodes"]
    return {
        rail["kind"]: (
            rail["name"],
            rail["source"],
            [one["name"].removeprefix("Film ") for one in rail["titles"]["nodes"]],
        )
        for rail in reversed(rails)
    }


async def watched(household: Household, *numbers: int, document: str = WATCH, **more: Any) -> None:
    for after, number in enumerate(numbers):
        now = NOW + timedelta(minutes=after)
        answer = await household(document, {"id": film(number), "at": now.isoformat()}, now=now, **more)
        assert not answer.get("errors"), answer


async def test_a_profile_that_did_nothing_has_what_the_model_makes_of_nothing(household):
    assert await page(household) == {
        "RECOMMENDED": ("Recommended for you", "MODEL", ["1", "2", "3"]),
        "TRENDING": ("Trending now", "RANKING", ["1", "2", "3"]),
        "EDITORIAL": ("Night", "EDITORIAL", ["7", "9"]),
        "GENRE": ("Drama", "RANKING", ["1", "2", "3"]),
    }


async def test_what_a_profile_does_is_on_its_next_page(household, script):
    await page(household)
    await watched(household, 50)
    await watched(household, 20, document=BEGIN)
    await household(LIST, {"id": film(30)})
    await household(RATE, {"id": film(1), "feedback": "DISLIKE"})
    assert await page(household) == {
        "CONTINUE_WATCHING": ("Continue watching", "PERSONAL", ["20"]),
        "WATCHLIST": ("My list", "PERSONAL", ["30"]),
        "RECOMMENDED": ("Recommended for you", "MODEL", ["2", "3", "4"]),
        "BECAUSE_YOU_WATCHED": ("Because you watched Film 50", "MODEL", ["51", "52", "53"]),
        "TRENDING": ("Trending now", "RANKING", ["1", "2", "3"]),
        "EDITORIAL": ("Night", "EDITORIAL", ["7", "9"]),
        "GENRE": ("Drama", "RANKING", ["1", "2", "3"]),
    }
    (request,) = script.asked[-1]["requests"]
    assert {title: weight for title, weight, _ in request["history"]} == {
        "m050": 1.0,
        "m020": 0.5,
        "m030": 0.6,
        "m001": -1.0,
    }
    assert household.sub not in json.dumps(script.asked)


async def test_a_heading_names_the_title_in_the_callers_language(household):
    await watched(household, 50)
    rails = await page(household, languages=("nl",))
    assert rails["BECAUSE_YOU_WATCHED"][0] == "Omdat je Filmpje 50 keek"


async def test_a_title_that_was_only_rated_is_not_said_to_have_been_watched(household):
    await household(RATE, {"id": film(50), "feedback": "LOVE"})
    assert (await page(household))["BECAUSE_YOU_WATCHED"] == ("Because you liked Film 50", "MODEL", ["51", "52", "53"])
    await watched(household, 50)
    assert (await page(household))["BECAUSE_YOU_WATCHED"][0] == "Because you watched Film 50"


async def test_the_calls_of_a_page(household):
    """Anonymous none once the catalogue is warm; personal three Queries, progress and the model; again the Queries."""
    await household.ask(operation("home"))
    cold = household.ask.calls.names
    await household.ask(operation("home"))
    assert (cold, household.ask.calls.names) == (
        ["BatchGetItem catalog 2", "BatchGetItem catalog 6", "Query catalog", "BatchGetItem catalog 26"],
        [],
    )
    await watched(household, 50)
    await watched(household, 20, document=BEGIN)
    await household(HOME)
    queries = ["Query viewers", "Query viewers", "Query viewers"]
    asked = [*queries, "GetItem viewers", "InvokeEndpoint marquee-recommender", "BatchGetItem catalog 65"]
    assert household.ask.calls.names == asked
    await household(HOME)
    assert household.ask.calls.names == queries
    await household(RATE, {"id": film(50), "feedback": "LOVE"})
    await household(HOME)
    assert household.ask.calls.names == asked[:-1]


async def test_each_level_of_an_operation_asks_the_model_once(household, script):
    """What is like a title is asked for when the title is known; it is the same for everybody, and remembered."""
    document = """query($id: ID!) { home { nodes { name } } again: home { nodes { source } }
      title(by: {id: $id}) { similar(first: 2) { nodes { name } } } }"""
    await watched(household, 11)
    answer = await household(document, {"id": film(10)})
    assert [[rail["id"] for one in body["requests"] for rail in one["rails"]] for body in script.asked] == [
        ["forYou", "because"],
        ["similar"],
    ]
    assert [one["name"] for one in answer["data"]["title"]["similar"]["nodes"]] == ["Film 11", "Film 12"]
    await household(document, {"id": film(10)}, profile=ADA, country="NL")
    assert [rail["id"] for one in script.asked[-1]["requests"] for rail in one["rails"]] == ["similar"]


async def test_similar_asks_the_model_for_all_parents_at_once(household, script):
    document = "{ titles(first: 3, sort: NAME) { nodes { name similar(first: 2) { nodes { name } } } } }"
    answer = await household.ask(document)
    assert len([call for call in household.ask.calls.names if "Invoke" in call]) == 1
    assert [one["name"] for one in answer["data"]["titles"]["nodes"][0]["similar"]["nodes"]] == ["Film 2", "Film 3"]
    assert not doubt.raised()
    script.status = 500
    answer = await household.ask(document, country="BE")
    assert doubt.raised()
    assert [len(one["similar"]["nodes"]) for one in answer["data"]["titles"]["nodes"]] == [2, 2, 2]


@pytest.mark.parametrize("fault", ["dead", "slow", "corrupt", "throttled", "lying"])
async def test_a_page_is_complete_whatever_the_model_does(household, model, script, fault):
    await watched(household, 50)
    if fault == "dead":
        script.status = 500
    elif fault == "slow":
        script.late = threading.Event()
        model.pace = Pace(page=0.05, call=10.0)
    elif fault == "corrupt":
        script.corrupt = b'{"v":1,"model":"m","results":[{"id":"0:x","rails":[]}]}'
    elif fault == "throttled":
        script.status = 429
    else:
        script.cheats, script.titles = True, ["gone", *FILMS]
    rails = await page(household)
    assert [*rails][::-1] == ["RECOMMENDED", "BECAUSE_YOU_WATCHED", "TRENDING", "EDITORIAL", "GENRE"]
    if fault == "lying":
        assert rails["RECOMMENDED"] == ("Recommended for you", "MODEL", ["1", "2", "3"])
    else:
        assert rails["RECOMMENDED"] == ("Recommended for you", "RANKING", ["41", "42", "43"])
        assert rails["BECAUSE_YOU_WATCHED"][1] == "FALLBACK"
    assert "50" not in rails["RECOMMENDED"][2] + rails["BECAUSE_YOU_WATCHED"][2]


async def test_the_last_good_answer_stands_in_without_what_was_watched_since(household, script):
    await page(household)
    script.status = 500
    await watched(household, 1)
    rails = await page(household)
    assert rails["RECOMMENDED"] == ("Recommended for you", "FALLBACK", ["2", "3", "4"])
    script.status = 200
    await watched(household, 2)
    assert (await page(household))["RECOMMENDED"] == ("Recommended for you", "MODEL", ["3", "4", "5"])


@pytest.mark.parametrize(
    ("shelves", "source", "titles"),
    [
        ({"home": ["trending"], "trending": FILMS[20:30]}, "RANKING", ["21", "22", "23"]),
        ({"home": ["editorial:night"], "editorial:night": ["m005", "m006"]}, "EDITORIAL", ["5", "6"]),
    ],
)
async def test_without_a_model_rankings_and_then_the_editors_choose(open_world, shelves, source, titles):
    world = World(movies=[movie(n) for n in range(1, 161)], series=[], rankings=shelves)
    household = await Household(ask=await open_world(world), sub=uuid4().hex).stored()
    assert (await page(household))["RECOMMENDED"] == ("Recommended for you", source, titles)


async def test_children_are_recommended_what_they_may_see(open_world, model, script):
    adult = replace(movie(1).maturity, minimum_age=16)
    child = replace(movie(1).maturity, minimum_age=6)
    films = [movie(n, maturity=child if n % 5 == 0 else adult) for n in range(1, 161)]
    ask = await open_world(World(movies=films, series=[], rankings=SHELVES))
    ask.sources = replace(ask.sources, recommendations=model)
    household = await Household(ask=ask, sub=uuid4().hex).stored()
    await watched(household, 10, profile=KIM)
    await household(LIST, {"id": film(15)}, profile=KIM)
    rails = await page(household, profile=KIM)
    assert rails["RECOMMENDED"] == ("Recommended for you", "MODEL", ["5", "20", "25"])
    assert {int(name) % 5 for _, _, names in rails.values() for name in names} == {0}
    assert script.asked[-1]["requests"][0]["context"] == {"country": "NL", "maxMaturity": 7}


async def test_nobody_sees_the_rails_of_another_profile(household):
    await watched(household, 50)
    await household(HOME)
    others = await page(household, profile=ADA)
    anonymous = (await household.ask(HOME))["data"]["home"]["nodes"]
    assert "BECAUSE_YOU_WATCHED" not in others
    assert [rail["kind"] for rail in anonymous] == ["TRENDING", "EDITORIAL", "GENRE"]
    node = "query($id: ID!) { node(id: $id) { ... on Rail { name titles(first: 1) { nodes { name } } } } }"
    mine = await household(node, {"id": encode_id("Rail", "because:m050")})
    theirs = await household(node, {"id": encode_id("Rail", "because:m050")}, profile=ADA)
    nobody = await household.ask(node, {"id": encode_id("Rail", "recommended")})
    assert mine["data"]["node"] == {"name": "Because you watched Film 50", "titles": {"nodes": [{"name": "Film 51"}]}}
    assert (theirs["data"], nobody["data"]) == ({"node": None}, {"node": None})


async def test_the_page_goes_on_rail_by_rail_and_title_by_title(household):
    document = """query($after: String, $title: String) { home(first: 2, after: $after) { nodes { id kind
      titles(first: 25, after: $title) { nodes { name } pageInfo { endCursor hasNextPage } } }
      pageInfo { endCursor hasNextPage } } }"""
    await watched(household, 50)
    await household(LIST, {"id": film(30)})
    first = (await household(document))["data"]["home"]
    second = (await household(document, {"after": first["pageInfo"]["endCursor"]}))["data"]["home"]
    third = (await household(document, {"after": second["pageInfo"]["endCursor"]}))["data"]["home"]
    kinds = [rail["kind"] for part in (first, second, third) for rail in part["nodes"]]
    assert kinds == ["WATCHLIST", "RECOMMENDED", "BECAUSE_YOU_WATCHED", "TRENDING", "EDITORIAL", "GENRE"]
    titles = first["nodes"][1]["titles"]
    node = """query($id: ID!, $after: String) { node(id: $id) { ... on Rail { titles(first: 25, after: $after) {
      nodes { name } pageInfo { hasNextPage } } } } }"""
    variables = {"id": first["nodes"][1]["id"], "after": titles["pageInfo"]["endCursor"]}
    rest = (await household(node, variables))["data"]["node"]["titles"]
    every = [one["name"] for part in (titles, rest) for one in part["nodes"]]
    assert (len(every), len(set(every)), rest["pageInfo"]["hasNextPage"]) == (40, 40, False)
    foreign = await household(node, variables, profile=ADA)
    assert foreign["errors"][0]["code"] == "BAD_REQUEST"


async def test_no_title_is_recommended_twice(household):
    await watched(household, 50, 3)
    document = "{ home { nodes { kind titles(first: 40) { nodes { name } } } } }"
    rails = (await household(document))["data"]["home"]["nodes"]
    names = [
        one["name"]
        for rail in rails
        if rail["kind"] in ("RECOMMENDED", "BECAUSE_YOU_WATCHED")
        for one in rail["titles"]["nodes"]
    ]
    assert len(names) == len(set(names)) > 40


class Broken:
    """A database one of whose personal indexes cannot be read."""

    def __init__(self, database: Database, prefix: str) -> None:
        self._database, self._prefix = database, prefix

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def query(self, table: Any, query: Any) -> Any:
        if query.prefix == self._prefix:
            raise Unavailable("The table is down. Try again.", retry_after=1)
        return await self._database.query(table, query)


@pytest.mark.parametrize(
    ("prefix", "broken"), [("CW#", {"CONTINUE_WATCHING", "RECOMMENDED"}), ("HI#", {"RECOMMENDED"})]
)
async def test_a_rail_that_fails_is_null_and_the_rest_of_the_page_is_there(household, prefix, broken):
    await household(LIST, {"id": film(30)})
    viewers = Viewers(database=Broken(household.ask.sources.viewers.database, prefix))
    household.ask.sources = replace(household.ask.sources, viewers=viewers)
    answer = await household(HOME)
    rails = {rail["kind"]: rail["titles"] for rail in answer["data"]["home"]["nodes"]}
    assert {kind for kind, titles in rails.items() if titles is None} == broken
    assert [one["name"] for one in rails["WATCHLIST"]["nodes"]] == ["Film 30"]
    assert [one["name"] for one in rails["TRENDING"]["nodes"]] == ["Film 1", "Film 2", "Film 3"]
    assert {error["code"] for error in answer["errors"]} == {"UNAVAILABLE"}


async def test_a_rail_can_come_later(household):
    document = """{ home(first: 1) { nodes { kind source ... @defer { titles(first: 2) { nodes { name } } } } } }"""
    context = Context(
        sources=household.ask.sources, country="NL", languages=("en",), now=NOW, viewer=signed_in(household.sub, BEN)
    )
    engine = household.ask.engine
    frames = [frame async for frame in engine.execute_incrementally(engine.prepare(document), {}, context)]
    first, *rest = (json.loads(frame.body) for frame in frames)
    assert first["data"] == {"home": {"nodes": [{"kind": "RECOMMENDED", "source": "MODEL"}]}}
    titles = {"titles": {"nodes": [{"name": "Film 1"}, {"name": "Film 2"}]}}
    assert [part["data"] for frame in rest for part in frame.get("incremental", ())] == [titles]


IMPRESSIONS = """mutation($items: [ImpressionInput!]!) { recordImpressions(input: {impressions: $items}) {
  accepted errors { code message } } }"""


def impression(edge: Any, action: str = "CLICKED", title: str | None = None) -> dict[str, str]:
    return {
        "attribution": edge["attribution"],
        "titleId": title or edge["node"]["id"],
        "action": action,
        "at": NOW.isoformat(),
    }


async def test_a_click_is_joined_to_the_model_that_chose_it(household):
    household.ask.sources.recommendations._variants = {"AllTraffic": 1}
    rails = (await household(HOME))["data"]["home"]["nodes"]
    edges = {rail["kind"]: rail["titles"]["edges"] for rail in rails}
    sent = [impression(edges["RECOMMENDED"][1]), impression(edges["TRENDING"][0], "SHOWN")]
    answer = await household(IMPRESSIONS, {"items": sent})
    assert answer["data"]["recordImpressions"] == {"accepted": 2, "errors": []}
    (_, clicked), (_, shown) = household.ask.sources.events.told
    assert (clicked[1], clicked[3].value) == ("m002", "CLICKED")
    assert clicked[4] == {
        "rail": "recommended",
        "position": 1,
        "model": "m1",
        "variant": "AllTraffic",
        "source": "cf",
    }
    assert (shown[1], shown[4]["rail"], shown[4]["source"]) == ("m001", "trending", "RANKING")
    assert clicked[0].profile == "ben"


async def test_only_tokens_of_this_caller_and_title_are_taken(household):
    rails = (await household(HOME))["data"]["home"]["nodes"]
    mine, public = rails[0]["titles"]["edges"][0], rails[1]["titles"]["edges"][0]
    forged = public | {"attribution": public["attribution"][:-4] + "AAAA"}
    cases = [impression(mine), impression(mine, title=film(9)), impression(forged), impression(public)]
    assert (await household(IMPRESSIONS, {"items": cases}))["data"]["recordImpressions"]["accepted"] == 2
    others = await household(IMPRESSIONS, {"items": [impression(mine), impression(public)]}, profile=ADA)
    anonymous = await household.ask(IMPRESSIONS, {"items": [impression(mine), impression(public)]})
    late = await household(IMPRESSIONS, {"items": [impression(mine)]}, now=NOW + timedelta(days=8))
    counts = [one["data"]["recordImpressions"]["accepted"] for one in (others, anonymous, late)]
    assert counts == [1, 1, 0]
    assert [told[0] for _, told in household.ask.sources.events.told][-1] is None
    many = await household(IMPRESSIONS, {"items": [impression(public)] * 101})
    assert many["data"]["recordImpressions"]["errors"][0]["code"] == "INVALID"


async def test_the_lists_of_a_profile_have_no_attribution(household):
    await household(LIST, {"id": film(30)})
    rails = (await household(HOME))["data"]["home"]["nodes"]
    assert rails[0]["titles"]["edges"][0]["attribution"] is None


async def test_what_was_watched_and_rated_is_told_to_the_lake(household):
    await watched(household, 5)
    await household(RATE, {"id": film(5), "feedback": "LOVE"})
    await household(RATE, {"id": film(5), "feedback": None})
    (kind, (profile, seen)), (_, rated), (_, taken_back) = household.ask.sources.events.told
    assert (kind, profile.profile, seen.playable, seen.completed) == ("progress", "ben", "m005", True)
    assert (rated[1], rated[2].value, taken_back[2]) == ("m005", "LOVE", None)


def test_pseudonyms_need_the_key():
    assert pseudonym(b"a" * 32, "x", "y") == pseudonym(b"a" * 32, "x", "y")
    assert len({pseudonym(b"a" * 32, "x", "y"), pseudonym(b"b" * 32, "x", "y"), pseudonym(b"a" * 32, "xy", "")}) == 3
