"""What a rail may hold: nothing watched, excluded, over-age, unlicensed, unreleased or shown in another rail."""

from __future__ import annotations

import numpy as np

from recommender.contract import decode
from recommender.rank import TURN, rank
from tests.recommender.conftest import NOW, RECORDS

BY_ID = {record["id"]: record for record in RECORDS}
RAILS = [
    {"id": "forYou", "k": 30},
    {"id": "because", "seed": "tt9", "k": 20},
    {"id": "similar", "seed": "tt8", "k": 20},
    {"id": "fresh", "k": 20},
    {"id": "trending", "k": 20},
]


def ask(scorer, *, context=None, **profile):
    fields = {"id": "p", "history": [], "rails": RAILS} | profile
    day, requests = decode({"v": 1, "now": NOW, "context": context, "requests": [fields]})
    (result,) = rank(scorer, day, requests)
    return {rail["id"]: rail for rail in result["rails"]}


def shown(rails):
    return [BY_ID[id_] for rail in rails.values() for id_ in rail["items"]]


def test_a_new_watch_changes_the_top_ten(scorer):
    before = ask(scorer, history=[["tt9", 1, -100]], rails=[{"id": "forYou", "k": 10}])
    after = ask(scorer, history=[["tt9", 1, -100], ["tt11", 1, -1]], rails=[{"id": "forYou", "k": 10}])
    assert before["forYou"]["items"] != after["forYou"]["items"]
    genre = sum(BY_ID[id_]["genres"] == BY_ID["tt11"]["genres"] for id_ in after["forYou"]["items"])
    assert genre > sum(BY_ID[id_]["genres"] == BY_ID["tt11"]["genres"] for id_ in before["forYou"]["items"])


def test_watched_and_excluded_titles_never_come_back(scorer):
    history = [[f"tt{number}", 1, -number] for number in range(60, 20, -1)]
    rails = ask(scorer, history=history, exclude=["tt3", "tt4", "unknown"])
    assert not {id_ for rail in rails.values() for id_ in rail["items"]} & {row[0] for row in history} | {
        "tt3",
        "tt4",
    } & {title["id"] for title in shown(rails)}


def test_over_age_unlicensed_and_unreleased_titles_never_come_back(scorer):
    titles = shown(
        ask(scorer, history=[["tt9", 1, 0]], context={"country": "FR", "maxMaturity": 6, "kinds": ["MOVIE"]})
    )
    assert len(titles) > 40
    assert {title["maturity"] for title in titles} == {6}
    assert {tuple(title["countries"]) for title in titles} == {("*",)}
    assert {title["kind"] for title in titles} == {"MOVIE"}
    assert all(title["releaseDate"] <= NOW for title in titles)


def test_a_profile_may_have_its_own_limits(scorer):
    grown = ask(scorer, history=[["tt9", 1, 0]], context={"country": "DE"})
    child = ask(scorer, history=[["tt9", 1, 0]], context={"country": "DE", "maxMaturity": 6})
    assert 18 in {title["maturity"] for title in shown(grown)}
    assert 18 not in {title["maturity"] for title in shown(child)}


def test_rails_repeat_nothing_but_similar_stands_alone(scorer):
    rails = ask(scorer, history=[["tt9", 1, 0]])
    items = [id_ for name, rail in rails.items() if name != "similar" for id_ in rail["items"]]
    assert len(items) == len(set(items))
    assert set(rails["similar"]["items"]) & set(items)
    assert "tt8" not in rails["similar"]["items"]


def test_rails_take_turns_so_that_each_begins_with_its_best(scorer):
    """What a rail has to leave to another one is what that one needs for its own first places."""
    history, because = [["tt9", 1, 0]], {"id": "because", "seed": "tt9", "k": 20}
    alone = ask(scorer, history=history, rails=[because])["because"]["items"]
    both = ask(scorer, history=history, rails=[{"id": "forYou", "k": 60}, because])
    first = both["forYou"]["items"][:TURN]
    assert set(first) & set(alone[:TURN])
    assert both["because"]["items"][:TURN] == [id_ for id_ in alone if id_ not in first][:TURN]
    assert len(both["forYou"]["items"]) == 60


