"""The model in a process of its own, so that HTTP and model never wait for one another's Python.

    python -m inkling.service.engine.worker.process --fd N ...

speaks messages (`inkling.service.engine.worker_messages`) on a connected socket: it says `Ready` with what it
serves, or `Refused` and why, then answers until the other end is gone or says `Stop`. `WorkerClient` is
that end.
"""

import argparse
import asyncio
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from inkling.models.bundle.bundle import BundleError, load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.explanation.explainer import Explainer
from inkling.models.runtime.device import DeviceError
from inkling.models.search.word_filter import WordListError, default_filter
from inkling.service.engine.failure import describe_failure
from inkling.service.engine.garbage import freeze
from inkling.service.engine.served import ServedModel
from inkling.service.engine.wire import pack
from inkling.service.engine.worker.engine import MAX_BATCH, Engine
from inkling.service.engine.worker.learning import Learning
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.openings import common_openings
from inkling.service.engine.worker.reading import MessageReader
from inkling.service.engine.worker.worker_server import WorkerServer
from inkling.service.engine.worker.writers import Writers
from inkling.service.engine.worker_config import WorkerConfig
from inkling.service.engine.worker_messages import Ready, Refused
from inkling.service.monitoring.logs import configure_logging, describe_loop_failure
from inkling.service.profiles.profile_store import ProfileStore, ProfileStoreError, StorageBusyError
from inkling.service.profiles.sqlite import SqliteProfileStore
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.shared_sessions import SharedSessions, SharingError

_NICENESS = 5
"""The other process comes first: it refuses, and says that it lives, also when there is too much to do."""

_SWITCH_SECONDS = 0.0005
"""How long the model waits for another thread of this process, which may be learning."""

_DAY = 86_400.0

_LOOK_MS = 100

_NEEDS_REDIS = "{} needs the package redis: pip install 'inkling[redis]'"
_BAD_ADDRESS = "the address of {} cannot be used ({})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the model and serve the connection."""
    parser = argparse.ArgumentParser(prog="python -m inkling.service.engine.worker.process")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--config", required=True)
    given = parser.parse_args(arguments)
    config = WorkerConfig.from_json(given.config, os.environ)
    # A signal to the whole group is for the other end, which says when to stop.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    configure_logging(config.log_level, config.log_format)
    with socket.socket(fileno=given.fd) as connection:
        loading = threading.Event()
        threading.Thread(target=_end_with_parent, args=(connection, loading), daemon=True).start()
        try:
            bundle = load_bundle(Path(config.bundle), remembering=False)
            if config.manifest_digest not in (None, bundle.manifest.digest):
                raise BundleError(f"bundle {config.bundle}: another one than is served; ask for a reload")
            completer = load_completer(
                bundle,
                config.device,
                runtime=config.runtime,
                threads=config.threads,
                words=default_filter(None if config.blocked_words is None else Path(config.blocked_words)),
            )
            profiles = _profiles(config)
            shared = open_shared(config, model_id(completer))
        except (BundleError, DeviceError, ProfileStoreError, SharingError, WordListError) as error:
            _say_first(connection, Refused(str(error)))
            return
        except MemoryError:
            _say_first(connection, Refused("there is not enough memory for the model"))
            return
        except Exception as error:
            _say_first(connection, Refused(f"the model cannot be loaded: {describe_failure(error)}"))
            return
        loading.set()
        store = MemorySessionStore(config.session_bytes, config.session_idle_seconds)
        writers = None if profiles is None else Writers(profiles, completer)
        explaining = Explainer(completer).explain
        runner = ModelRunner(completer, store, openings=common_openings(), explaining=explaining)
        engine = Engine(runner, writers, shared=shared)
        learning = None
        if profiles is not None and writers is not None:
            age = config.profile_days * _DAY
            learning = Learning(profiles, writers, MessageReader(completer), max_age_seconds=age)
        model = ServedModel(
            completer.name, completer.threshold, completer.description, MAX_BATCH, learning is not None
        )
        if not _say_first(connection, Ready(model)):
            return
        connection.setblocking(False)
        os.nice(_NICENESS)
        sys.setswitchinterval(_SWITCH_SECONDS)
        freeze()
        asyncio.run(_serve(WorkerServer(engine, store, learning, shared), connection.dup()))
        if shared is not None:
            shared.close()
        if profiles is not None:
            profiles.close()


def _profiles(config: WorkerConfig) -> ProfileStore | None:
    if config.redis_profiles is not None:
        return _profiles_in_redis(config.redis_profiles, config.profile_words)
    if config.profiles is None:
        return None
    path = Path(config.profiles)
    return SqliteProfileStore(path, max_words=config.profile_words, create=config.create_profiles)


def _profiles_in_redis(url: str, words: int) -> ProfileStore:
    """Raises ProfileStoreError, but not where Redis is away: it may come."""
    try:
        from inkling.service.profiles.redis_profiles import RedisProfileStore
    except ModuleNotFoundError as error:
        if error.name not in ("redis", "hiredis"):
            raise
        raise ProfileStoreError(_NEEDS_REDIS.format("--redis-profiles")) from None
    try:
        store = RedisProfileStore(url, max_words=words)
    except Exception as error:  # its message may hold the password
        raise ProfileStoreError(_BAD_ADDRESS.format("--redis-profiles", type(error).__name__)) from None
    with suppress(StorageBusyError):
        store.check()
    return store


def model_id(completer: Completer) -> str:
    """Names all that a state depends on: the bundle, by its contents, and what computes."""
    return f"{completer.name} {completer.bundle.manifest.digest} {completer.runtime}"


def open_shared(config: WorkerConfig, model: str) -> SharedSessions | None:
    """The sessions that replicas share; None where they share none. Raises `SharingError`."""
    if config.redis is None:
        return None
    try:
        from inkling.service.sessions.redis_sessions import RedisSessions
    except ModuleNotFoundError as error:
        if error.name not in ("redis", "hiredis"):
            raise
        raise SharingError(_NEEDS_REDIS.format("--redis")) from None
    try:
        return RedisSessions(config.redis, model, config.session_idle_seconds)
    except Exception as error:  # its message may hold the password
        raise SharingError(_BAD_ADDRESS.format("--redis", type(error).__name__)) from None


def _end_with_parent(connection: socket.socket, loaded: threading.Event) -> None:
    """End this process when the other end is gone while the model is still being loaded."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLHUP | select.POLLRDHUP)
    while not loaded.is_set():
        if poll.poll(_LOOK_MS):
            os._exit(1)


def _say_first(connection: socket.socket, message: Ready | Refused) -> bool:
    """Send the first message; False when the other end did not wait for it."""
    try:
        connection.sendall(pack(message))
    except OSError:
        return False
    return True


async def _serve(server: WorkerServer, connection: socket.socket) -> None:
    asyncio.get_running_loop().set_exception_handler(describe_loop_failure)
    await server.serve(connection)


if __name__ == "__main__":
    main()
