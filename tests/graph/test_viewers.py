"""The household through the graph: profiles, PINs, lists, and what nobody else may see or change."""

from __future__ import annotations

from uuid import uuid4

import pytest

from domain.viewers import ANONYMOUS, Role, Viewer
from resolvers.ids import decode_id, encode_id
from resolvers.nodes import is_own
from tests.graph.households import ADA, BEN, KIM, PIN, Household

WHO = """{ viewer { id email country roles profile { name }
  membership { status plan { tier maxProfiles name price { amount currency } } }
  profiles { id name kids locked maxAge } } }"""
SELECT = """mutation($input: SelectProfileInput!) { selectProfile(input: $input) {
  token profile { name kids } errors { code message path ... on PinError { attemptsLeft lockedUntil } } } }"""
CREATE = """mutation($input: CreateProfileInput!) { createProfile(input: $input) {
  profile { name kids maxAge locked } viewer { profiles { name } } errors { code path } } }"""
UPDATE = """mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
  profile { name locked preferences { subtitleLanguage maxQuality autoplayNext } } errors { code path } } }"""
DELETE = "mutation($id: ID!) { deleteProfile(input: {id: $id}) { deletedId errors { code message } } }"


def profile_id(profile):
    return encode_id("Profile", profile.id)


def movie_id(number):
    return encode_id("Movie", f"m{number:03d}")


@pytest.fixture
async def household(ask):
    return await Household(ask=ask, sub=uuid4().hex).stored()


async def test_the_household_is_one_call_with_its_membership(household):
    answer = await household(WHO)
    assert answer == {
        "data": {
            "viewer": {
                "id": encode_id("Viewer", household.sub),
                "email": "ada@example.com",
                "country": "NL",
                "roles": ["VIEWER"],
                "profile": {"name": "Ben"},
                "membership": {
                    "status": "ACTIVE",
                    "plan": {
                        "tier": "STANDARD",
                        "maxProfiles": 4,
                        "name": "Standard",
                        "price": {"amount": "10.99", "currency": "EUR"},
                    },
                },
                "profiles": [
                    {"id": profile_id(ADA), "name": "Ada", "kids": False, "locked": True, "maxAge": 18},
                    {"id": profile_id(BEN), "name": "Ben", "kids": False, "locked": False, "maxAge": 16},
                    {"id": profile_id(KIM), "name": "Kim", "kids": True, "locked": False, "maxAge": 7},
                ],
            }
        }
    }
    assert household.ask.calls.names == ["BatchGetItem viewers 2"]


@pytest.mark.parametrize("caller", [ANONYMOUS, Viewer(sub="robot", client_id="robot", roles=frozenset({Role.PARTNER}))])
async def test_who_has_no_account_is_answered_null_without_a_call(ask, caller):
    assert await ask(WHO, viewer=caller) == {"data": {"viewer": None}}
    assert ask.calls.names == []


async def test_an_account_is_opened_when_its_owner_first_comes(ask):
    newcomer = Household(ask=ask, sub=uuid4().hex)
    first = await newcomer("{ viewer { country profiles { id name } } }", profile=None, country="BE")
    again = await newcomer("{ viewer { country profiles { id name } } }", profile=None, country="FR")
    assert first["data"]["viewer"]["country"] == "BE"
    assert first == again


async def test_a_locked_profile_is_selected_with_its_pin_only(household, deliverable):
    ask = Household(ask=deliverable(household.ask), sub=household.sub)
    wrong = await ask(SELECT, {"input": {"id": profile_id(ADA), "pin": "0000"}}, profile=None)
    none = await ask(SELECT, {"input": {"id": profile_id(ADA)}}, profile=None)
    right = await ask(SELECT, {"input": {"id": profile_id(ADA), "pin": PIN}}, profile=None)
    assert wrong["data"]["selectProfile"] == {
        "token": None,
        "profile": None,
        "errors": [
            {
                "code": "WRONG_PIN",
                "message": "That is not the PIN.",
                "path": ["input", "pin"],
                "attemptsLeft": 4,
                "lockedUntil": None,
            }
        ],
    }
    assert none["data"]["selectProfile"]["errors"][0]["code"] == "INVALID"
    assert right["data"]["selectProfile"] == {
        "token": f"{household.sub}/ada",
        "profile": {"name": "Ada", "kids": False},
        "errors": [],
    }


