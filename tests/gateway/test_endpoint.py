"""GraphQL over HTTP on the real wire: types, statuses, codes and headers of every kind of answer."""

import hashlib

import httpx
import pytest

from graph.callers import CallerClass
from tests.gateway.small import Options, running

NEW, OLD = "application/graphql-response+json", "application/json"
FORCED = {"graphql-require-preflight": "1"}


@pytest.fixture(scope="module")
def wire():
    with (
        running(Options(trusted={"known": "{ hello }", "write": "mutation { bump }"})) as one,
        httpx.Client() as client,
    ):
        client.base_url = one.base
        yield client


def post(wire, query=None, accept=OLD, headers=None, **more):
    body = {"query": query, **more} if query is not None else more
    return wire.post("/graphql", json=body, headers={"accept": accept, **(headers or {})})


def error(answer):
    body = answer.json()
    assert "data" not in body
    [one] = body["errors"]
    return answer.status_code, one["extensions"]["code"], one["message"]


@pytest.mark.parametrize("accept", [NEW, OLD])
def test_an_answer_is_of_the_type_that_was_asked_for(wire, accept):
    answer = post(wire, "query($n: String!) { hello(name: $n) }", accept, variables={"n": "Ada"})
    assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "hello Ada"}})
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    assert answer.headers["vary"] == "accept, origin"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.headers["x-request-id"]) >= 8
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("query", "more", "strict", "plain", "code"),
    [
        ("{", {}, 400, 200, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: String!) { hello(name: $n) }", {}, 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", {}, 400, 400, "BAD_REQUEST"),
        ("query A { hello }", {"operationName": "B"}, 400, 400, "BAD_REQUEST"),
        ("{ hello " + "hello " * 1200 + "}", {}, 400, 200, "TOO_COMPLEX"),
        ("{ " + " ".join(f"a{n}: hello" for n in range(40)) + " }", {}, 400, 200, "TOO_COMPLEX"),
        (None, {"documentId": "unknown"}, 404, 200, "PERSISTED_DOCUMENT_NOT_FOUND"),
        (None, {"documentId": "sha256:" + "0" * 64}, 404, 200, "PERSISTED_DOCUMENT_NOT_FOUND"),
        (None, {}, 400, 400, "BAD_REQUEST"),
        ("{ hello }", {"documentId": "known"}, 400, 400, "BAD_REQUEST"),
        ("{ hello }", {"extensions": {"persistedQuery": 1}}, 400, 400, "BAD_REQUEST"),
        (
            "{ hello }",
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
            400,
            400,
            "PERSISTED_QUERY_HASH_MISMATCH",
        ),
    ],
)
def test_a_request_error_has_its_status_and_no_data(wire, query, more, strict, plain, code):
    assert error(post(wire, query, NEW, **more))[:2] == (strict, code)
    assert error(post(wire, query, OLD, **more))[:2] == (plain, code)


@pytest.mark.parametrize(
    "body", [b"null", b"true", b"5", b'"x"', b"[]", b"{", b"", b"\xff", b'{"query":"{hello}","query":""}']
)
@pytest.mark.parametrize("accept", [NEW, OLD])
def test_a_malformed_body_is_400_in_either_type(wire, body, accept):
    answer = wire.post("/graphql", content=body, headers={"content-type": OLD, "accept": accept})
    assert error(answer)[:2] == (400, "BAD_REQUEST")
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize("name", ["query", "documentId", "operationName", "variables", "extensions"])
@pytest.mark.parametrize("value", [0, False, ["a"], {"a": 1}, "text"])
def test_a_parameter_of_a_wrong_type_is_named(wire, name, value):
    right = dict if name in ("variables", "extensions") else str
    if isinstance(value, right):
        return
    answer = post(wire, **{"query": "{ hello }", name: value})
    assert error(answer)[:2] == (400, "BAD_REQUEST")
    assert f"`{name}`" in answer.json()["errors"][0]["message"]


def test_a_batch_is_refused_with_an_instruction(wire):
    answer = wire.post("/graphql", json=[{"query": "{ hello }"}])
    assert error(answer) == (400, "BAD_REQUEST", "Batches are off: send one JSON object per request, not an array.")


def test_field_errors_come_with_data_and_masked(wire):
    answer = post(wire, "{ hello boom }", NEW)
    body = answer.json()
    assert answer.status_code == 200
    assert body["data"] == {"hello": "hello world", "boom": None}
    [one] = body["errors"]
    assert (one["path"], one["extensions"]["code"]) == (["boom"], "INTERNAL")
    assert "secret" not in answer.text and one["extensions"]["id"] in one["message"]


