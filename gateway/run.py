"""Runs the gateway as a process: its socket, its logs, its metrics port, its stop."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from prometheus_client import start_http_server

from gateway.logs import configure_logging
from gateway.server import Server, config
from gateway.service import create_app
from gateway.settings import Settings
from gateway.settings_errors import SettingsRefused
from gateway.telemetry import Telemetry

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
    configure_logging(settings.log_level)
    telemetry = Telemetry()
    app = create_app(settings, telemetry=telemetry, page_config=page_config)
    with ExitStack() as stack:
        if listener is None:
            listener = stack.enter_context(listening(settings.server.host, settings.server.port))
        stack.enter_context(_metrics(settings, telemetry))
        server = Server(
            config(app, settings.server, settings.streams),
            app,
            drain_delay=settings.server.drain_delay_seconds,
            started=started,
        )
        server.run(sockets=[listener])
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
def _metrics(settings: Settings, telemetry: Telemetry) -> Iterator[None]:
    """A listener and a thread of their own, so that metrics are there when the gateway is at its busiest."""
    server = settings.server
    if server.metrics_port is None:
        yield
        return
    try:
        httpd, thread = start_http_server(server.metrics_port, server.metrics_host, telemetry.registry)
    except OSError as error:
        where = f"{server.metrics_host}:{server.metrics_port}"
        message = f"MARQUEE_SERVER__METRICS_PORT: {where} cannot be listened on ({error.strerror}). Take another port."
        raise SettingsRefused([message]) from error
    try:
        yield
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join(5)
