"""What a client is told of an error, and what stays inside (D6, H7)."""

from __future__ import annotations

from typing import Any

import pytest
from dirty_equals import IsStr
from graphql import (
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from structlog.testing import capture_logs

from domain.errors import (
    BadRequest,
    CursorExpired,
    DeadlineExceeded,
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    TooComplex,
    Unauthenticated,
    Unavailable,
    UpstreamInvalid,
    UpstreamThrottled,
)
from gateway.documents import DocumentNotFound, HashMismatch, QueryNotFound
from gateway.masking import (
    CODES,
    MAX_BYTES,
    MAX_MESSAGE,
    codes_of,
    error_formatter,
    format_error,
    format_errors,
    refusal_entry,
)
from gateway.statuses import Case, Rejected
from graph.extensions.limits import DocumentLimits

SDL = """
scalar Odd
enum Kind { MOVIE SERIES }
input Wish { name: String!, kind: Kind }
type Query { title(id: ID, wish: Wish, odd: Odd, first: Int! = 3): Title  boom: String  number: Int  must: String! }
type Title { name: String }
"""


def _schema() -> GraphQLSchema:
    schema = build_schema(SDL)

    def boom(*_: Any) -> str:
        raise RuntimeError("password=hunter2 at /srv/app/secret.py")

    def odd(_value: Any) -> Any:
        raise KeyError("internal-table-name")

    scalar = schema.type_map["Odd"]
    assert isinstance(scalar, GraphQLScalarType) and schema.query_type is not None
    scalar.parse_value = scalar.coerce_input_value = odd  # type: ignore[method-assign,assignment]
    schema.query_type.fields["boom"].resolve = boom
    schema.query_type.fields["number"].resolve = lambda *_: "not a number"
    return schema


SCHEMA = _schema()


def _execute(document: str, variables: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The formatted errors of an execution by graphql-core."""
    result = execute_sync(SCHEMA, parse(document), variable_values=variables)
    return [format_error(error) for error in result.errors or ()]


def _validate(document: str, *, suggestions: bool = False) -> list[dict[str, Any]]:
    formatter = error_formatter(suggestions=suggestions)
    return [formatter(error) for error in validate(SCHEMA, parse(document))]


def test_an_unknown_exception_is_masked_with_an_id_that_is_in_the_log():
    with capture_logs() as logs:
        (entry,) = _execute("{ boom }")
    id_ = entry["extensions"]["id"]
    assert entry == {
        "message": f"Something failed on our side. Try again, and name the id {id_} when you report it.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["boom"],
        "extensions": {"code": "INTERNAL", "id": IsStr(regex="[0-9a-f]{16}")},
    }
    assert [(log["error_id"], log["error"], log["path"]) for log in logs] == [(id_, "RuntimeError", "boom")]
    assert isinstance(logs[0]["exc_info"], RuntimeError)


@pytest.mark.parametrize("document", ["{ number }", "{ must }"])
def test_a_value_that_the_schema_does_not_allow_is_our_fault(document: str):
    (entry,) = _execute(document)
    assert entry["extensions"]["code"] == "INTERNAL"
    assert "number" not in entry["message"] and "Query" not in entry["message"]


REFUSALS: list[tuple[Refused, dict[str, Any]]] = [
    (BadRequest("m"), {"code": "BAD_REQUEST"}),
    (Unauthenticated("m"), {"code": "UNAUTHENTICATED"}),
    (Forbidden("m"), {"code": "FORBIDDEN"}),
    (RateLimited("m", retry_after=3), {"code": "RATE_LIMITED", "retryAfter": 3}),
    (TooComplex("m"), {"code": "TOO_COMPLEX"}),
    (CursorExpired("m"), {"code": "CURSOR_EXPIRED"}),
    (Unavailable("m", retry_after=1.5), {"code": "UNAVAILABLE", "retryAfter": 1.5}),
    (UpstreamThrottled("m"), {"code": "UPSTREAM_THROTTLED"}),
    (UpstreamInvalid("m"), {"code": "UPSTREAM_INVALID"}),
    (DeadlineExceeded("m"), {"code": "DEADLINE_EXCEEDED"}),
    (DocumentNotFound("m"), {"code": "PERSISTED_DOCUMENT_NOT_FOUND"}),
    (HashMismatch("m"), {"code": "PERSISTED_QUERY_HASH_MISMATCH"}),
    (Rejected(Case.OVERLOAD, "m", retry_after=2), {"code": "OVERLOADED", "retryAfter": 2}),
]


@pytest.mark.parametrize(("refusal", "extensions"), REFUSALS, ids=lambda value: getattr(value, "code", None))
def test_a_refusal_keeps_its_message_and_code(refusal: Refused, extensions: dict[str, Any]):
    wrapped = GraphQLError("ignored", path=["a"], original_error=GraphQLError("x", original_error=refusal))
    assert format_error(wrapped) == {"message": "m", "path": ["a"], "extensions": extensions}
    assert refusal_entry(refusal) == {"message": "m", "extensions": extensions}
    assert extensions["code"] in CODES


def test_the_handshake_of_persisted_queries_is_the_protocols_own():
    expected = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
    assert refusal_entry(QueryNotFound()) == expected


def test_a_persons_fault_outside_of_a_payload_is_a_bad_request():
    entry = format_error(GraphQLError("x", path=["a"], original_error=NotFound("No title has that id.")))
    assert entry["message"] == "No title has that id."
    assert entry["extensions"] == {"code": "BAD_REQUEST", "reason": "NOT_FOUND"}


def test_an_error_that_was_made_for_clients_stays_as_it_is():
    error = GraphQLError("Needs ADMIN.", path=["a"], extensions={"code": "FORBIDDEN", "need": "ADMIN"})
    expected = {"message": "Needs ADMIN.", "path": ["a"], "extensions": {"code": "FORBIDDEN", "need": "ADMIN"}}
    assert format_error(error) == expected


def test_an_unpublished_code_is_masked():
    error = GraphQLError("x", path=["a"], extensions={"code": "SQL_STATE_42"})
    assert format_error(error)["extensions"]["code"] == "INTERNAL"


def _syntax_error(document: str, max_tokens: int | None = None) -> GraphQLError:
    with pytest.raises(GraphQLError) as refused:
        parse(document, max_tokens=max_tokens)
    return refused.value


def test_a_syntax_error_says_where():
    assert format_error(_syntax_error("{ a ")) == {
        "message": "Syntax Error: Expected Name, found <EOF>.",
        "locations": [{"line": 1, "column": 5}],
        "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
    }


def test_too_many_tokens_is_a_limit():
    formatter = error_formatter(limits=DocumentLimits(tokens=10))
    entry = formatter(_syntax_error("{" + " a" * 50 + "}", max_tokens=10))
    assert entry["extensions"] == {"code": "TOO_COMPLEX", "limit": "tokens", "value": 11, "maximum": 10}
    assert entry["message"].startswith("The document exceeds the limit `tokens`: 11, at most 10.")


WRONG = [
    "{ titel { name } }",
    "{ title { nam } }",
    "{ title(idd: 1) { name } }",
    "{ title(wish: {nam: 1}) { name } }",
    '{ title(wish: {name: "x", kind: MOVE}) { name } }',
    "{ title { ... on Titel { name } } }",
    "{ title { ...F } } fragment F on Titl { name }",
]


@pytest.mark.parametrize("document", WRONG)
def test_suggestions_are_for_those_who_may_see_the_schema(document: str):
    hidden, shown = _validate(document), _validate(document, suggestions=True)
    assert any("Did you mean" in entry["message"] for entry in shown)
    assert not any("Did you mean" in entry["message"] for entry in hidden)
    assert {entry["extensions"]["code"] for entry in hidden} == {"GRAPHQL_VALIDATION_FAILED"}


def test_variables_are_a_validation_failure_without_suggestions():
    document = "query($wish: Wish!) { title(wish: $wish) { name } }"
    (entry,) = _execute(document, {"wish": {"name": "x", "kind": "MOVI"}})
    assert entry["message"].startswith("Variable '$wish' has invalid value at .kind: Value 'MOVI' does not exist")
    assert entry["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"} and "Did you mean" not in entry["message"]


def test_a_scalars_own_exception_is_not_told():
    (entry,) = _execute("query($odd: Odd) { title(odd: $odd) { name } }", {"odd": 1})
    assert entry["message"] == "Variable '$odd' has invalid value: Expected value of type 'Odd', found: 1."
    assert entry["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_null_for_an_argument_that_needs_a_value_is_a_validation_failure():
    (entry,) = _execute("query($first: Int = 1) { title(first: $first) { name } }", {"first": None})
    assert entry["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("message", ["Must provide an operation.", "Unknown operation named 'X'."])
def test_a_wrong_operation_name_is_a_bad_request(message: str):
    assert format_error(GraphQLError(message))["extensions"] == {"code": "BAD_REQUEST"}


def test_a_message_is_bounded():
    message = format_error(GraphQLError("x" * 100_000))["message"]
    assert len(message) == MAX_MESSAGE and message.endswith("x…")


def test_errors_are_bounded_in_number_and_the_rest_is_counted():
    entries = format_errors([GraphQLError(f"fault {number}") for number in range(50)])
    assert len(entries) == 20
    assert entries[-1]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED", "omittedErrors": 30}


def test_errors_are_bounded_in_bytes():
    entries = format_errors([GraphQLError(f"{number}" + "x" * 5000) for number in range(100)], maximum=100)
    assert sum(len(entry["message"]) for entry in entries) <= MAX_BYTES + MAX_MESSAGE
    assert entries[-1]["extensions"]["omittedErrors"] == 100 - len(entries)


def test_the_same_error_is_told_once():
    document = parse("{ " + " ".join(f"a{n}: boom @nope" for n in range(30)) + " }")
    assert [entry["message"] for entry in format_errors(validate(SCHEMA, document))] == ["Unknown directive '@nope'."]


def test_equal_messages_at_two_paths_are_two_errors():
    errors = [GraphQLError("m", path=[name], extensions={"code": "FORBIDDEN"}) for name in "ab"]
    assert [entry["path"] for entry in format_errors(errors)] == [["a"], ["b"]]


def test_the_codes_of_an_answer():
    entries = format_errors([GraphQLError("a"), GraphQLError("Must provide an operation."), GraphQLError("b")])
    assert codes_of(entries) == ["BAD_REQUEST", "GRAPHQL_VALIDATION_FAILED"]


def test_every_row_of_the_status_table_has_a_published_code():
    assert {case.code for case in Case} <= CODES


def test_all_errors_of_an_answer_together_are_bounded():
    formatter = error_formatter(maximum=3)
    errors = [GraphQLError(f"Cannot query field 'a{n}'.") for n in range(9)]
    shown = formatter.many(errors)
    assert len(shown) == 3
    assert shown[-1]["extensions"]["omittedErrors"] == 6