def test_an_error_that_bubbles_up_leaves_data_null(wire):
    answer = post(wire, "{ must }", NEW)
    assert (answer.status_code, answer.json()["data"]) == (200, None)


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"content-type": "text/plain"}, b'{"query":"{ hello }"}'),
        ({"content-type": "application/x-www-form-urlencoded"}, b"query=%7Bhello%7D"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--"),
        ({"content-type": "application/graphql"}, b"{ hello }"),
        ({}, b'{"query":"{ hello }"}'),
        ({"content-type": OLD, "content-encoding": "gzip"}, b"\x1f\x8b"),
    ],
)
def test_other_content_types_are_415(wire, headers, content):
    assert error(wire.post("/graphql", content=content, headers=headers))[:2] == (415, "BAD_REQUEST")


def test_headers_that_were_good_for_a_get_are_looked_at_again_for_a_body(wire):
    headers = {"content-type": "text/plain", **FORCED}
    for _ in range(2):
        assert wire.get("/graphql", params={"query": "{ hello }"}, headers=headers).status_code == 200
        posted = wire.post("/graphql", content=b'{"query":"{ hello }"}', headers=headers)
        assert error(posted)[:2] == (415, "BAD_REQUEST")


@pytest.mark.parametrize("accept", ["text/plain", "image/png", "application/xml"])
def test_a_type_that_is_not_made_here_is_406(wire, accept):
    answer = post(wire, "{ hello }", accept)
    assert error(answer)[:2] == (406, "BAD_REQUEST")
    assert answer.headers["content-type"].startswith(NEW)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "TRACE"])
def test_other_methods_are_405_and_say_which_ones_are_served(wire, method):
    answer = wire.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert method == "HEAD" or error(answer)[1] == "BAD_REQUEST"


def test_get_runs_a_query(wire):
    parameters = {"query": "query($n: String!) { hello(name: $n) }", "variables": '{"n":"Grace"}', "extensions": ""}
    assert wire.get("/graphql", params=parameters, headers=FORCED).json() == {"data": {"hello": "hello Grace"}}


@pytest.mark.parametrize("header", ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name"])
def test_get_needs_a_header_that_a_foreign_page_cannot_set(wire, header):
    assert error(wire.get("/graphql", params={"query": "{ hello }"}))[:2] == (400, "BAD_REQUEST")
    assert (
        wire.get("/graphql", params={"query": "{ hello }"}, headers={"content-type": "text/plain"}).status_code == 400
    )
    assert wire.get("/graphql", params={"query": "{ hello }"}, headers={header: "1"}).status_code == 200
    assert wire.get("/graphql", params={"query": "{ hello }"}, headers={"content-type": OLD}).status_code == 200


def test_get_of_a_published_document_needs_no_header(wire):
    assert wire.get("/graphql", params={"documentId": "known"}).json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": "mutation { bump }"},
        {"query": "query A { hello } mutation B { bump }", "operationName": "B"},
        {"documentId": "write"},
    ],
)
def test_get_never_runs_a_mutation(wire, parameters):
    answer = wire.get("/graphql", params=parameters, headers=FORCED)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "url",
    [
        "?query=%ff",
        "?query={hello}&query={hello}",
        "?query={hello}&variables=[",
        "?query={hello}&variables=5",
        "?" + "a=1&" * 60,
    ],
)
def test_a_malformed_url_is_400(wire, url):
    assert error(wire.get("/graphql" + url, headers=FORCED))[:2] == (400, "BAD_REQUEST")


def test_a_hash_registers_in_two_steps(wire):
    text = '{ hello(name: "two steps") }'
    extension = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
    first = post(wire, extensions=extension, accept=f"{NEW},{OLD};q=0.9")
    assert error(first) == (200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    assert first.headers["content-type"].startswith(OLD)
    assert error(post(wire, extensions=extension, accept=NEW))[:2] == (404, "PERSISTED_QUERY_NOT_FOUND")
    assert post(wire, text, extensions=extension).json() == {"data": {"hello": "hello two steps"}}
    assert post(wire, extensions=extension).json() == {"data": {"hello": "hello two steps"}}
    by_url = {"extensions": httpx.Response(200, json=extension).text}
    assert wire.get("/graphql", params=by_url).json() == {"data": {"hello": "hello two steps"}}


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "nobody - US  127.0.0.1"),
        ({"authorization": "Bearer viewer-7"}, "7 - US  127.0.0.1"),
        ({"authorization": "bearer  viewer-7", "accept-language": "nl, en;q=0.5"}, "7 - US nl,en 127.0.0.1"),
        ({"authorization": "Bearer viewer-7", "x-profile-token": "profile-of-7"}, "7 p1 US pt-BR 127.0.0.1"),
        ({"x-forwarded-for": "1.2.3.4", "cloudfront-viewer-country": "NL"}, "nobody - US  127.0.0.1"),
    ],
)
def test_the_caller_is_who_the_headers_prove(wire, headers, said):
    assert post(wire, "{ who }", headers=headers).json() == {"data": {"who": said}}


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic dXNlcjpwYXNz"},
        {"authorization": "Bearer"},
        {"authorization": ""},
        {"x-profile-token": "profile-of-7"},
        {"authorization": "Bearer viewer-8", "x-profile-token": "profile-of-7"},
    ],
)
def test_a_wrong_token_is_401_also_for_public_fields(wire, headers):
    answer = post(wire, "{ hello }", headers=headers)
    assert error(answer)[:2] == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_a_language_that_is_none_is_400(wire):
    assert error(post(wire, "{ who }", headers={"accept-language": "klingonish"}))[:2] == (400, "BAD_REQUEST")


