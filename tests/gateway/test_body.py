"""Bodies are read within bounds and decoded without a second reading that another parser could disagree with."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadRequest
from gateway.body import ClientGone, decode, read
from gateway.statuses import Case, Rejected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff", "not valid UTF-8"),
        (b'"\\ud800"', "surrogate"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"a":NaN}', "cannot be read"),
        (b'{"a":Infinity}', "cannot be read"),
        (b"1" * 5000, "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[" * 65 + b"]" * 65, "deeper than 64 levels"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "deeper than 64 levels"),
        (b'{"a":1,"a":2}', "the key 'a' twice"),
        (b'{"a":1,"\\u0061":2}', "the key 'a' twice"),
        (b'{"x":{"a" :1,"b":2,"a"\t:3}}', "the key 'a' twice"),
        (b'{"a":9223372036854775808}', "more than 64 bits"),
        (b'{"a":-9223372036854775809}', "more than 64 bits"),
        (b'{"a":18446744073709551616}', "more than 64 bits"),
        (b"[100000000000000000000000000]", "more than 64 bits"),
    ],
)
def test_ambiguous_json_is_refused_with_the_reason(raw, reason):
    with pytest.raises(BadRequest, match=reason):
        decode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"query":"{ a(b: \\"c\\": 1) }"}',
        b'{"a":1e300,"b":-1e300}',
        b'{"a":9223372036854775807,"b":-9223372036854775808}',
        b"[" * 64 + b"]" * 64,
        b'{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
        '{"a":"😀"}'.encode(),
    ],
)
def test_unusual_json_that_keeps_the_rules_is_read(raw):
    assert decode(raw) == json.loads(raw)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_any_plain_value_survives(value, spaced):
    raw = json.dumps(value, ensure_ascii=False, separators=(" , ", " : ") if spaced else (",", ":")).encode()
    assert decode(raw) == value


def messages(*parts):
    """A receive() that gives these parts."""
    left = list(parts)

    async def receive():
        if not left:
            return {"type": "http.disconnect"}
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return receive


async def test_a_body_in_parts_is_read_whole():
    assert await read(messages(b"ab", b"c", b""), announced=None, limit=10) == b"abc"


async def test_an_announced_size_is_refused_before_anything_is_read():
    with pytest.raises(Rejected) as caught:
        await read(messages(), announced=b"11", limit=10)
    assert caught.value.case is Case.BODY_SIZE


@pytest.mark.parametrize("parts", [(b"x" * 11,), (b"x" * 6, b"x" * 6), (b"x" * 6, b"x" * 6, b"x" * 6)])
async def test_a_size_that_was_not_announced_is_refused_while_reading(parts):
    with pytest.raises(Rejected) as caught:
        await read(messages(*parts), announced=None, limit=10)
    assert caught.value.case is Case.BODY_SIZE


async def test_a_client_that_leaves_is_not_answered():
    with pytest.raises(ClientGone):
        await read(messages(), announced=None, limit=10)
