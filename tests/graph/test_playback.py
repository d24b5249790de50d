"""Playing through the graph: sessions, limits, refusals, delivery, progress and the streams of events."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.errors import Forbidden, NotFound
from domain.titles import AvailabilityWindow, Marker, MarkerKind, MediaRecord, PlanTier, Quality
from resolvers.context import Context
from resolvers.delivery import playlist
from resolvers.ids import encode_id
from tests.catalogue import NOW, World, engine, movie, series
from tests.graph.households import ADA, BEN, KIM, Household, signed_in

CREDITS = Marker(kind=MarkerKind.CREDITS, start_seconds=5000, end_seconds=5400)
MEDIA = MediaRecord(
    version="v1",
    max_quality=Quality.FULL_HD,
    duration_seconds=5400,
    audio_languages=("en", "de"),
    subtitle_languages=("nl", "de"),
    markers=(CREDITS,),
)
WINDOW = AvailabilityWindow(countries=frozenset("*"), starts_at=NOW - timedelta(days=1))

START = """mutation($input: StartPlaybackInput!) { startPlayback(input: $input) {
  session { id status expiresAt heartbeatSeconds resumeSeconds deviceName
    delivery { protocol manifestUrl maxQuality cookies { name } }
    subtitles { language label default } audio { language } markers { kind startSeconds endSeconds }
    playable { name } profile { name } }
  errors { message code ... on StreamLimitError { limit activeSessions { id deviceName playable { name } } }
    ... on EntitlementError { reason availableFrom requiredPlan { tier } } } } }"""
BEAT = """mutation($input: HeartbeatPlaybackInput!) { heartbeatPlayback(input: $input) {
  session { id expiresAt status } errors { code message } } }"""
STOP = """mutation($input: StopPlaybackInput!) { stopPlayback(input: $input) {
  session { status } errors { code message } } }"""
DELIVERY = """query($id: ID!) { node(id: $id) { ... on PlaybackSession {
  id status delivery { manifestUrl expiresAt } } } }"""
LISTS = """{ viewer { profile {
  continueWatching { nodes { positionSeconds completed playable { name } } }
  history { nodes { fraction playable { name } } } } } }"""


@pytest.fixture
async def household(open_world, deliverable):
    films = [movie(n, media=MEDIA) for n in range(1, 6)]
    films += [
        movie(11, media=MEDIA, windows=(replace(WINDOW, minimum_plan=PlanTier.PREMIUM),)),
        movie(12, media=MEDIA, windows=(replace(WINDOW, countries=frozenset({"US"})),)),
        movie(13, media=MEDIA, windows=(replace(WINDOW, starts_at=NOW + timedelta(days=2)),)),
        movie(14, media=MEDIA, windows=(replace(WINDOW, ends_at=NOW - timedelta(hours=1)),)),
        movie(15),
    ]
    world = World(movies=films, series=[(series("noir", "Noir", seasons=2, episodes=3), 2, 3)])
    return await Household(ask=deliverable(await open_world(world)), sub=uuid4().hex).stored()


def film(number):
    return encode_id("Movie", f"m{number:03d}")


def wish(playable, device="tv", **more):
    return {
        "input": {"playableId": playable, "deviceId": device, "deviceName": device.upper(), "deviceKind": "TV", **more}
    }


async def started(household, playable=None, device="tv", **more):
    answer = await household(START, wish(playable or film(1), device), **more)
    return answer["data"]["startPlayback"]


def beat(session, position=60, at="2026-11-23T20:15:30Z"):
    return {"input": {"sessionId": session["id"], "positionSeconds": position, "observedAt": at}}


async def test_a_session_has_everything_that_a_player_needs(household):
    answer = await started(household)
    session = answer["session"]
    url = session["delivery"].pop("manifestUrl")
    assert answer["errors"] == []
    assert session.pop("id")
    assert session == {
        "status": "ACTIVE",
        "expiresAt": "2026-11-23T20:18:00Z",
        "heartbeatSeconds": 60,
        "resumeSeconds": 0,
        "deviceName": "TV",
        "delivery": {"protocol": "HLS", "maxQuality": "FULL_HD", "cookies": []},
        "subtitles": [
            {"language": "nl", "label": "Nederlands", "default": False},
            {"language": "de", "label": "Deutsch", "default": False},
        ],
        "audio": [{"language": "en"}, {"language": "de"}],
        "markers": [{"kind": "CREDITS", "startSeconds": 5000, "endSeconds": 5400}],
        "playable": {"name": "Film 1"},
        "profile": {"name": "Ben"},
    }
    assert url.startswith("https://media.test/play/")
    assert url.endswith("/master.m3u8")


async def test_a_start_is_three_calls_once_the_catalogue_is_warm(household):
    document = "mutation($input: StartPlaybackInput!) { startPlayback(input: $input) { session { id } } }"
    await household(document, wish(film(1), "phone"))
    await household(document, wish(film(1)))
    assert sorted(household.ask.calls.names) == sorted(
        ["BatchGetItem viewers 2", "BatchGetItem viewers 2", "UpdateItem viewers", "PutItem viewers"]
    )


async def test_a_heartbeat_is_two_writes_and_no_read(household):
    session = (await started(household))["session"]
    answer = await household(BEAT, beat(session), now=NOW + timedelta(seconds=60))
    assert answer["data"]["heartbeatPlayback"] == {
        "session": {"id": session["id"], "expiresAt": "2026-11-23T20:19:00Z", "status": "ACTIVE"},
        "errors": [],
    }
    assert household.ask.calls.names == ["UpdateItem viewers", "UpdateItem viewers"]


async def test_a_stop_is_three_writes(household):
    session = (await started(household))["session"]
    answer = await household(STOP, beat(session))
    assert answer["data"]["stopPlayback"] == {"session": {"status": "STOPPED"}, "errors": []}
    assert sorted(household.ask.calls.names) == ["PutItem viewers", "UpdateItem viewers", "UpdateItem viewers"]


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (11, {"reason": "PLAN_TOO_LOW", "availableFrom": None, "requiredPlan": {"tier": "PREMIUM"}}),
        (12, {"reason": "COUNTRY", "availableFrom": None, "requiredPlan": None}),
        (13, {"reason": "NOT_STARTED", "availableFrom": "2026-11-25T20:15:30Z", "requiredPlan": None}),
        (14, {"reason": "ENDED", "availableFrom": None, "requiredPlan": None}),
    ],
)
async def test_each_refusal_says_why_and_writes_nothing(household, number, error):
    answer = await started(household, film(number))
    (told,) = answer["errors"]
    assert answer["session"] is None
    assert told.pop("message")
    assert told == {"code": "NOT_ENTITLED", **error}
    assert not [name for name in household.ask.calls.names if name.startswith(("Put", "Update"))]


async def test_a_kid_cannot_play_what_is_too_old_for_it(household):
    answer = await started(household, profile=KIM)
    assert answer["errors"][0]["reason"] == "MATURITY"


async def test_without_a_membership_nothing_plays(household):
    stranger = await Household(ask=household.ask, sub=uuid4().hex, tier=None).stored()
    assert (await started(stranger))["errors"][0]["reason"] == "NO_MEMBERSHIP"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"playableId": film(99)}, "NOT_FOUND"),
        ({"playableId": encode_id("Series", "noir")}, "NOT_FOUND"),
        ({"playableId": encode_id("Episode", "noir", "s1", "e9")}, "NOT_FOUND"),
        ({"playableId": film(15)}, "NOT_READY"),
        ({"deviceId": " "}, "INVALID"),
        ({"deviceName": "x" * 101}, "INVALID"),
        ({"protocol": "DASH"}, "INVALID"),
    ],
)
async def test_a_bad_start_is_told_what_is_wrong(household, changes, code):
    variables = wish(film(1))
    variables["input"].update(changes)
    answer = await household(START, variables)
    assert [error["code"] for error in answer["data"]["startPlayback"]["errors"]] == [code]


async def test_without_a_profile_nothing_starts(household):
    answer = await household(START, wish(film(1)), profile=None)
    assert (answer["data"], answer["errors"][0]["code"]) == ({"startPlayback": None}, "FORBIDDEN")


async def test_one_stream_too_many_lists_the_others_and_can_take_one_over(household):
    first = (await started(household, film(1), "tv"))["session"]
    await started(household, film(2), "tablet", profile=ADA, now=NOW + timedelta(seconds=1))
    refused = await started(household, film(3), "phone")
    (told,) = refused["errors"]
    assert told.pop("message")
    assert told == {
        "code": "LIMIT_REACHED",
        "limit": 2,
        "activeSessions": [
            {"id": first["id"], "deviceName": "TV", "playable": {"name": "Film 1"}},
            {"id": told["activeSessions"][1]["id"], "deviceName": "TABLET", "playable": {"name": "Film 2"}},
        ],
    }
    taken = await household(START, wish(film(3), "phone", replaceSessionId=first["id"]))
    assert taken["data"]["startPlayback"]["session"]["status"] == "ACTIVE"
    over = await household(BEAT, beat(first))
    assert over["data"]["heartbeatPlayback"] == {
        "session": None,
        "errors": [
            {
                "code": "NOT_AVAILABLE",
                "message": "Another device took over this stream, or it was ended for the account.",
            }
        ],
    }


async def test_a_heartbeat_after_the_end_changes_nothing(household):
    session = (await started(household))["session"]
    await household(STOP, beat(session, 100))
    late = await household(BEAT, beat(session, 4000, "2026-11-23T20:16:00Z"))
    lists = await household(LISTS)
    assert late["data"]["heartbeatPlayback"]["errors"][0]["code"] == "NOT_AVAILABLE"
    assert lists["data"]["viewer"]["profile"]["continueWatching"]["nodes"][0]["positionSeconds"] == 100


async def test_a_lease_without_heartbeats_frees_its_stream(household):
    for device in ("tv", "tablet"):
        await started(household, device=device)
    later = await household(START, wish(film(1), "phone"), now=NOW + timedelta(seconds=151))
    assert later["data"]["startPlayback"]["session"]["status"] == "ACTIVE"


async def test_a_session_of_another_account_is_unknown(household):
    session = (await started(household))["session"]
    other = await Household(ask=household.ask, sub=uuid4().hex).stored()
    assert (await other(BEAT, beat(session)))["data"]["heartbeatPlayback"]["errors"][0]["code"] == "NOT_FOUND"
    assert (await other(STOP, beat(session)))["data"]["stopPlayback"]["errors"][0]["code"] == "NOT_FOUND"
    assert (await other(DELIVERY, {"id": session["id"]}))["data"] == {"node": None}
    assert (await household(BEAT, beat(session)))["data"]["heartbeatPlayback"]["errors"] == []


async def test_only_the_device_that_owns_the_session_is_given_its_delivery(household):
    session = (await started(household))["session"]
    own = await household(DELIVERY, {"id": session["id"]})
    other = await household(DELIVERY, {"id": session["id"]}, sign_in="bed")
    assert own["data"]["node"]["delivery"]["manifestUrl"].endswith("/master.m3u8")
    assert other["data"]["node"] == {"id": session["id"], "status": "ACTIVE", "delivery": None}


async def fetched(household, session, name="master.m3u8", now=NOW):
    token = session["delivery"]["manifestUrl"].split("/")[-2]
    sources = household.ask.sources
    return gzip.decompress(await playlist(sources.delivery, sources.viewers.leases, token, name, now)).decode()


async def test_the_playlists_are_capped_and_signed_while_the_session_lives(household):
    basic = await Household(ask=household.ask, sub=uuid4().hex, tier=PlanTier.BASIC).stored()
    session = (await started(basic))["session"]
    master = await fetched(basic, session)
    media = await fetched(basic, session, "video/720p/index.m3u8")
    assert "1080p" not in master
    assert "video/720p/index.m3u8" in master
    assert "https://media.test/v/m001/v1/video/720p/seg-0.m4s?Policy=" in media
    await basic(STOP, beat(session))
    with pytest.raises(Forbidden):
        await fetched(basic, session)


@pytest.mark.parametrize("name", ["../../m002/v1/master.m3u8", "/etc/passwd", "video/720p/seg-0.m4s", "none.m3u8"])
async def test_a_playlist_outside_the_film_does_not_exist(household, name):
    session = (await started(household))["session"]
    with pytest.raises(NotFound):
        await fetched(household, session, name)


async def test_an_edited_token_opens_nothing(household):
    session = (await started(household))["session"]
    url = session["delivery"]["manifestUrl"].split("/")
    url[-2] = url[-2][:20] + ("A" if url[-2][20] != "A" else "B") + url[-2][21:]
    session["delivery"]["manifestUrl"] = "/".join(url)
    with pytest.raises(Forbidden):
        await fetched(household, session)


async def test_watching_to_the_credits_moves_a_film_to_the_history(household):
    session = (await started(household))["session"]
    await household(BEAT, beat(session, 2700))
    running = (await household(LISTS))["data"]["viewer"]["profile"]
    await household(STOP, beat(session, 5001, "2026-11-23T20:15:31Z"))
    done = (await household(LISTS))["data"]["viewer"]["profile"]
    assert running == {
        "continueWatching": {"nodes": [{"positionSeconds": 2700, "completed": False, "playable": {"name": "Film 1"}}]},
        "history": {"nodes": []},
    }
    assert done == {
        "continueWatching": {"nodes": []},
        "history": {"nodes": [{"fraction": 1.0, "playable": {"name": "Film 1"}}]},
    }


SYNC = """mutation($a: SetProgressInput!) { setProgress(input: $a) {
  progress { positionSeconds completed observedAt } errors { code } } }"""


def offline(playable, position, at, **more):
    return {"a": {"playableId": playable, "positionSeconds": position, "observedAt": at, **more}}


async def test_offline_progress_keeps_the_newest_observation(household):
    newer = await household(SYNC, offline(film(1), 900, "2026-11-23T20:00:00Z"))
    older = await household(SYNC, offline(film(1), 100, "2026-11-23T19:00:00Z"))
    kept = {"positionSeconds": 900, "completed": False, "observedAt": "2026-11-23T20:00:00Z"}
    assert newer["data"]["setProgress"]["progress"] == older["data"]["setProgress"]["progress"] == kept


async def test_a_clock_that_is_a_little_ahead_cannot_freeze_a_film(household):
    ahead = await household(SYNC, offline(film(1), 950, "2026-11-23T20:16:30Z"))
    assert ahead["data"]["setProgress"]["progress"]["observedAt"] == "2026-11-23T20:15:35Z"


CLOCK = "errors { __typename code message path ... on ClockError { serverTime } }"
FUTURE = "2026-11-23T23:15:30Z"
REFUSED = [
    {
        "__typename": "ClockError",
        "code": "CLOCK_AHEAD",
        "message": "This device's clock is 3 hours ahead, so nothing was changed. Set it right, or date what it sees "
        "by `serverTime`, and send this again.",
        "path": ["input", "observedAt"],
        "serverTime": "2026-11-23T20:15:30Z",
    }
]


async def test_what_was_seen_in_the_future_is_refused_and_nothing_is_changed(household):
    session = (await started(household))["session"]
    await household(BEAT, beat(session, 900))
    answers = [
        await household(BEAT.replace("errors { code message }", CLOCK), beat(session, 950, FUTURE)),
        await household(STOP.replace("errors { code message }", CLOCK), beat(session, 950, FUTURE)),
        await household(SYNC.replace("errors { code }", CLOCK), offline(film(1), 950, FUTURE)),
    ]
    assert [next(iter(one["data"].values())) for one in answers] == [
        {"session": None, "errors": REFUSED},
        {"session": None, "errors": REFUSED},
        {"progress": None, "errors": REFUSED},
    ]
    lists = await household(LISTS)
    assert lists["data"]["viewer"]["profile"]["continueWatching"]["nodes"][0]["positionSeconds"] == 900
    again = await household(BEAT, beat(session, 950, "2026-11-23T20:15:31Z"))
    assert again["data"]["heartbeatPlayback"]["session"]["status"] == "ACTIVE"


async def test_a_device_with_a_wrong_clock_still_ends_the_stream_of_another(household):
    session = (await started(household))["session"]
    answer = await household(STOP, {"input": {"sessionId": session["id"], "observedAt": FUTURE}})
    assert answer["data"]["stopPlayback"] == {"session": {"status": "REVOKED"}, "errors": []}


async def test_a_finished_episode_is_followed_by_the_next_over_the_end_of_the_season(household):
    state = """query($id: ID!) { title(by: {id: $id}) { viewerState {
      upNext { name ... on Episode { season { number } } } } } }"""
    noir = {"id": encode_id("Series", "noir")}

    async def up_next():
        return (await household(state, noir))["data"]["title"]["viewerState"]["upNext"]

    assert await up_next() == {"name": "Episode 1", "season": {"number": 1}}
    last = encode_id("Episode", "noir", "s1", "e3")
    await household(SYNC, offline(last, 10, "2026-11-23T20:00:00Z", completed=True))
    assert await up_next() == {"name": "Episode 1", "season": {"number": 2}}


@pytest.mark.parametrize("position", [-1, 90000])
async def test_a_position_that_no_film_has_is_refused(household, position):
    answer = await household(SYNC, offline(film(1), position, "2026-11-23T20:00:00Z"))
    assert answer["data"]["setProgress"] == {"progress": None, "errors": [{"code": "INVALID"}]}


async def test_a_player_is_told_at_once_that_another_device_took_over(household):
    now = datetime.now(UTC)
    session = (await started(household, now=now))["session"]
    document = "subscription($id: ID!) { playbackChanged(sessionId: $id) { status } }"
    plan = engine().prepare(document)

    def context():
        return replace_context(household)

    events = engine().subscribe(plan, {"id": session["id"]}, context)
    first = await anext(events)
    coming = asyncio.ensure_future(anext(events))
    await household(START, wish(film(1), "phone", replaceSessionId=session["id"]), now=now)
    async with asyncio.timeout(3):
        second = await coming
    seen = [json.loads(one.body)["data"]["playbackChanged"]["status"] for one in (first, second)]
    assert seen == ["ACTIVE", "REVOKED"]
    assert [one async for one in events] == []


def replace_context(household):
    return Context(
        sources=household.ask.sources, viewer=signed_in(household.sub, BEN), country="NL", languages=("en",), now=NOW
    )


async def test_the_account_sees_its_streams(household):
    await started(household, film(1), "tv")
    await started(household, film(2), "tablet", profile=ADA, now=NOW + timedelta(seconds=1))
    answer = await household("{ viewer { sessions { deviceName status profile { name } } } }")
    assert answer["data"]["viewer"]["sessions"] == [
        {"deviceName": "TV", "status": "ACTIVE", "profile": {"name": "Ben"}},
        {"deviceName": "TABLET", "status": "ACTIVE", "profile": {"name": "Ada"}},
    ]


ONCE = """mutation($input: StartPlaybackInput!, $key: String!) {
  startPlayback(input: $input) @idempotent(key: $key) { session { id delivery { protocol } } errors { code } } }"""


async def test_a_repeated_start_answers_the_first_session_with_fresh_delivery(household):
    first = await household(ONCE, wish(film(1)) | {"key": "k1"})
    again = await household(ONCE, wish(film(1)) | {"key": "k1"})
    other_key = await household(ONCE, wish(film(1), "tablet") | {"key": "k2"})

    assert first == again
    assert first["data"]["startPlayback"]["session"]["id"] != other_key["data"]["startPlayback"]["session"]["id"]


async def test_a_key_with_other_input_is_a_conflict(household):
    await household(ONCE, wish(film(1)) | {"key": "k1"})
    other = await household(ONCE, wish(film(2)) | {"key": "k1"})
    assert other["data"]["startPlayback"] == {"session": None, "errors": [{"code": "CONFLICT"}]}


async def test_a_refused_start_may_be_repeated_with_its_key(household):
    refused = await household(ONCE, wish(film(15)) | {"key": "k1"})
    allowed = await household(ONCE, wish(film(1)) | {"key": "k1"})
    assert refused["data"]["startPlayback"]["errors"] == [{"code": "NOT_READY"}]
    assert allowed["data"]["startPlayback"]["errors"] == []


async def test_forty_starts_with_one_key_are_one_session(household):
    answers = await asyncio.gather(*(household(ONCE, wish(film(1)) | {"key": "k1"}) for _ in range(40)))
    sessions = [one["data"]["startPlayback"] for one in answers if one["data"]["startPlayback"]]
    running = [one["errors"][0]["code"] for one in answers if one["data"]["startPlayback"] is None]
    assert len({one["session"]["id"] for one in sessions}) == 1
    assert set(running) <= {"RATE_LIMITED"}
    live = await household.ask.sources.viewers.leases.of(household.sub)
    assert len(live.live(NOW)) == 1


async def test_a_key_is_its_accounts_own(household):
    other = await Household(ask=household.ask, sub=uuid4().hex).stored()
    first = await household(ONCE, wish(film(1)) | {"key": "k1"})
    second = await other(ONCE, wish(film(1)) | {"key": "k1"})
    assert first["data"]["startPlayback"]["session"]["id"] != second["data"]["startPlayback"]["session"]["id"]
