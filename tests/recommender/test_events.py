"""What event lines become: weights, bounces, opinions, episodes, deletions, exposures."""

from __future__ import annotations

import json

import pytest

from recommender.events import episodes, read

INDEX = {"film": 0, "series": 1, "other": 2}


def line(kind, title="film", profile="p", at="2026-11-20T10:00:00Z", **fields):
    return json.dumps({"type": kind, "profile": profile, "title": title, "at": at} | fields)


def rows(log):
    names = list(INDEX)
    return [
        (log.profiles[user], names[item], pytest.approx(float(weight)))
        for user, item, weight in zip(log.data.user, log.data.item, log.data.weight, strict=True)
    ]


@pytest.mark.parametrize(
    ("fraction", "completed", "weight"),
    [(0.3, True, 1.0), (0.8, False, 0.9), (0.4, False, 0.5), (0.05, False, -0.3)],
)
def test_how_much_was_watched_is_how_gladly(fraction, completed, weight):
    log = read([line("progress", fraction=fraction, completed=completed)], INDEX)
    assert rows(log) == [("p", "film", weight)]


def test_bounces_unknown_titles_and_broken_lines_are_counted_not_learned():
    lines = [
        line("progress", fraction=0.01),
        line("progress", fraction=0.5, seconds=60),
        line("progress", title="gone", fraction=0.5),
        line("progress", at="yesterday", fraction=0.5),
        line("feedback", value="MAYBE"),
        line("dance"),
        "{",
        "[]",
        "",
    ]
    log = read(lines, INDEX)
    assert len(log.data) == 0
    assert log.dropped == {"bounce": 2, "unknown title": 1, "malformed": 4, "unknown type": 1}


def test_the_last_opinion_outweighs_viewing_and_may_be_withdrawn():
    watched = line("progress", fraction=0.9)
    late, later = "2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z"
    liked, refused = line("feedback", at=late, value="LOVE"), line("feedback", at=later, value="DISLIKE")
    assert rows(read([watched, refused, liked], INDEX)) == [("p", "film", -1.0)]
    assert rows(read([watched, liked, line("feedback", at=later, value=None)], INDEX)) == [("p", "film", 0.9)]


def test_episodes_collapse_into_their_title():
    title_of = episodes([{"id": "series", "episodes": ["e1", "e2"]}, {"id": "film"}])
    lines = [line("progress", "e1", fraction=0.5), line("progress", "e2", fraction=0.1, completed=True)]
    lines.append(line("progress", "e9", series="series", fraction=0.2))
    assert rows(read(lines, INDEX, title_of=title_of)) == [("p", "series", 1.0)]


def test_deleted_profiles_are_not_learned_from():
    lines = [line("progress", profile="gone", fraction=0.9), line("progress", profile="here", fraction=0.9)]
    log = read(lines, INDEX, deleted=frozenset({"gone"}))
    assert (rows(log), log.profiles, log.dropped) == ([("here", "film", 0.9)], ("here",), {"deleted": 1})


def test_impressions_count_by_model_and_a_dismissal_is_dislike():
    shown = {"rail": "forYou", "position": 0, "model": "m1", "variant": "A", "source": "cf"}
    lines = [
        line("impression", action="SHOWN", **shown),
        line("impression", action="PLAYED", **shown),
        line("impression", "other", action="DISMISSED", **shown),
    ]
    log = read(lines, INDEX)
    assert log.exposures == {("m1", "A", "cf"): {"SHOWN": 1, "PLAYED": 1, "DISMISSED": 1}}
    assert rows(log) == [("p", "other", -0.3)]


def test_a_profile_keeps_its_newest_two_hundred():
    index = {f"t{number}": number for number in range(250)}
    lines = [
        line("progress", f"t{at}", at=f"2026-11-20T10:{at // 60:02d}:{at % 60:02d}Z", fraction=0.9) for at in range(250)
    ]
    assert read(lines, index).data.item.tolist() == list(range(50, 250))


def test_impressions_of_nobody_are_dropped():
    lines = [line("impression", profile=None, action="DISMISSED"), line("impression", action="DISMISSED")]
    log = read(lines, INDEX)
    assert (log.profiles, log.dropped) == (("p",), {"no profile": 1})
