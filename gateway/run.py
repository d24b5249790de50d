"""Runs the gateway as a process: its socket, its logs, its metrics port, its stop."""

from __future__ import annotations

import gc
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from prometheus_client import start_http_server

from datasources.heap import bound_heap
from gateway.logs import configure_logging
from gateway.server import Server, config
from gateway.service import create_app
from gateway.settings import Settings
from gateway.settings_errors import SettingsRefused
from gateway.telemetry import Telemetry
from gateway.wiring import the_schema
from gateway.workers import Supervisor

BACKLOG = 2048


def serve(
    settings: Settings,
    *,
    listener: socket.socket | None = None,
    started: Callable[[int], None] | None = None,
    page_config: dict[str, Any] | None = None,
) -> int:
    """Until SIGTERM or SIGINT; `started` is told the port once requests are answered. The exit status.

    `listener` is a socket of `listening`; without it one is opened by the settings.
    """
    bound_heap()
    configure_logging(settings.log_level)
    logging.getLogger("uvicorn.error").addFilter(_not_known_already)
    with ExitStack() as stack:
        if listener is None:
            listener = stack.enter_context(listening(settings.server.host, settings.server.port))
        if settings.server.workers == 1:
            return _work(settings, listener, started, page_config, 0)
        shared = listener

        def work(number: int) -> int:
            try:
                return _work(settings, shared, started if number == 0 else None, page_config, number)
            except SettingsRefused as refused:
                return refused.tell()

        _prepare_to_share()
        return Supervisor(settings.server.workers, work).run()


def _prepare_to_share() -> None:
    """What all workers have alike is made before they are forked; what is not collected is not copied by that."""
    the_schema()
    gc.collect()
    gc.freeze()


def _not_known_already(record: logging.LogRecord) -> bool:
    """Whether uvicorn's message says more than the reason that is printed anyway."""
    return record.getMessage() != "Application startup failed. Exiting."


def _work(
    settings: Settings,
    listener: socket.socket,
    started: Callable[[int], None] | None,
    page_config: dict[str, Any] | None,
    number: int,
) -> int:
    """One process that serves."""
    telemetry = Telemetry()
    app = create_app(settings, telemetry=telemetry, page_config=page_config)
    with _metrics(settings, telemetry, number):
        server = Server(
            config(app, settings.server, settings.streams),
            app,
            drain_delay=settings.server.drain_delay_seconds,
            started=started,
        )
        try:
            server.run(sockets=[listener])
        except SystemExit:
            # uvicorn's way of saying that the application did not start; the application knows why.
            if app.refused is not None:
                raise app.refused from None
            raise
    return 0 if server.started else 3


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, before anything else is opened: a taken port costs nothing, and early callers wait."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            message = f"{host}:{port} cannot be listened on ({error.strerror}). Choose another port."
            raise SettingsRefused([message]) from error
        listener.listen(BACKLOG)
        listener.setblocking(False)
        yield listener


@contextmanager
def _metrics(settings: Settings, telemetry: Telemetry, number: int) -> Iterator[None]:
    """A listener and a thread of their own, so that metrics are there when the gateway is at its busiest."""
    server = settings.server
    if server.metrics_port is None:
        yield
        return
    try:
        port = server.metrics_port + number
        httpd, thread = start_http_server(port, server.metrics_host, telemetry.registry)
    except OSError as error:
        where = f"{server.metrics_host}:{port}"
        message = f"MARQUEE_SERVER__METRICS_PORT: {where} cannot be listened on ({error.strerror}). Take another port."
        raise SettingsRefused([message]) from error
    try:
        yield
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join(5)