def test_an_origin_of_the_list_is_let_in_and_no_other(wire):
    origin = "https://www.example.com"
    assert post(wire, "{ hello }", headers={"origin": origin}).headers["access-control-allow-origin"] == origin
    assert (
        "access-control-allow-origin" not in post(wire, "{ hello }", headers={"origin": "https://evil.example"}).headers
    )
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    granted = wire.options("/graphql", headers=asked)
    assert (granted.status_code, granted.headers["access-control-allow-origin"]) == (204, origin)
    refused = wire.options("/graphql", headers={**asked, "origin": "null"})
    assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (204, False)


def test_a_body_over_the_limit_is_413_however_it_is_sent(wire):
    whole = wire.post("/graphql", content=b"x" * 65_537, headers={"content-type": OLD})
    parts = wire.post("/graphql", content=iter([b"x" * 40_000] * 2), headers={"content-type": OLD})
    assert error(whole)[:2] == error(parts)[:2] == (413, "BAD_REQUEST")


def test_an_operation_that_takes_too_long_is_504(wire):
    answer = post(wire, "{ sleep(seconds: 30) }", headers={"x-request-timeout": "0.1"})
    assert error(answer)[:2] == (504, "DEADLINE_EXCEEDED")


@pytest.mark.parametrize("value", ["0", "-1", "soon", "inf", "nan", ""])
def test_a_time_out_is_a_number_above_zero(wire, value):
    assert error(post(wire, "{ hello }", headers={"x-request-timeout": value}))[:2] == (400, "BAD_REQUEST")


def test_a_request_id_is_given_back(wire):
    assert (
        post(wire, "{ hello }", headers={"x-request-id": "trace-12345678"}).headers["x-request-id"] == "trace-12345678"
    )


def test_an_anonymous_answer_to_get_may_be_shared_and_asked_for_again(wire):
    shared = {"query": "query Shared { hello }"}
    answer = wire.get("/graphql", params=shared, headers=FORCED)
    assert answer.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=30"
    assert "accept-language" in answer.headers["vary"] and "cloudfront-viewer-country" in answer.headers["vary"]
    assert "ratelimit" not in answer.headers
    for known in (answer.headers["etag"], f'"other", W/{answer.headers["etag"]}', "*"):
        again = wire.get("/graphql", params=shared, headers={**FORCED, "if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert wire.get("/graphql", params=shared, headers={**FORCED, "if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("query Shared { hello }", {"authorization": "Bearer viewer-7"}),
        ("query Shared { hello }", {"x-report-cost": "1"}),
        ("query Shared { boom }", {}),
        ("{ hello }", {}),
    ],
)
def test_what_is_personal_failed_or_unmarked_is_not_shared(wire, query, headers):
    answer = wire.get("/graphql", params={"query": query}, headers={**FORCED, **headers})
    assert (answer.headers["cache-control"], "etag" in answer.headers) == ("no-store", False)


def test_viewers_share_an_answer_here_while_they_are_signed_in():
    ended = set()
    with running(Options(ended=ended)) as one, httpx.Client(base_url=one.base) as client:
        tokens = [{"authorization": f"Bearer viewer-{n}"} for n in (1, 2)]
        once, first, second = (post(client, "query Alike { who }", headers=tokens[n]) for n in (1, 0, 1))
        assert once.content == post(client, "{ who }", headers=tokens[1]).content, "what comes once is kept for nobody"
        assert second.content == first.content != once.content
        assert {"cache-control": "no-store"}.items() <= dict(second.headers).items()
        own = post(client, "query Shared { who }", headers=tokens[1])
        assert own.content == post(client, "{ who }", headers=tokens[1]).content
        ended.add("2")
        assert error(post(client, "query Alike { who }", NEW, tokens[1]))[:2] == (401, "UNAUTHENTICATED")