def test_because_names_a_history_title_that_contributed(scorer, model):
    history = [["tt9", 1, -9], ["nobody-knows", 1, -8], ["tt10", 1, -5], ["tt12", -1, -2]]
    rails = ask(scorer, history=history)
    named = [(place, id_) for rail in rails.values() for place, id_ in zip(rail["because"], rail["items"], strict=True)]
    index = model.catalogue.index
    reasons = [(history[place], id_) for place, id_ in named if place is not None]
    assert len(reasons) > 50
    assert {row[0] for row, _ in reasons} == {"tt9", "tt10"}
    assert all(row[1] * model.weights[index[row[0]], index[id_]] > 0 for row, id_ in reasons)
    assert {place for place in rails["because"]["because"][:5]} == {0}


def test_a_franchise_has_two_titles_in_a_rail(scorer):
    rails = ask(scorer, history=[["tt37", 1, 0]], rails=[{"id": "forYou", "k": 60}, {"id": "trending", "k": 60}])
    for rail in rails.values():
        assert sum(BY_ID[id_]["franchise"] == "saga" for id_ in rail["items"]) <= 2


def test_new_titles_get_the_kept_places_with_their_probability(scorer):
    rail = ask(scorer, history=[["tt9", 1, 0]], rails=[{"id": "forYou", "k": 10}], seed=1)["forYou"]
    assert {rail["items"][3], rail["items"][8]} == {"tt0", "tt1"}
    assert [rail["source"][3], rail["source"][8]] == ["fresh", "fresh"]
    assert [rail["propensity"][3], rail["propensity"][8]] == [0.975, 1.0]
    assert [share for at, share in enumerate(rail["propensity"]) if at not in (3, 8)] == [1.0] * 8


def test_exploration_happens_at_its_rate_and_the_same_seed_repeats(scorer):
    rails = [ask(scorer, rails=[{"id": "forYou", "k": 4}], seed=seed)["forYou"] for seed in range(300)]
    explored = [rail for rail in rails if rail["source"][3] == "explore"]
    assert 0 < len(explored) < 30
    assert {rail["propensity"][3] for rail in explored} == {0.025}
    assert rails[7] == ask(scorer, rails=[{"id": "forYou", "k": 4}], seed=7)["forYou"]


def test_a_boosted_genre_rises(scorer):
    plain = ask(scorer, rails=[{"id": "forYou", "k": 10}])
    boosted = ask(scorer, rails=[{"id": "forYou", "k": 10}], boost={"genres": {"horror": 3.0, "opera": 1.0}})
    horror = [sum(title["genres"] == ["horror"] for title in shown(rails)) for rails in (plain, boosted)]
    assert horror[1] > horror[0]


def test_a_batch_answers_like_single_requests(scorer):
    profiles = [
        {"id": str(at), "history": [[f"tt{at + 3}", 1, 0], [f"tt{at + 50}", 0.9, 0]], "rails": RAILS, "seed": at}
        for at in range(40)
    ]
    day, requests = decode({"v": 1, "now": NOW, "requests": profiles})
    together = rank(scorer, day, requests)
    apart = [rank(scorer, day, [request])[0] for request in requests]
    assert [[rail["items"] for rail in result["rails"]] for result in together] == [
        [rail["items"] for rail in result["rails"]] for result in apart
    ]


def test_a_disliked_title_pushes_its_kind_down(scorer):
    liked = ask(scorer, history=[["tt9", 1, 0]], rails=[{"id": "forYou", "k": 20}])
    refused = ask(scorer, history=[["tt9", -1, 0]], rails=[{"id": "forYou", "k": 20}])
    counts = [np.sum([title["genres"] == ["crime"] for title in shown(rails)]) for rails in (liked, refused)]
    assert counts[0] > counts[1]


def test_where_nothing_may_be_shown_rails_are_empty(scorer):
    rails = ask(scorer, history=[["tt9", 1, 0]], context={"kinds": ["RADIO"]})
    assert {name: rail["items"] for name, rail in rails.items()} == {rail["id"]: [] for rail in RAILS}