async def test_five_wrong_pins_lock_the_profile_for_the_right_one_too(household):
    tries = [await household(SELECT, {"input": {"id": profile_id(ADA), "pin": "0000"}}) for _ in range(5)]
    right = await household(SELECT, {"input": {"id": profile_id(ADA), "pin": PIN}})
    assert [one["data"]["selectProfile"]["errors"][0]["attemptsLeft"] for one in tries] == [4, 3, 2, 1, 0]
    assert right["data"]["selectProfile"]["token"] is None
    assert right["data"]["selectProfile"]["errors"][0]["lockedUntil"] == "2026-11-23T20:30:30Z"


async def test_a_profile_of_another_household_cannot_be_selected(household):
    other = await Household(ask=household.ask, sub=uuid4().hex, profiles=(KIM,)).stored()
    answer = await other(SELECT, {"input": {"id": profile_id(BEN)}}, profile=None)
    assert answer["data"]["selectProfile"]["errors"][0]["code"] == "NOT_FOUND"


async def test_where_anyone_has_a_pin_only_who_came_through_one_changes_the_household(household):
    wish = {"input": {"name": "Eve", "maxAge": 18}}
    for member in (None, BEN, KIM):
        refused = await household(CREATE, wish, profile=member)
        assert refused["data"] == {"createProfile": None}
        assert refused["errors"][0]["code"] == "FORBIDDEN"
    assert (await household(WHO))["data"]["viewer"]["profiles"][-1]["name"] == "Kim"
    created = await household(CREATE, wish, profile=ADA)
    assert created["data"]["createProfile"] == {
        "profile": {"name": "Eve", "kids": False, "maxAge": 18, "locked": False},
        "viewer": {"profiles": [{"name": "Ada"}, {"name": "Ben"}, {"name": "Kim"}, {"name": "Eve"}]},
        "errors": [],
    }


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"name": ""}, "INVALID", "name"),
        ({"name": "x" * 41}, "INVALID", "name"),
        ({"name": " bEN "}, "ALREADY_EXISTS", "name"),
        ({"name": "Eve", "kids": True, "maxAge": 13}, "INVALID", "maxAge"),
        ({"name": "Eve", "maxAge": -1}, "INVALID", "maxAge"),
        ({"name": "Eve", "pin": "12"}, "INVALID", "pin"),
        ({"name": "Eve", "pin": "12a4"}, "INVALID", "pin"),
    ],
)
async def test_a_bad_profile_is_told_which_field(household, wish, code, field):
    answer = await household(CREATE, {"input": wish}, profile=ADA)
    assert answer["data"]["createProfile"] == {
        "profile": None,
        "viewer": None,
        "errors": [{"code": code, "path": ["input", field]}],
    }


async def test_the_plan_limits_the_profiles(ask):
    full = await Household(ask=ask, sub=uuid4().hex, tier=None, profiles=(BEN, KIM)).stored()
    answer = await full(CREATE, {"input": {"name": "Eve"}}, profile=BEN)
    assert answer["data"]["createProfile"]["errors"] == [{"code": "LIMIT_REACHED", "path": None}]


async def test_preferences_change_by_parts(household):
    first = {"input": {"id": profile_id(BEN), "preferences": {"subtitleLanguage": "de", "maxQuality": "HD"}}}
    second = {"input": {"id": profile_id(BEN), "preferences": {"subtitleLanguage": None, "autoplayNext": False}}}
    await household(UPDATE, first, profile=ADA)
    answer = await household(UPDATE, second, profile=ADA)
    assert answer["data"]["updateProfile"]["profile"]["preferences"] == {
        "subtitleLanguage": None,
        "maxQuality": "HD",
        "autoplayNext": False,
    }