def test_an_answer_that_is_remembered_is_not_for_whoever_cannot_take_it(wire):
    asked = 'query Shared { hello(name: "Ann") }'
    assert len({post(wire, asked).content for _ in range(4)}) == 1
    assert error(post(wire, asked, "multipart/mixed"))[:2] == (406, "BAD_REQUEST")
    assert post(wire, asked, "text/event-stream").text.startswith("event: next\ndata: ")


def test_a_request_that_staff_may_run_is_refused_to_others_however_often_both_send_it():
    with running(Options(mode="trusted-only")) as one, httpx.Client(base_url=one.base) as client:
        for _ in range(4):
            ran = post(client, "{ hello }", NEW, {"authorization": "Bearer editor-1"})
            assert ran.json()["data"] == {"hello": "hello world"}
            assert error(post(client, "{ hello }", NEW))[:2] == (404, "PERSISTED_DOCUMENT_NOT_FOUND")


def test_post_is_never_shared(wire):
    assert post(wire, "query Shared { hello }").headers["cache-control"] == "no-store"


def test_the_cost_is_told_to_those_who_ask_and_to_partners(wire):
    assert post(wire, "{ hello }").json().keys() == {"data"}
    partner, asking = {"authorization": "Bearer partner-1"}, {"x-report-cost": "1"}
    assert post(wire, "{ hello }", headers=partner).json()["extensions"] == {"cost": {"requested": 10, "limit": 100}}
    for headers in (asking, partner | asking):
        told = post(wire, "{ a: hello b: hello }", headers=headers).json()
        assert told == {
            "data": {"a": "hello world", "b": "hello world"},
            "extensions": {"cost": {"requested": 10, "limit": 100, "actual": 2}},
        }


@pytest.mark.parametrize(("query", "told"), [("{ must }", {"actual": 0}), ("query($n: Int!) { text(size: $n) }", {})])
def test_the_actual_cost_is_that_of_what_there_is(wire, query, told):
    """Of nothing 0, and not told of what was not executed."""
    answer = post(wire, query, headers={"x-report-cost": "1"}).json()
    assert answer["errors"]
    assert answer["extensions"] == {"cost": {"requested": 10, "limit": 100, **told}}


def test_a_subscription_without_a_stream_is_406(wire):
    assert error(post(wire, "subscription { count(to: 1) }"))[:2] == (406, "BAD_REQUEST")


def test_side_routes_answer_in_json_too(wire):
    answer = wire.get("/nothing")
    assert error(answer)[:2] == (404, "BAD_REQUEST")
    assert "x-request-id" in answer.headers


def test_documents_that_are_refused_are_charged_as_well():
    """Otherwise ever new invalid documents would be looked at for nothing."""
    with running(Options(rates=dict.fromkeys(CallerClass, 25))) as one, httpx.Client() as client:
        accept = {"accept": "application/graphql-response+json"}
        tries = [client.post(one.url, json={"query": f"{{ nothing{n} }}"}, headers=accept) for n in range(3)]
    assert [answer.status_code for answer in tries] == [400, 400, 429]


def test_a_caller_who_spent_all_is_429_and_told_when_to_come_back():
    with running(Options(rates=dict.fromkeys(CallerClass, 25))) as one, httpx.Client() as client:
        spend = [client.post(one.url, json={"query": "{ hello }"}) for _ in range(3)]
    assert [answer.status_code for answer in spend] == [200, 200, 429]
    assert error(spend[2])[1] == "RATE_LIMITED"
    assert int(spend[2].headers["retry-after"]) > 0
    assert spend[2].json()["errors"][0]["extensions"]["retryAfter"] > 0
    assert spend[2].headers["ratelimit-policy"].endswith("q=25;w=60")


def test_a_foreign_host_is_421_and_health_answers_to_any():
    with running(Options(hosts=("127.0.0.1",))) as one, httpx.Client() as client:
        foreign = client.post(one.url, json={"query": "{ hello }"}, headers={"host": "evil.example"})
        assert error(foreign)[:2] == (421, "BAD_REQUEST")
        assert client.post(one.url, json={"query": "{ hello }"}).status_code == 200
        assert client.get(f"{one.base}/healthz", headers={"host": "evil.example"}).json() == {"status": "alive"}


def test_behind_a_trusted_proxy_address_and_country_are_the_callers():
    from ipaddress import ip_network

    with running(Options(proxies=(ip_network("127.0.0.0/8"),))) as one, httpx.Client() as client:
        sent = {"x-forwarded-for": "198.51.100.7", "cloudfront-viewer-country": "NL"}
        answer = client.post(one.url, json={"query": "{ who }"}, headers=sent)
        assert answer.json() == {"data": {"who": "nobody - NL  198.51.100.7"}}
        wrong = client.post(one.url, json={"query": "{ who }"}, headers={"cloudfront-viewer-country": "Mars"})
        assert error(wrong)[:2] == (400, "BAD_REQUEST")
