"""The whole service under bad input: whatever comes, it is answered, coded, without a trace, and life goes on (H2)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from graphql import build_schema, get_introspection_query, is_scalar_type
from graphql.language import StringValueNode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, queries

from emulation.identity import token_for
from emulation.outputs import Outputs
from gateway.demo import environment
from gateway.masking import CODES
from gateway.service import create_app
from gateway.settings import load
from graph.export import printed_schema
from tests.gateway.small import Options, running

PATIENT = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
FEW = settings(PATIENT, max_examples=15)
# The service runs in this process and draws random numbers of its own, which is none of Hypothesis's business.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
FINE = b'{"query":"{ genres { name } }"}'
HEADERS = {"content-type": "application/json", "accept": "application/graphql-response+json"}


@pytest.fixture(scope="module")
def service(cloud: Outputs) -> Iterator[httpx.Client]:
    """The real gateway over the embedded cloud with 100 titles, in production's mode."""
    httpx.post(f"{cloud.endpoint_url}/_marquee/reset", json={"scale": 100}, timeout=60).raise_for_status()
    chosen = {"MARQUEE_MODE": "prod", "MARQUEE_LIMITS__RATE_ANONYMOUS": "1000000000"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment(cloud, None), **chosen}.items():
            patch.setenv(name, value)
        app = create_app(load())
        with running(Options(), app) as one, httpx.Client(base_url=one.base, timeout=30) as client:
            yield client
    httpx.post(f"{cloud.endpoint_url}/_marquee/reset", json={"scale": 0}, timeout=60).raise_for_status()


def _coded(answer: httpx.Response) -> list[str]:
    """The codes of an answer, after checking what every answer must be."""
    assert answer.status_code < 500, answer.text
    assert answer.headers["content-type"].startswith(("application/json", "application/graphql-response+json"))
    assert "Traceback" not in answer.text and ".py" not in answer.text
    body = answer.json()
    codes = [error["extensions"]["code"] for error in body.get("errors", ())]
    assert CODES.issuperset(codes) and len(codes) <= 20
    assert "data" in body or codes
    return codes


def _post(service: httpx.Client, body: bytes, **headers: str) -> list[str]:
    return _coded(service.post("/graphql", content=body, headers={**HEADERS, **headers}))


