"""Runs one cloud in this process: binds two free ports, serves, provisions, tells its outputs, stops gracefully."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from emulation import environment
from emulation.encoding import NoEncoder
from emulation.outputs import Outputs
from emulation.sagemaker import DEFAULT_VARIANT
from emulation.state import CloudState

LOOPBACK = "127.0.0.1"


def free_socket() -> socket.socket:
    """A socket bound to a free loopback port; not listening yet, but nobody else can take the port."""
    # The protocol is named because asyncio turns Nagle's algorithm off for sockets that name it only.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, 0))
    return bound


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: whoever runs the cloud decides when it stops."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


async def run(
    *,
    data_dir: Path,
    persist: bool,
    recommender_url: str | None,
    scale: int,
    media: bool,
    media_cache: Path,
    when_ready: Callable[[Outputs], None],
    stop: asyncio.Event,
) -> None:
    """Serves until `stop` is set; with `persist` the state of `data_dir` is read first and written at the end."""
    endpoint, edge = free_socket(), free_socket()
    state = CloudState(
        endpoint_port=endpoint.getsockname()[1],
        media_port=edge.getsockname()[1],
        data_dir=data_dir,
        media_cache=media_cache,
        recommender_urls={DEFAULT_VARIANT: recommender_url} if recommender_url else {},
    )
    environment.prepare(port=state.endpoint_port, data_dir=data_dir, persist=persist)
    server = _Server(_config(state))
    serving = asyncio.create_task(server.serve([endpoint, edge]))
    stopping = asyncio.create_task(stop.wait())
    try:
        starting = asyncio.create_task(_provisioned(server, state, scale=scale, media=media))
        await asyncio.wait({starting, serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            when_ready(starting.result())
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        stopping.cancel()
        await serving


def _config(state: CloudState) -> uvicorn.Config:
    from ministack.app import app as ministack  # reads the environment when imported

    from emulation.server import EmbeddedAws

    return uvicorn.Config(
        EmbeddedAws(state, ministack),
        lifespan="on",
        access_log=False,
        # No proxy stands in front: a forwarded address or scheme would only be a viewer's claim.
        proxy_headers=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )


async def _provisioned(server: _Server, state: CloudState, *, scale: int, media: bool) -> Outputs:
    from emulation.provision import provision, publish_clips

    await server.listening.wait()
    outputs = await asyncio.to_thread(
        provision,
        endpoint_url=state.endpoint_url,
        media_base_url=state.media_base_url,
        data_dir=state.data_dir,
    )
    if scale:
        await asyncio.to_thread(state.catalogue.load_once, scale, outputs.users)
    if media:
        await asyncio.to_thread(with_clips, publish_clips, state)
    state.distribution_id = outputs.cloudfront.distribution_id
    state.ready = True
    return outputs


def with_clips(publish_clips: Callable[[str, Path], int], state: CloudState) -> None:
    """Without an encoder everything but the demo clips works."""
    try:
        publish_clips(state.endpoint_url, state.media_cache)
    except NoEncoder as error:
        print(f"The demo clips are missing: {error}", file=sys.stderr)
