"""What is counted, and which operations are worth a line."""

import io
import json

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, Source
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from domain.errors import NotFound, Unavailable
from gateway.journal import CLIENT_GONE, Entry, Journal, client_of, error_code
from gateway.logs import configure_logging
from gateway.telemetry import Telemetry


def scraped(telemetry):
    """Values by name and label values."""
    families = text_string_to_metric_families(generate_latest(telemetry.registry).decode())
    return {(one.name, *sorted(one.labels.values())): one.value for family in families for one in family.samples}


def test_operations_are_counted_with_their_seconds_and_cost():
    telemetry = Telemetry()
    for seconds in (0.003, 0.2, 99.0):
        telemetry.operation("http", "query", "viewer", "ok", seconds, 7)
    found, words = scraped(telemetry), ("http", "ok", "query", "viewer")
    assert found["marquee_operations_total", *words] == 3
    assert found["marquee_cost_total", *words] == 21
    assert [found["marquee_operation_seconds_bucket", le, *words] for le in ("0.005", "0.25", "10.0", "+Inf")] == [
        1,
        2,
        2,
        3,
    ]
    assert found["marquee_operation_seconds_sum", *words] == pytest.approx(99.203)


def test_values_of_others_are_read_at_the_scrape():
    telemetry = Telemetry()
    running = [1]
    telemetry.read_at_scrape(
        lambda: [("marquee_admission_running", "gauge", running[0], {}), ("marquee_x", "counter", 2, {"a": "b"})]
    )
    running[0] = 5
    found = scraped(telemetry)
    assert (found["marquee_admission_running",], found["marquee_x_total", "b"]) == (5, 2)


def test_calls_and_errors_are_counted():
    telemetry = Telemetry()
    telemetry.call("dynamodb", "answered", 0.01)
    telemetry.error("INTERNAL")
    found = scraped(telemetry)
    assert found["marquee_dependency_calls_total", "answered", "dynamodb"] == 1
    assert found["marquee_errors_total", "INTERNAL"] == 1


def closed(entry, sample):
    stream = io.StringIO()
    configure_logging("info", stream)
    telemetry = Telemetry()
    Journal(telemetry, sample=sample).close(entry)
    configure_logging("critical", io.StringIO())
    return [json.loads(line) for line in stream.getvalue().splitlines()], scraped(telemetry)


@pytest.mark.parametrize(
    ("codes", "sample", "lines"), [([], 0, 0), ([], 1, 1), (["INTERNAL"], 0, 1), ([CLIENT_GONE], 0, 0)]
)
def test_failures_and_a_sample_are_logged(codes, sample, lines):
    entry = Entry(b"request-1", "http")
    entry.codes, entry.status = codes, 200
    logged, found = closed(entry, sample)
    assert len(logged) == lines
    assert all(line["request_id"] == "request-1" and line["status"] == 200 for line in logged)
    assert sum(value for name, value in found.items() if name[0] == "marquee_operations_total") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GraphQLError("x", extensions={"code": "TOO_COMPLEX"}), "TOO_COMPLEX"),
        (GraphQLError("x", path=["a"], original_error=Unavailable("x")), "UNAVAILABLE"),
        (GraphQLError("x", path=["a"], original_error=GraphQLError("y", original_error=NotFound("z"))), "BAD_REQUEST"),
        (GraphQLError("x", path=["a"], original_error=RuntimeError("x")), "INTERNAL"),
        (GraphQLError("x"), "GRAPHQL_VALIDATION_FAILED"),
        (GraphQLSyntaxError(Source("{"), 1, "x"), "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_an_error_has_the_code_that_clients_see(error, code):
    assert error_code(error) == code


def test_a_client_may_name_itself():
    assert client_of({}) is None
    assert client_of({b"apollographql-client-name": b"web", b"apollographql-client-version": b"1.2"}) == "web/1.2"