@pytest.fixture(autouse=True)
def _life_goes_on(service: httpx.Client) -> Iterator[None]:
    yield
    assert _post(service, FINE) == []


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good body with some bytes changed, cut out, doubled or put in."""
    body = bytearray(
        draw(
            st.sampled_from(
                [
                    FINE,
                    b'{"query":"query A($n: Int) { titles(first: $n) { nodes { name } } }","variables":{"n":3},'
                    b'"operationName":"A","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}',
                    b'{"documentId":"sha256:00","variables":{"a":[{"b":null}]}}',
                ]
            )
        )
    )
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        match draw(st.integers(0, 3)):
            case 0:
                body[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del body[at : at + draw(st.integers(1, 8))]
            case 2:
                body[at:at] = body[at : at + 8]
            case 3:
                body[at:at] = draw(
                    st.sampled_from([b"\x00", b"\xff", b'"', b"[" * 70, b"9" * 5000, b"NaN", b"\\ud800"])
                )
    return bytes(body)


@PATIENT
@given(body=damaged() | st.binary(max_size=200))
def test_damaged_bodies(service: httpx.Client, body: bytes):
    _post(service, body)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@PATIENT
@given(
    body=ANYTHING
    | st.fixed_dictionaries(
        {"query": st.just("query A($n: Int, $i: [ID!]) { titles(first: $n) { nodes { id } } }") | ANYTHING},
        optional={
            "variables": ANYTHING | st.fixed_dictionaries({"n": ANYTHING}),
            "operationName": ANYTHING,
            "extensions": ANYTHING | st.fixed_dictionaries({"persistedQuery": ANYTHING}),
            "documentId": ANYTHING,
        },
    )
)
def test_every_parameter_of_any_type(service: httpx.Client, body: Any):
    _post(service, json.dumps(body).encode())


@PATIENT
@given(text=st.text(max_size=300) | st.text(alphabet='{}()[]:!$@."#aé\n ', max_size=300))
def test_any_text_as_a_document(service: httpx.Client, text: str):
    _post(service, json.dumps({"query": text}).encode())


@PATIENT
@given(
    name=st.sampled_from(["authorization", "x-profile-token", "accept-language", "x-request-id", "x-forwarded-for"]),
    value=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=200),
)
def test_any_value_of_a_header(service: httpx.Client, name: str, value: str):
    _post(service, FINE, **{name: value.strip()})


SDL = printed_schema()
WELL_FORMED = {
    "BigInt": "12",
    "CountryCode": "NL",
    "Date": "2026-11-22",
    "DateTime": "2026-11-22T10:00:00Z",
    "Decimal": "12.99",
    "LanguageTag": "nl",
    "URL": "https://example.com/a",
}
BUILT_IN = {"Int", "Float", "String", "Boolean", "ID"}


def _texts(*known: str) -> st.SearchStrategy[StringValueNode]:
    texts = st.sampled_from(known) | st.sampled_from(known) | st.text(max_size=12) if known else st.text(max_size=12)
    return texts.map(lambda text: StringValueNode(value=text))


@pytest.fixture(scope="module")
def scalars(service: httpx.Client) -> dict[str, st.SearchStrategy[Any]]:
    """Values of scalars that are mostly good ones, and ids that exist."""
    query = "{ titles(first: 5) { nodes { id credits(first: 2) { nodes { person { id } } } } } genres { id } }"
    found = service.post("/graphql", json={"query": query}).json()["data"]
    titles = found["titles"]["nodes"]
    ids = [node["id"] for node in [*titles, *found["genres"][:3]]]
    ids += [credit["person"]["id"] for title in titles for credit in title["credits"]["nodes"]]
    kinds = [name for name, kind in build_schema(SDL).type_map.items() if is_scalar_type(kind) and name not in BUILT_IN]
    usual = {name: _texts(*([WELL_FORMED[name]] if name in WELL_FORMED else [])) for name in kinds}
    return {**usual, "ID": _texts(*ids)}


@pytest.fixture(scope="module")
def tokens(cloud: Outputs) -> dict[str, str]:
    return {persona: token_for(cloud, persona) for persona in ("viewer", "partner", "editor", "admin")}


@pytest.mark.parametrize("persona", ["anonymous", "viewer", "partner", "admin"])
@pytest.mark.parametrize("kind", [queries, mutations])
@FEW
@given(data=st.data())
def test_every_valid_operation_has_an_answer(
    cloud: Outputs,
    service: httpx.Client,
    tokens: dict[str, str],
    scalars: dict[str, st.SearchStrategy[Any]],
    persona: str,
    kind: Callable[..., st.SearchStrategy[str]],
    data: st.DataObject,
):
    document = data.draw(kind(SDL, custom_scalars=scalars, allow_x00=False))
    bearer = {"authorization": f"Bearer {tokens[persona]}"} if persona != "anonymous" else {}
    assert "INTERNAL" not in _post(service, json.dumps({"query": document}).encode(), **bearer)
    if persona != "anonymous" and ("signOut" in document or "revokeSignIns" in document):
        time.sleep(1.0)  # sign-ins end by the second
        tokens[persona] = token_for(cloud, persona)


def test_in_production_the_schema_is_for_staff(service: httpx.Client, tokens: dict[str, str]):
    body = json.dumps({"query": get_introspection_query()}).encode()
    assert _post(service, body) == ["FORBIDDEN"]
    assert _post(service, body, authorization=f"Bearer {tokens['viewer']}") == ["FORBIDDEN"]
    assert _post(service, body, authorization=f"Bearer {tokens['editor']}") == []


MISTAKEN = {
    "{ genrs { name } }": "genres",
    "{ genres { nam } }": "name",
    "{ titles(frst: 1) { nodes { id } } }": "first",
    "{ titles(sort: NAM) { nodes { id } } }": "NAME",
    "{ ...F } fragment F on Titl { id }": "Title",
}


def test_the_actual_cost_is_told_to_those_who_ask(service: httpx.Client, tokens: dict[str, str]):
    query = """{ titles(first: 2) { nodes { name genres { name } } } genres { name }
      few: titles(first: 100, filter: {maxAge: 6}) { nodes { id } } }"""
    partner = {"authorization": f"Bearer {tokens['partner']}"}
    plain, asked = (
        service.post("/graphql", json={"query": query}, headers=headers).json()
        for headers in (partner, {**partner, "x-report-cost": "1"})
    )
    cost = asked["extensions"].pop("cost")
    data = asked["data"]
    assert asked == {"data": plain["data"], "extensions": {}}
    assert plain["extensions"]["cost"] == {name: value for name, value in cost.items() if name != "actual"}
    genres = sum(len(title["genres"]) for title in data["titles"]["nodes"])
    assert cost["actual"] == 1 + 2 + genres + len(data["genres"]) + 1 + len(data["few"]["nodes"])
    assert 0 < cost["actual"] < cost["requested"]


def test_in_production_suggestions_are_for_staff(service: httpx.Client, tokens: dict[str, str]):
    """Also when others have sent the very same document before and after, and its refusal is remembered."""
    for query, meant in MISTAKEN.items():
        for persona in ("anonymous", "viewer", "partner", "editor", "anonymous", "admin", "viewer", "anonymous"):
            bearer = {"authorization": f"Bearer {tokens[persona]}"} if persona != "anonymous" else {}
            answer = service.post("/graphql", json={"query": query}, headers=bearer)
            told = re.findall(r"Did you mean [^?]*'([^']+)'[^?]*\?", answer.json()["errors"][0]["message"])
            assert bool(told) == (persona in ("editor", "admin")), (query, persona, answer.text)
            assert not told or meant in answer.text
            assert _coded(answer) == ["GRAPHQL_VALIDATION_FAILED"] * len(answer.json()["errors"])
