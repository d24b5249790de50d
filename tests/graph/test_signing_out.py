"""Ending sign-ins through the graph: one's own, all of one's own, and another account's by staff."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from botocore.exceptions import EndpointConnectionError
from structlog.testing import capture_logs

from datasources.directory import CognitoDirectory
from datasources.revocations import Revocations
from domain.errors import Unavailable
from domain.viewers import Role, Viewer
from resolvers.ids import encode_id
from tests.catalogue import NOW, World, movie
from tests.graph.households import BEN, KIM, Household, signed_in

OUT = "mutation($all: Boolean!) { signOut(input: {everywhere: $all}) { withinSeconds errors { code } } }"
REVOKE = """mutation($input: RevokeSignInsInput!) { revokeSignIns(input: $input) {
  withinSeconds errors { code path } } }"""
ADMIN = Viewer(sub="boss", client_id="studio", roles=frozenset({Role.EDITOR, Role.ADMIN}), sign_in="desk")
DONE = {"withinSeconds": 6, "errors": []}


class Users:
    """A directory that remembers whom it signed out."""

    def __init__(self):
        self.out = []
        self.down = False

    async def email_of(self, subject):
        return ""

    async def sign_out(self, subject):
        if self.down:
            raise Unavailable("Access ends, but the user directory could not end the refresh tokens. Try again.")
        self.out.append(subject)


class Pool:
    """A client of Cognito that notes what it is asked."""

    def __init__(self, users=(), error=None):
        self.users, self.error, self.asked = list(users), error, []

    async def list_users(self, **wish):
        self.asked.append(("list", wish["UserPoolId"]))
        return {"Users": self.users}

    async def admin_user_global_sign_out(self, **wish):
        self.asked.append(("out", wish["UserPoolId"]))
        if self.error:
            raise self.error


@pytest.fixture
async def household(open_world, deliverable, database):
    ask = deliverable(await open_world(World(movies=[movie(1)])))
    sources = replace(ask.sources, revocations=Revocations(database, now=lambda: NOW), directory=Users())
    return await Household(ask=replace(ask, sources=sources), sub=uuid4().hex).stored()


def refused(household, sign_in="sofa", sub=None):
    viewer = replace(signed_in(sub or household.sub, BEN, sign_in), signed_in_at=NOW.timestamp() - 60)
    return household.ask.sources.revocations.refuses(viewer)


async def test_one_device_signs_out_with_one_write(household):
    answer = await household(OUT, {"all": False})
    assert answer["data"]["signOut"] == DONE
    assert household.ask.calls.names == ["PutItem ops"]
    assert (refused(household), refused(household, "bed")) == (True, False)
    assert household.ask.sources.directory.out == []


async def test_everywhere_ends_every_device_and_its_refresh_tokens(household):
    answer = await household(OUT, {"all": True})
    assert answer["data"]["signOut"] == DONE
    assert household.ask.calls.names == ["PutItem ops", "GetItem viewers"]
    assert [refused(household), refused(household, "bed"), refused(household, sub="other")] == [True, True, False]
    assert household.ask.sources.directory.out == [household.sub]


async def test_access_ends_though_the_directory_is_down_and_the_caller_is_told_to_try_again(household):
    household.ask.sources.directory.down = True
    answer = await household(OUT, {"all": True})
    assert answer["data"] == {"signOut": None}
    assert "could not end the refresh tokens" in answer["errors"][0]["message"]
    assert refused(household, "bed")


async def test_a_user_pool_that_fails_is_told_apart_from_one_that_does_not_know_the_user():
    unknown, broken = Pool(), Pool(users=[{"Username": "ada"}], error=EndpointConnectionError(endpoint_url="x"))
    await CognitoDirectory(unknown, ["viewers", "staff"]).sign_out("sub")
    assert unknown.asked == [("list", "viewers"), ("list", "staff")]
    with pytest.raises(Unavailable, match="Try again"):
        await CognitoDirectory(broken, ["viewers", "staff"]).sign_out("sub")
    assert broken.asked == [("list", "viewers"), ("out", "viewers")]


async def test_a_child_signs_itself_out_and_nobody_else(household):
    everyone = await household(OUT, {"all": True}, KIM)
    assert "kids' profile" in everyone["errors"][0]["message"]
    assert not refused(household, "bed")
    assert (await household(OUT, {"all": False}, KIM))["data"]["signOut"] == DONE


async def test_an_admin_ends_the_sign_ins_of_an_account_and_the_log_says_why(household):
    wanted = {"viewerId": encode_id("Viewer", household.sub), "reason": " Stolen phone "}
    with capture_logs() as told:
        answer = await household.ask(REVOKE, {"input": wanted}, viewer=ADMIN)
    assert answer["data"]["revokeSignIns"] == DONE
    assert (refused(household), refused(household, sub="boss")) == (True, False)
    assert household.ask.sources.directory.out == [household.sub]
    assert told == [
        {
            "event": "sign_ins_revoked",
            "log_level": "warning",
            "by": "boss",
            "account": household.sub,
            "reason": "Stolen phone",
        }
    ]


async def test_a_reason_is_asked_for(household):
    wanted = {"viewerId": encode_id("Viewer", household.sub), "reason": " "}
    answer = await household.ask(REVOKE, {"input": wanted}, viewer=ADMIN)
    assert answer["data"]["revokeSignIns"]["errors"] == [{"code": "INVALID", "path": ["input", "reason"]}]
    assert not refused(household)


async def test_a_deployment_that_does_not_revoke_says_so(household):
    ask = replace(household.ask, sources=replace(household.ask.sources, revocations=None))
    answer = await Household(ask=ask, sub=household.sub)(OUT, {"all": False})
    assert answer["data"] == {"signOut": None}
    assert "does not end sign-ins" in answer["errors"][0]["message"]
