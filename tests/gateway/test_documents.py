"""Which text runs for a request: ids, hashes, manifests, modes (D8), and what a client can store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from graphql import GraphQLError

from domain.errors import BadRequest
from gateway.document_store import MemoryStore
from gateway.documents import DocumentNotFound, DocumentPolicy, Documents, HashMismatch, Mode, QueryNotFound
from gateway.manifests import ManifestRefused, merge, read_manifest, sha256_of
from gateway.request import GraphQLRequest
from gateway.valkey import ValkeyStore
from graph.callers import CallerClass
from graph.extensions.limits import DocumentLimits
from tests.clock import Clock

TEXT, OTHER = "query Genres { genres { name } }", "query Home { home { nodes { name } } }"
HASH, OTHER_HASH = sha256_of(TEXT), sha256_of(OTHER)
TRUSTED = {"genres": TEXT, f"sha256:{HASH}": TEXT}
ANONYMOUS, STAFF = CallerClass.ANONYMOUS, CallerClass.STAFF


def _apq(digest: Any, version: Any = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


class Client:
    """Asks a fresh `Documents` as one client."""

    def __init__(self, mode: Mode = "apq", trusted: dict[str, str] | None = None, **policy: Any) -> None:
        self.clock = Clock(1_000_000.0)
        self.store = MemoryStore(entries=3)
        self.documents = Documents(
            policy=DocumentPolicy(mode=mode, **policy),
            limits=DocumentLimits(characters=500),
            trusted=trusted,
            store=self.store,
            clock=self.clock,
        )

    async def __call__(self, caller: CallerClass = ANONYMOUS, client: str = "a", **request: Any) -> str:
        return await self.documents.resolve(GraphQLRequest(**request), caller=caller, client=client)


@pytest.mark.parametrize("mode", ["open", "apq"])
async def test_a_text_runs_as_it_is(mode: Mode):
    assert await Client(mode)(query=TEXT) == TEXT


@pytest.mark.parametrize(
    ("request_", "mode", "caller", "found"),
    [
        ({"query": TEXT}, "open", ANONYMOUS, True),
        ({"query": TEXT}, "apq", ANONYMOUS, True),
        ({"query": TEXT}, "trusted-only", STAFF, True),
        ({"query": TEXT}, "trusted-only", ANONYMOUS, False),
        ({"query": TEXT * 20}, "open", ANONYMOUS, False),
        ({"query": TEXT, "document_id": "genres"}, "open", ANONYMOUS, False),
        ({"query": TEXT, "extensions": _apq(HASH)}, "apq", ANONYMOUS, False),
        ({"extensions": _apq(HASH)}, "apq", ANONYMOUS, False),
        ({"document_id": "genres"}, "open", ANONYMOUS, False),
    ],
)
def test_a_text_is_at_hand_where_nothing_is_to_be_decided(request_: dict, mode: Mode, caller: CallerClass, found: bool):
    text = Client(mode, TRUSTED).documents.at_hand(GraphQLRequest(**request_), caller)
    assert text == (TEXT if found else None)


async def test_automatic_persistence_is_a_handshake_of_three():
    ask = Client()
    with pytest.raises(QueryNotFound) as unknown:
        await ask(extensions=_apq(HASH))
    assert (unknown.value.message, unknown.value.code) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    assert await ask(query=TEXT, extensions=_apq(HASH)) == TEXT
    assert await ask(extensions=_apq(HASH), client="b") == TEXT
    assert await ask(document_id=f"sha256:{HASH}") == TEXT


async def test_a_wrong_hash_stores_nothing():
    ask = Client()
    with pytest.raises(HashMismatch) as refused:
        await ask(query=TEXT, extensions=_apq(OTHER_HASH))
    assert refused.value.code == "PERSISTED_QUERY_HASH_MISMATCH"
    assert len(ask.store) == 0


@pytest.mark.parametrize(
    "extension",
    [
        7,
        "x",
        [],
        {},
        {"version": 1},
        {"sha256Hash": HASH},
        {"version": 2, "sha256Hash": HASH},
        {"version": "1", "sha256Hash": HASH},
        {"version": True, "sha256Hash": HASH},
        {"version": 1, "sha256Hash": HASH.upper()},
        {"version": 1, "sha256Hash": HASH[:-1]},
        {"version": 1, "sha256Hash": f"{HASH}\n"},
        {"version": 1, "sha256Hash": 7},
    ],
)
async def test_a_malformed_extension_is_a_bad_request(extension: Any):
    with pytest.raises(BadRequest, match="persistedQuery"):
        await Client()(query=TEXT, extensions={"persistedQuery": extension})


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "Send `query`"),
        ({"query": TEXT, "document_id": "x"}, "not both"),
        ({"document_id": ""}, "1 to 256"),
        ({"document_id": "x" * 257}, "1 to 256"),
        ({"document_id": "sha256:abc"}, "64 hexadecimal digits"),
    ],
)
async def test_what_cannot_be_meant_is_a_bad_request(request_: dict, message: str):
    with pytest.raises(BadRequest, match=message):
        await Client()(**request_)


@pytest.mark.parametrize("id_", ["home", f"sha256:{HASH}", "md5:abc", "x-internal:1"])
async def test_an_unknown_id_is_said_to_be_unknown(id_: str):
    with pytest.raises(DocumentNotFound) as unknown:
        await Client()(document_id=id_)
    assert unknown.value.code == "PERSISTED_DOCUMENT_NOT_FOUND"


async def test_a_text_that_is_too_long_is_not_even_hashed():
    ask = Client()
    with pytest.raises(GraphQLError, match="`characters`: 600, at most 500") as refused:
        await ask(query="#" * 600, extensions=_apq(sha256_of("#" * 600)))
    assert (refused.value.extensions or {})["code"] == "TOO_COMPLEX"
    assert len(ask.store) == 0


async def test_a_published_document_is_not_registered_again():
    ask = Client(trusted=TRUSTED)
    assert await ask(query=TEXT, extensions=_apq(HASH)) == TEXT
    assert len(ask.store) == 0


async def test_open_registers_nothing():
    ask = Client("open")
    assert await ask(query=TEXT, extensions=_apq(HASH)) == TEXT
    with pytest.raises(QueryNotFound):
        await ask(extensions=_apq(HASH))


@pytest.mark.parametrize(
    "request_",
    [
        {"document_id": "genres"},
        {"document_id": f"sha256:{HASH}"},
        {"query": TEXT},
        {"query": TEXT, "extensions": _apq(HASH)},
        {"extensions": _apq(HASH)},
    ],
)
async def test_published_documents_run_for_everyone_however_they_are_named(request_: dict):
    assert await Client("trusted-only", TRUSTED)(**request_) == TEXT


@pytest.mark.parametrize(
    "request_",
    [
        {"query": OTHER},
        {"query": OTHER, "extensions": _apq(OTHER_HASH)},
        {"extensions": _apq(OTHER_HASH)},
        {"document_id": f"sha256:{OTHER_HASH}"},
        {"query": TEXT + " "},
    ],
)
async def test_trusted_only_runs_and_stores_nothing_else(request_: dict):
    ask = Client("trusted-only", TRUSTED)
    await ask.store.put(OTHER_HASH, OTHER)
    with pytest.raises(DocumentNotFound):
        await ask(**request_)
    assert len(ask.store) == 1


async def test_staff_are_exempt_so_that_graphiql_works():
    ask = Client("trusted-only", TRUSTED)
    assert await ask(query=OTHER, caller=STAFF) == OTHER
    assert len(ask.store) == 0


async def test_a_mode_can_be_another_for_one_kind_of_caller():
    ask = Client(trusted=TRUSTED, by_caller={CallerClass.PARTNER: "trusted-only"})
    assert await ask(query=OTHER) == OTHER
    with pytest.raises(DocumentNotFound):
        await ask(query=OTHER, caller=CallerClass.PARTNER)


def _numbered(number: int) -> tuple[str, str]:
    text = f"query Q{number} {{ genres {{ name }} }}"
    return text, sha256_of(text)


async def test_a_client_registers_so_many_a_minute_and_no_more():
    ask = Client(registrations_per_minute=2)
    for number in range(4):
        text, digest = _numbered(number)
        assert await ask(query=text, extensions=_apq(digest)) == text
    assert len(ask.store) == 2
    text, digest = _numbered(9)
    await ask(query=text, extensions=_apq(digest), client="b")
    assert len(ask.store) == 3
    ask.clock.now += 60
    await ask(query=_numbered(3)[0], extensions=_apq(_numbered(3)[1]))
    assert await ask(extensions=_apq(_numbered(3)[1])) == _numbered(3)[0]


async def test_repeating_a_registration_costs_nothing():
    ask = Client(registrations_per_minute=1)
    for _ in range(3):
        await ask(query=TEXT, extensions=_apq(HASH))
    assert len(ask.store) == 1


async def test_the_clients_that_are_counted_are_bounded():
    ask = Client(clients=2)
    for client in "abcde":
        text, digest = _numbered(ord(client))
        await ask(query=text, extensions=_apq(digest), client=client)
    assert list(ask.documents._quota._counts) == ["d", "e"]


async def test_the_store_drops_what_was_not_used_for_longest():
    store = MemoryStore(entries=2)
    await store.put("a", "1")
    await store.put("b", "2")
    await store.get("a")
    await store.put("c", "3")
    assert [await store.get(digest) for digest in "abc"] == ["1", None, "3"]


async def test_the_store_is_bounded_in_size_too():
    store = MemoryStore(entries=100, size=10)
    for digest in "abcd":
        await store.put(digest, "xxxx")
    await store.put("d", "yyyy")
    assert (len(store), store.size, await store.get("d")) == (2, 8, "yyyy")


@pytest.fixture
async def valkey() -> AsyncIterator[FakeAsyncRedis]:
    async with FakeAsyncRedis() as client:
        yield client


async def test_servers_share_documents_through_valkey(valkey: FakeAsyncRedis):
    one, two = ValkeyStore(valkey, MemoryStore()), ValkeyStore(valkey, MemoryStore())
    await one.put(HASH, TEXT)
    assert await two.get(HASH) == TEXT
    assert await valkey.ttl(f"marquee:document:{HASH}") == 7 * 86_400
    await valkey.flushall()
    assert await two.get(HASH) == TEXT, "from its own memory"


@pytest.mark.parametrize("stored", [OTHER.encode(), b"\xff\xfe", b""])
async def test_a_text_that_does_not_match_its_hash_is_no_answer(valkey: FakeAsyncRedis, stored: bytes):
    await valkey.set(f"marquee:document:{HASH}", stored)
    assert await ValkeyStore(valkey, MemoryStore()).get(HASH) is None


async def test_without_valkey_it_is_a_memory():
    server = FakeServer()
    server.connected = False
    async with FakeAsyncRedis(server=server) as gone:
        store = ValkeyStore(gone, MemoryStore())
        await store.put(HASH, TEXT)
        assert (await store.get(HASH), await store.get(OTHER_HASH), store.failures) == (TEXT, None, 2)


MANIFESTS = {
    "graphql-codegen": {f"sha256:{HASH}": TEXT},
    "graphql-codegen without prefix": {HASH: TEXT},
    "apollo": {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": HASH, "name": "Genres", "type": "query", "body": TEXT}],
    },
    "relay": {"d41d8cd98f00b204e9800998ecf8427e": TEXT},
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_format_answers_to_the_hash_of_the_text(name: str):
    documents = read_manifest(orjson.dumps(MANIFESTS[name]), "web.json")
    relay = {"d41d8cd98f00b204e9800998ecf8427e": TEXT} if name == "relay" else {}
    assert documents == {f"sha256:{HASH}": TEXT, **relay}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        (b"[]", "must be an object"),
        (b"{}", "has no documents"),
        (b'{"a": 1}', "entry 'a'"),
        (b'{"a": " "}', "entry 'a'"),
        (b'{"format": "apollo-persisted-query-manifest", "version": 2}', "only version 1"),
        (b'{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}', "entry 'a'"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_named_with_its_fault(body: bytes, message: str):
    with pytest.raises(ManifestRefused, match=f"Manifest web.json: .*{message}"):
        read_manifest(body, "web.json")


def test_manifests_are_merged_and_an_id_means_one_document():
    assert merge([{"a": TEXT}, {"b": OTHER}, {"a": TEXT}]) == {"a": TEXT, "b": OTHER}
    with pytest.raises(ManifestRefused, match="'a' stands for two"):
        merge([{"a": TEXT}, {"a": OTHER}])
