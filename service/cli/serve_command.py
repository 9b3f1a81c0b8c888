"""`inkling serve`: the service as one process."""

import errno
import logging
import os
import signal
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from inkling.service.cli.settings_options import settings_options
from inkling.service.http.connections import HandleError, raise_handle_limit
from inkling.service.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

_log = logging.getLogger("inkling.server")

_BACKLOG = 1024

_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_PORT_TRIES = 20


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on one port. No other program can then take the port. Raises `OSError`.

    `localhost` has one for IPv4 and one for IPv6 if the machine has both, because a client may use either.
    """
    if host != "localhost":
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return [_listener(family, address)]
    tries = 1 if port else _PORT_TRIES
    while True:
        tries -= 1
        try:
            return _listen_on_loopback(port)
        except OSError as error:
            # A port that is free for IPv4 may be taken for IPv6.
            if not tries or error.errno != errno.EADDRINUSE:
                raise


def _listen_on_loopback(port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        chosen = listeners[0].getsockname()[1] if listeners else port
        try:
            listeners.append(_listener(family, (address, chosen)))
        except OSError as error:
            if error.errno in _NO_SUCH_ADDRESS:
                continue
            for listener in listeners:
                listener.close()
            raise
    if not listeners:
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    return listeners


def _listener(family: int, address: Any) -> socket.socket:
    listener = socket.create_server(address, family=family, backlog=_BACKLOG)
    # Its connections inherit this. asyncio would set it only on sockets that name their protocol, and
    # without it every answer on a kept connection waits 40 ms for a delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of the service, as a browser takes it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def loaded_app(settings: Settings) -> "FastAPI":
    """The application with its model loaded. Raises `click.ClickException` when it cannot serve."""
    from inkling.service.host import StartupError
    from inkling.service.http.access.secret_file import SecretFileError
    from inkling.service.http.app import create_app
    from inkling.service.monitoring.trace_export import TracingError

    try:
        app = create_app(settings)
        app.state.host.load()
    except (SecretFileError, StartupError, TracingError) as error:
        raise click.ClickException(str(error)) from None
    return app


def serve(settings: Settings, began: float) -> None:
    """Serve until a signal comes. Raises `click.ClickException` if the service cannot start.

    `began` is the start of the process on the monotonic clock.
    """
    try:
        handles = raise_handle_limit()
    except HandleError as error:
        raise click.ClickException(str(error)) from None
    try:
        listeners = listen(settings.host, settings.port)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no such name"
        where = f"{settings.host} port {settings.port}"
        raise click.ClickException(f"cannot listen on {where}: {why}; try another --port") from None
    # From here on a SIGHUP only asks for the API keys to be read again.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with ExitStack() as stack:
        for listener in listeners:
            stack.enter_context(listener)
        # Imported and loaded only now, because both take seconds and a port in use must be reported at once.
        app = loaded_app(settings)
        from inkling.service.http.server import make_server
        from inkling.service.monitoring.logs import configure_logging

        configure_logging(settings.log_level, settings.log_format)

        def ready() -> None:
            urls = " and ".join(map(url_of, listeners))
            seconds, name = time.monotonic() - began, app.state.host.model.name
            _log.info("ready at %s after %.1f s, model %s", urls, seconds, name)

        make_server(app, settings, ready, handles).run(sockets=listeners)
        _log.info("stopped")


@click.command(short_help="Serve suggestions over HTTP.")
@settings_options
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Serve suggestions over HTTP. Each option can be set in the environment, as INKLING_HOST and so on."""
    began = ctx.obj if isinstance(ctx.obj, float) else time.monotonic()
    try:
        settings = load_settings(**options)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    serve(settings, began)