async def test_a_pin_is_set_kept_and_taken_away(household):
    await household(UPDATE, {"input": {"id": profile_id(BEN), "pin": "2468"}}, profile=ADA)
    kept = await household(UPDATE, {"input": {"id": profile_id(BEN), "name": "Benny"}}, profile=ADA)
    gone = await household(UPDATE, {"input": {"id": profile_id(BEN), "pin": None}}, profile=ADA)
    locked = [answer["data"]["updateProfile"]["profile"]["locked"] for answer in (kept, gone)]
    assert locked == [True, False]


async def test_a_deleted_profile_takes_its_history_along_and_the_last_one_stays(household):
    await household(WATCHLIST, {"id": movie_id(1), "on": True}, profile=BEN)
    answer = await household(DELETE, {"id": profile_id(BEN)}, profile=ADA)
    left = await household.ask.sources.viewers.accounts.of_profile(household.sub, "ben")
    assert answer["data"]["deleteProfile"] == {"deletedId": profile_id(BEN), "errors": []}
    assert left == []
    single = await Household(ask=household.ask, sub=uuid4().hex, profiles=(BEN,)).stored()
    kept = await single(DELETE, {"id": profile_id(BEN)}, profile=BEN)
    assert kept["data"]["deleteProfile"]["errors"][0]["code"] == "INVALID"


WATCHLIST = """mutation($id: ID!, $on: Boolean!) { setWatchlist(input: {titleId: $id, inWatchlist: $on}) {
  title { name viewerState { inWatchlist feedback } } errors { code } } }"""
RATE = """mutation($id: ID!, $feedback: Feedback) { setFeedback(input: {titleId: $id, feedback: $feedback}) {
  title { viewerState { inWatchlist feedback } } errors { code } } }"""


async def test_the_list_is_newest_first_and_pages_on(household):
    for number in (1, 2, 3):
        await household(WATCHLIST, {"id": movie_id(number), "on": True})
    page = """query($after: String) { viewer { profile { watchlist(first: 2, after: $after) {
      nodes { name availability { status } } pageInfo { endCursor hasNextPage } } } } }"""
    first = (await household(page))["data"]["viewer"]["profile"]["watchlist"]
    rest = (await household(page, {"after": first["pageInfo"]["endCursor"]}))["data"]["viewer"]["profile"]["watchlist"]
    assert len({node["name"] for one in (first, rest) for node in one["nodes"]}) == 3
    assert [first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]] == [True, False]


async def test_list_and_feedback_are_one_write_each_and_seen_at_once(household):
    added = await household(WATCHLIST, {"id": movie_id(1), "on": True})
    assert household.ask.calls.names[-1:] == ["UpdateItem viewers"]
    rated = await household(RATE, {"id": movie_id(1), "feedback": "LOVE"})
    assert added["data"]["setWatchlist"]["title"]["viewerState"] == {"inWatchlist": True, "feedback": None}
    assert rated["data"]["setFeedback"]["title"]["viewerState"] == {"inWatchlist": True, "feedback": "LOVE"}


async def test_states_and_progress_of_a_whole_page_are_one_call_per_hundred_items(household):
    document = """query($n: Int!) { titles(first: $n) { nodes {
      viewerState { inWatchlist } ... on Movie { progress { fraction } } } } }"""
    for number, calls in ((5, 1), (40, 1)):
        await household(document, {"n": number})
        await household(document, {"n": number})
        assert len(household.ask.calls.names) == calls


