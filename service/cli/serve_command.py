"""`inkling serve`: the service as one process."""

import errno
import logging
import os
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inkling.service.http.connections import HandleError, raise_handle_limit
from inkling.service.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

_log = logging.getLogger("inkling.server")

_BACKLOG = 1024

_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_PORT_TRIES = 20


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on one port, which no other program can then take. Raises `OSError`.

    `localhost` has one for IPv4 and one for IPv6, where the machine has both: a client may take either.
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
    from inkling.service.http.app import create_app
    from inkling.service.http.middleware.auth import KeyFileError

    try:
        app = create_app(settings)
        app.state.host.load()
    except (KeyFileError, StartupError) as error:
        raise click.ClickException(str(error)) from None
    return app


def serve(settings: Settings, began: float) -> None:
    """Serve until a signal comes. Raises `click.ClickException` for whatever keeps it from starting.

    `began` is when the process did, on the monotonic clock.
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
        # Imported and loaded only now: both take seconds, and a port in use is told at once.
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
@click.option("--host", metavar="ADDRESS", help="Address to listen on [127.0.0.1].")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one [8000].")
@click.option("--bundle", type=click.Path(path_type=Path), help="Folder of the model [the one that ships].")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), help="Where the model computes [auto].")
@click.option("--runtime", type=click.Choice(["auto", "onnx", "torch"]), help="What computes [auto].")
@click.option("--threads", type=int, help="Threads of one computation [1].")
@click.option("--max-queue", type=int, help="Requests that may wait before 429 [64].")
@click.option("--max-wait-ms", type=int, help="A request that would wait longer gets 429 [60].")
@click.option("--max-connections", type=int, help="Connections at one time [2000].")
@click.option(
    "--max-connections-per-address", type=int, help="Of these from one address of another machine [1000]."
)
@click.option("--head-seconds", type=float, help="Time to send the head of a request [10].")
@click.option("--body-seconds", type=float, help="Time to send the body of a request [30].")
@click.option("--session-bytes", type=int, help="Memory for all sessions [268435456].")
@click.option("--session-idle-seconds", type=float, help="An unused session lasts this long [1800].")
@click.option("--api-keys", type=click.Path(path_type=Path), help="File of name:sha256 lines, one a key.")
@click.option("--allow-anonymous", is_flag=True, default=None, help="Serve other machines without keys.")
@click.option("--metrics-key", is_flag=True, default=None, help="Ask for an API key at /metrics too.")
@click.option(
    "--blocked-words", type=click.Path(path_type=Path), help="Words never suggested [a list that ships]."
)
@click.option(
    "--learning/--no-learning", default=None, help="Whether users may let it learn from sent mail [yes]."
)
@click.option(
    "--profiles", type=click.Path(path_type=Path), help="File of what it learned [in the data folder]."
)
@click.option("--profile-words", type=int, help="Words of one user that it keeps, the newest [20000].")
@click.option("--profile-days", type=float, help="What it learned is forgotten after so long [730].")
@click.option(
    "--allowed-origins", metavar="LIST", help="Web origins allowed to ask, with commas or spaces [none]."
)
@click.option("--allowed-hosts", metavar="LIST", help="Names to ask for profiles under [this machine's].")
@click.option("--playground", type=click.Path(path_type=Path), help="Folder of the widget's pages [none].")
@click.option("--drain-seconds", type=float, help="Time to finish what is in flight at the end [10].")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="[info]")
@click.option("--log-format", type=click.Choice(["plain", "json"]), help="[plain]")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Serve suggestions over HTTP. Each option can be set in the environment, as INKLING_HOST and so on."""
    began = ctx.obj if isinstance(ctx.obj, float) else time.monotonic()
    try:
        settings = load_settings(**options)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    serve(settings, began)
