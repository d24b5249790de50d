"""GraphQL over HTTP, requirement by requirement; the ids are those of the audits of the npm package `graphql-http`."""

import json

import httpx
import pytest

from tests.gateway.small import Options, running

NEW, OLD = "application/graphql-response+json", "application/json"
BOTH = [NEW, OLD]
TYPE = "query Type($name: String!) { __type(name: $name) { name } }"
NO_FIELD = "{ 8f31403dfe404bccbb0e835f2629c6a7 }"


@pytest.fixture(scope="module")
def wire():
    """A server that takes plain GET too: the specification leaves that open, the audits want to see it."""
    with running(Options().but(rules__get_needs_header=False)) as one, httpx.Client(base_url=one.base) as client:
        # The client would add an Accept of its own.
        client.headers.pop("accept")
        yield client


def post(wire, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = {"content-type": OLD, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return wire.post("/graphql", content=content, headers=sent)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [pytest.param(NEW, NEW, id="22EB"), pytest.param(OLD, OLD, id="4655"), pytest.param("*/*", OLD, id="47DE")],
)
def test_the_answer_has_the_type_that_is_accepted(wire, accept, kind):
    answer = post(wire, {"query": "{ __typename }"}, accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")


def test_80d8_82a3_without_accept_it_is_plain_json_in_utf8(wire):
    answer = post(wire, {"query": "{ __typename }"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{OLD}; charset=utf-8")
    assert json.loads(answer.content.decode("utf-8")) == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("kind", [pytest.param(OLD, id="78D5"), pytest.param(f"{OLD}; charset=utf-8", id="BF61")])
def test_requests_are_utf8_said_or_unsaid(wire, kind):
    answer = post(wire, {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}, content_type=kind)
    assert (answer.status_code, answer.json()) == (200, {"data": {"__type": None}})


def test_5a70_a_query_by_get(wire):
    assert wire.get("/graphql", params={"query": "{ __typename }"}).status_code == 200


@pytest.mark.parametrize("accept", [pytest.param(NEW, id="D6D5"), pytest.param(OLD, id="6A70")])
def test_variables_by_get(wire, accept):
    parameters = {"query": TYPE, "variables": json.dumps({"name": "sometype"})}
    answer = wire.get("/graphql", params=parameters, headers={"accept": accept})
    assert (answer.status_code, answer.json()) == (200, {"data": {"__type": None}})


def test_9c48_no_mutation_by_get(wire):
    answer = wire.get("/graphql", params={"query": "mutation { __typename }"}, headers={"accept": NEW})
    assert (answer.status_code, "data" in answer.json()) == (405, False)


def test_9abe_a_post_without_content_type_is_refused(wire):
    assert wire.post("/graphql", content=b'{"query":"{ __typename }"}').status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="A5BF"),
        pytest.param(b'{ "not a JSON', id="B6DC BCF8 B7N8"),
        pytest.param({"notquery": "{ __typename }"}, id="423L"),
        pytest.param({"qeury": "{ __typename }"}, id="8764 3E3A"),
    ],
)
@pytest.mark.parametrize("accept", BOTH)
def test_what_is_no_request_is_400(wire, body, accept):
    assert post(wire, body, accept=accept).status_code == 400


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[pytest.param("query", value, id=f"LKJ{n}") for n, value in enumerate([{"obj": "ect"}, 0, False, ["array"]])],
        *[pytest.param("operationName", v, id=f"6C0{n}") for n, v in enumerate([{"obj": "ect"}, 0, False, ["array"]])],
        *[pytest.param("variables", value, id=f"476{n}") for n, value in enumerate(["string", 0, False, ["array"]])],
        *[pytest.param("extensions", value, id=f"58B{n}") for n, value in enumerate(["string", 0, False, ["array"]])],
    ],
)
def test_a_parameter_of_another_type_is_400(wire, name, wrong):
    assert post(wire, {"query": "{ __typename }", name: wrong}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"query": "{ __typename }"}, id="34A2 13EE 2C94 03D4"),
        pytest.param({"query": "query Query { __typename }", "operationName": "Query"}, id="8161 B8B3"),
        pytest.param({"query": "{ __typename }", "variables": None}, id="94B0 0220"),
        pytest.param({"query": "{ __typename }", "operationName": None}, id="94B1 0221"),
        pytest.param({"query": "{ __typename }", "extensions": None}, id="94B2 0222"),
        pytest.param({"query": TYPE, "variables": {"name": "sometype"}}, id="2EA1 28B9"),
        pytest.param({"query": "{ __typename }", "extensions": {"some": "value"}}, id="428F 1B7A"),
    ],
)
@pytest.mark.parametrize("accept", BOTH)
def test_a_right_request_is_200_without_errors(wire, body, accept):
    answer = post(wire, body, accept=accept)
    assert (answer.status_code, list(answer.json())) == (200, ["data"])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"query": "{"}, id="parsing: 572B 865D 556A D586"),
        pytest.param({"query": NO_FIELD}, id="validation: FDE2 51FE 74FF 5E5B"),
        pytest.param(
            {"query": "query Failure($id: ID!) { __typename }", "variables": {"id": None}}, id="variables: 7B9B 86EE"
        ),
    ],
)
def test_a_request_error_is_400_in_the_new_type_200_in_the_old_and_has_no_data(wire, body):
    new, old = post(wire, body, accept=NEW), post(wire, body, accept=OLD)
    assert (new.status_code, old.status_code) == (400, 200)
    assert list(new.json()) == list(old.json()) == ["errors"]
