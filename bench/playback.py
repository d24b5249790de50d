"""Figures of playback: calls and capacity, the time of a start, signed playlists, signatures and heartbeats.

    python -m bench.playback [--only calls|starts|playlists|signatures|heartbeats] [--seconds 1.0] [--starts 300]

The gateway is a process of its own over the embedded AWS, with the settings of `make run`; its CPU is read from the
kernel. Read ratios, not absolute rates: the load, the cloud and the gateway share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bench.processes import Running, free_port, server
from datasources.calls import counted
from datasources.cdn import Signer, SigningHash
from datasources.edge import Edge
from domain.viewers import ActiveProfile, Role, Viewer
from emulation.child import embedded_aws
from emulation.identity import token_for
from emulation.outputs import Outputs
from gateway.demo import environment
from gateway.settings import load
from gateway.telemetry import Telemetry
from gateway.wiring import build_engine, open_sources
from resolvers.context import Context
from resolvers.ids import encode_id

PERSONA, PROFILE = "viewer", "vera"
FOLDER = Path(__file__).resolve().parent / ".cache"
SEGMENTS = 1200
"""Of a film of two hours in segments of six seconds."""
CONNECTIONS = 8
STREAMS = 1000

FILMS = "{ titles(first: 50, sort: POPULARITY) { nodes { __typename id } } }"
SELECT = "mutation($id: ID!) { selectProfile(input: {id: $id}) { token } }"
START = """mutation($input: StartPlaybackInput!) { startPlayback(input: $input) {
  session { id expiresAt resumeSeconds delivery { manifestUrl maxQuality expiresAt } markers { kind } }
  errors { code message } } }"""
BEAT = """mutation($input: HeartbeatPlaybackInput!) { heartbeatPlayback(input: $input) {
  session { id expiresAt } errors { code } } }"""
STOP = """mutation($input: StopPlaybackInput!) { stopPlayback(input: $input) { session { id } errors { code } } }"""


def main(argv: Sequence[str] | None = None) -> int:
    """Prints a table for each part; the exit status."""
    arguments = _parser().parse_args(argv)
    wanted = set(arguments.only or PARTS)
    if "signatures" in wanted:
        signatures(arguments.seconds)
    if "playlists" in wanted:
        playlists(arguments.seconds)
    if wanted & {"calls", "starts", "heartbeats"}:
        with embedded_aws(scale=200, media=True) as outputs:
            os.environ.update(environment(outputs, None) | {"MARQUEE_CATALOGUE__FEED_SECONDS": "3600"})
            if "calls" in wanted:
                asyncio.run(calls(outputs))
            if wanted & {"starts", "heartbeats"}:
                _served(outputs, wanted, arguments)
    return 0


def signatures(seconds: float) -> None:
    """How many folder signatures one core makes a second, by kind of key."""
    until = datetime.now(UTC) + timedelta(hours=4)
    print("| key | signatures/s of one core | microseconds each | characters of the query |\n|---|---|---|---|")
    for name, signer in signers().items():
        sign = partial(signer.custom, "https://media.example.com/v/film/v1/*", expires_at=until)
        each = _seconds_each(sign, seconds)
        print(f"| {name} | {1 / each:,.0f} | {each * 1e6:.0f} | {len(sign().query)} |")


def signers() -> dict[str, Signer]:
    """One of each kind of key that CloudFront takes."""
    keys: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = {
        "RSA-2048": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "P-256": ec.generate_private_key(ec.SECP256R1()),
    }
    pem = {
        name: key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        for name, key in keys.items()
    }
    return {
        "RSA-2048, SHA-1": Signer("K2JCJMDEHXQW5F", pem["RSA-2048"]),
        "RSA-2048, SHA-256": Signer("K2JCJMDEHXQW5F", pem["RSA-2048"], SigningHash.SHA256),
        "ECDSA P-256, SHA-256": Signer("K2JCJMDEHXQW5F", pem["P-256"]),
    }


def playlists(seconds: float) -> None:
    """What a playlist of a long film costs when it is shared, and when each session has its own."""
    lines = [f"#EXTINF:6.0,\nseg-{number}.m4s" for number in range(SEGMENTS)]
    text = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n' + "\n".join(lines) + "\n#EXT-X-ENDLIST\n"
    print("| key | shared, microseconds | own (forensic), microseconds | bytes gzipped |\n|---|---|---|---|")
    for name, signer in signers().items():
        print(asyncio.run(_playlist_row(name, signer, text, seconds)))


async def _playlist_row(name: str, signer: Signer, text: str, seconds: float) -> str:
    edge, now, film = Edge("https://media.example.com", signer), datetime.now(UTC), timedelta(hours=2)
    path, found = "v/film/v1/video/720p/index.m3u8", {}
    for kind, viewer in (("shared", None), ("own", "0123456789abcdef")):
        count, body = 0, b""
        end = (begin := time.process_time()) + seconds
        while time.process_time() < end:
            body = await edge.playlist(path, text, await edge.folder("v/film/v1", film, now), viewer=viewer)
            count += 1
        found[kind] = (time.process_time() - begin) / count * 1e6
    return f"| {name} | {found['shared']:.1f} | {found['own']:,.0f} | {len(body):,} |"


async def calls(outputs: Outputs) -> None:
    """The AWS calls and capacity units of an operation, with a warm catalogue."""
    settings = load()
    async with open_sources(settings, Telemetry()) as sources:
        engine = build_engine(settings)
        sub = next(user.subject for user in outputs.users if user.persona == PERSONA)
        viewer = Viewer(
            sub=sub,
            client_id="bench",
            roles=frozenset({Role.VIEWER}),
            profile=ActiveProfile(id=PROFILE, kids=False, max_age=18),
            sign_in="bench",
        )

        async def ask(document: str, variables: Mapping[str, Any] | None = None) -> tuple[Any, Any]:
            context = Context(sources=sources, viewer=viewer, languages=("en",), country="NL")
            with counted() as made:
                answer = await engine.execute(engine.prepare(document), variables, context)
            return json.loads(answer.body)["data"], made

        films = (await ask(FILMS))[0]["titles"]["nodes"]
        session = await _first_playable(films, lambda id_: ask(START, _wish(id_)))
        print("\n| operation | AWS calls | capacity units told |\n|---|---|---|")
        started, made = await ask(START, _wish(session["playable"]))
        print(_calls_row("startPlayback", made))
        session |= started["startPlayback"]["session"]
        for name, document in (("heartbeatPlayback", BEAT), ("stopPlayback", STOP)):
            print(_calls_row(name, (await ask(document, _seen(session["id"])))[1]))


def _calls_row(name: str, made: Any) -> str:
    units = [f"{call} {'–' if call.units is None else f'{call.units:g}'}" for call in made]
    return f"| {name} | {len(made)}: {', '.join(made.names)} | {made.units:g} ({'; '.join(units)}) |"


async def _first_playable(films: Sequence[Any], start: Callable[[str], Any]) -> dict[str, Any]:
    for film in films:
        if film["__typename"] == "Movie":
            payload = (await start(film["id"]))[0]["startPlayback"]
            if payload["session"]:
                return {**payload["session"], "playable": film["id"]}
    raise LookupError("the demo has no film that plays")


@dataclass(frozen=True, kw_only=True)
class Player:
    """A connection of a signed-in device."""

    connection: HTTPConnection
    headers: dict[str, str]

    def __call__(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of the answer."""
        body = json.dumps({"query": document, "variables": variables})
        self.connection.request("POST", "/graphql", body, self.headers)
        answer = json.loads(self.connection.getresponse().read())
        if not answer.get("data"):
            raise LookupError(f"the gateway refused: {answer['errors']}")
        return answer["data"]