async def test_what_a_profile_did_is_its_own(household):
    """Another profile, an anonymous caller and a caller without a profile see nothing of it."""
    await household(WATCHLIST, {"id": movie_id(1), "on": True}, profile=BEN)
    state = "query($id: ID!) { title(by: {id: $id}) { viewerState { inWatchlist } } }"
    variables = {"id": movie_id(1)}
    ada = await household(state, variables, profile=ADA)
    nobody = await household(state, variables, profile=None)
    anonymous = await household.ask(state, variables)
    assert ada["data"]["title"]["viewerState"] == {"inWatchlist": False}
    assert nobody["data"]["title"]["viewerState"] is None
    assert anonymous["data"]["title"]["viewerState"] is None
    others = await household("{ viewer { profiles { watchlist { nodes { name } } } } }", profile=ADA)
    assert others["data"]["viewer"] is None
    assert {error["code"] for error in others["errors"]} == {"FORBIDDEN"}


MINE = """query($ids: [ID!]!, $id: ID!) {
  node(id: $id) { __typename } nodes(ids: $ids) { __typename ... on Movie { name progress { fraction } } } }"""


async def test_what_is_somebodys_own_is_remembered_for_nobody_not_even_that_it_is_hidden(household):
    rail = encode_id("Rail", "continue-watching")
    asked = {"ids": [encode_id("Viewer", household.sub), movie_id(1)], "id": profile_id(BEN)}
    hidden = {"node": None, "nodes": [None, {"__typename": "Movie", "name": "Film 1", "progress": None}]}
    shown = {"node": {"__typename": "Profile"}, "nodes": [{"__typename": "Viewer"}, hidden["nodes"][1]]}
    for _ in range(4):
        assert (await household.ask(MINE, asked))["data"] == hidden
        assert (await household(MINE, asked))["data"] == shown
    assert [is_own(decode_id(id_)) for id_ in (rail, movie_id(1), asked["id"])] == [True, False, True]


async def test_the_page_of_a_title_is_read_once_for_all_viewers_and_their_own_by_itself(household):
    page = "query($id: ID!) { title(by: {id: $id}) { name genres { name } ... on Movie { progress { fraction } } } }"
    another = await Household(ask=household.ask, sub=uuid4().hex).stored()
    for _ in range(5):
        await another(page, {"id": movie_id(1)})
    kept = household.ask.sources.catalog.cache
    before = kept.stats.hits
    answer = await household(page, {"id": movie_id(1)})
    assert answer["data"]["title"]["progress"] is None
    assert (kept.stats.hits, household.ask.calls.names) == (before, ["GetItem viewers"])


async def test_writes_without_a_profile_are_refused_and_change_nothing(household):
    refused = await household(WATCHLIST, {"id": movie_id(1), "on": True}, profile=None)
    assert refused["data"] == {"setWatchlist": None}
    assert refused["errors"][0]["code"] == "FORBIDDEN"
    assert not [name for name in household.ask.calls.names if name.startswith("UpdateItem")]


async def test_the_owner_gets_a_copy_of_everything_and_can_have_it_all_erased(household):
    await household(WATCHLIST, {"id": movie_id(1), "on": True}, profile=BEN)
    copied = await household("mutation { exportAccount { data errors { code } } }", profile=ADA)
    text = str(copied["data"]["exportAccount"]["data"])
    assert "ada@example.com" in text
    assert "ST#m001" in text
    assert str(ADA.pin_hash) not in text
    erase = "mutation($id: ID!) { eraseAccount(input: {viewerId: $id}) { erasedItems errors { code } } }"
    foreign = await household(erase, {"id": encode_id("Viewer", "someone")}, profile=ADA)
    kid = await household(erase, {"id": encode_id("Viewer", household.sub)}, profile=KIM)
    done = await household(erase, {"id": encode_id("Viewer", household.sub)}, profile=ADA)
    assert foreign["data"]["eraseAccount"]["errors"][0]["code"] == "INVALID"
    assert kid["errors"][0]["code"] == "FORBIDDEN"
    assert done["data"]["eraseAccount"] == {"erasedItems": 3, "errors": []}
    left = await household.ask.sources.viewers.accounts.everything(household.sub, ("ada", "ben", "kim"))
    assert left == []
