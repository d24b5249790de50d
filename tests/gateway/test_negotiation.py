"""What Accept and Content-Type mean."""

import pytest

from gateway.negotiation import is_json, negotiate

NEW, OLD = "application/graphql-response+json", "application/json"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, OLD),
        ("", OLD),
        ("*/*", OLD),
        ("application/*", OLD),
        (OLD, OLD),
        (NEW, NEW),
        (f"{NEW},{OLD};q=0.9", NEW),
        (f"{OLD}, {NEW}", NEW),
        (f"{OLD}, {NEW};q=0.5", OLD),
        (f"{OLD};q=0, */*", None),
        (f"{NEW}; charset=utf-8", NEW),
        (f'{NEW}; charset="UTF-8"', NEW),
        (f"{NEW}; charset=latin1", None),
        ("text/html,application/xhtml+xml,*/*;q=0.8", OLD),
        ("text/plain", None),
        ("nonsense", None),
        (";;;,,,q=", None),
        (f"{NEW};q=abc", NEW),
    ],
)
def test_the_type_of_a_single_answer(accept, kind):
    assert negotiate(None if accept is None else accept.encode()).json == kind


@pytest.mark.parametrize(
    ("accept", "events"),
    [
        ("text/event-stream", True),
        ("text/event-stream, application/json;q=0.9", True),
        (f"{NEW}, {OLD}, text/event-stream, multipart/mixed", False),
        ("application/json;q=0.5, text/event-stream", True),
        ("*/*", False),
    ],
)
def test_events_are_only_for_those_who_want_them_most(accept, events):
    """Clients name the type with every query; only its first place means it."""
    assert negotiate(accept.encode()).events is events


def test_multipart_and_its_subscriptions_are_told_apart():
    deferred = negotiate(b"multipart/mixed;deferSpec=20220824,application/json")
    subscribed = negotiate(b'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json')
    assert (deferred.multipart, deferred.subscriptions) == (True, False)
    assert (subscribed.multipart, subscribed.subscriptions) == (True, True)


def test_only_a_browser_asks_for_html():
    assert negotiate(b"text/html,*/*;q=0.8").html
    assert not negotiate(b"*/*").html


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("application/json", True),
        ("Application/JSON; Charset=UTF-8", True),
        ("application/json; charset=utf-16", False),
        ("text/plain; application/json", False),
        ("application/jsonp", False),
        ("application/graphql", False),
        ("multipart/form-data; boundary=application/json", False),
        ("", False),
    ],
)
def test_the_content_type_is_compared_exactly(content_type, taken):
    assert is_json(content_type.encode()) is taken