def _served(outputs: Outputs, wanted: set[str], arguments: argparse.Namespace) -> None:
    port = free_port()
    more = {
        "MARQUEE_SERVER__PORT": str(port),
        "MARQUEE_SERVER__DRAIN_DELAY_SECONDS": "0",
        "MARQUEE_LIMITS__RATE_VIEWER": "100000000",
        "MARQUEE_ADMISSION__WAIT_SECONDS": "5",
        "MARQUEE_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "gateway", "serve"]
    with server(command, more, port=port, log=FOLDER / "playback.log", ready="/readyz") as running:
        token = token_for(outputs, PERSONA)
        with players(port, token, CONNECTIONS) as devices:
            film = _film(devices[0])
            if "starts" in wanted:
                starts(devices[0], film, arguments.starts)
            if "heartbeats" in wanted:
                heartbeats(running, devices, film, arguments.seconds)


@contextmanager
def players(port: int, token: str, count: int) -> Iterator[list[Player]]:
    """So many connections of one account with a chosen profile."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    opened = [HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(count)]
    chosen = Player(connection=opened[0], headers=headers)(SELECT, {"id": encode_id("Profile", PROFILE)})
    headers = {**headers, "x-profile-token": chosen["selectProfile"]["token"]}
    try:
        yield [Player(connection=one, headers=headers) for one in opened]
    finally:
        for one in opened:
            one.close()


def _film(player: Player) -> str:
    for film in player(FILMS)["titles"]["nodes"]:
        if film["__typename"] == "Movie" and player(START, _wish(film["id"], "device-0"))["startPlayback"]["session"]:
            return str(film["id"])
    raise LookupError("the demo has no film that plays")


def starts(player: Player, film: str, count: int) -> None:
    """The time of a start, one after the other on one device, and of four devices that start by turns."""
    times = []
    for number in range(count):
        begin = time.perf_counter()
        payload = player(START, _wish(film, f"device-{number % 4}"))["startPlayback"]
        times.append((time.perf_counter() - begin) * 1000)
        assert payload["session"], payload
    cuts = statistics.quantiles(times, n=100)
    print(f"\nstartPlayback, {count} one after the other: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")


def heartbeats(running: Running, devices: Sequence[Player], film: str, seconds: float) -> None:
    """The gateway's CPU of a heartbeat, and what that means for a thousand streams at one a minute."""
    sessions = [devices[0](START, _wish(film, f"device-{n}"))["startPlayback"]["session"]["id"] for n in range(4)]
    end = time.monotonic() + max(seconds, 1.0) * 5

    def beats(number: int) -> int:
        done = 0
        while time.monotonic() < end:
            payload = devices[number](BEAT, _seen(sessions[number % len(sessions)]))["heartbeatPlayback"]
            assert payload["session"], payload
            done += 1
        return done

    before = running.cpu_seconds()
    with ThreadPoolExecutor(len(devices)) as pool:
        done = sum(pool.map(beats, range(len(devices))))
    each = (running.cpu_seconds() - before) / done
    share = each * STREAMS / 60
    print(
        f"\nheartbeatPlayback, {done} from {len(devices)} connections: {each * 1000:.2f} ms of the gateway's CPU each"
    )
    print(f"extrapolated: {STREAMS} streams at one a minute take {share * 100:.1f} % of one core")


def _wish(film: str, device: str = "bench") -> dict[str, Any]:
    return {"input": {"playableId": film, "deviceId": device, "deviceName": device, "deviceKind": "TV"}}


def _seen(session: str) -> dict[str, Any]:
    return {"input": {"sessionId": session, "positionSeconds": 9, "observedAt": datetime.now(UTC).isoformat()}}


def _seconds_each(work: Callable[[], object], seconds: float) -> float:
    """CPU of one call, over about so many seconds."""
    count, end = 0, (begin := time.process_time()) + seconds
    while time.process_time() < end:
        work()
        count += 1
    return (time.process_time() - begin) / count


PARTS = ("calls", "starts", "playlists", "signatures", "heartbeats")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.playback", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be repeated")
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU of each measurement")
    parser.add_argument("--starts", type=int, default=300)
    return parser


if __name__ == "__main__":
    sys.exit(main())
