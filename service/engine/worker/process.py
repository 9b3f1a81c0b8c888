"""The model in a process of its own, so that HTTP and model never wait for one another's Python.

    python -m service.engine.worker.process --fd N ...

speaks frames (`service.engine.wire`) on a connected socket: it says `ready` with what it serves, or
`refused` and why, then answers until the other end is gone or says `stop`. `RemoteEngine` is that end.
"""

import argparse
import asyncio
import logging
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import Any

from models.bundle.bundle import BundleError, load_bundle
from models.completer.loading import load_completer
from models.runtime.device import DeviceError
from models.search.word_filter import WordListError, default_filter
from service.engine.failure import describe_failure
from service.engine.garbage import collect_at_quiet_moments, settle
from service.engine.wire import (
    Frame,
    Wire,
    answer_to_json,
    failure_to_json,
    job_from_json,
    key_from_json,
    pack,
)
from service.engine.worker.drafting import Drafter
from service.engine.worker.engine import Engine
from service.engine.worker.learning import Learning
from service.engine.worker.openings import common_openings
from service.engine.worker.reading import MessageReader
from service.engine.worker.writers import Writers
from service.monitoring.logs import configure_logging, describe_loop_failure
from service.profiles.profile_store import ProfileStoreError, UserKey
from service.profiles.sqlite import SqliteProfileStore
from service.sessions.memory_sessions import MemorySessionStore

_log = logging.getLogger(__name__)

_NICENESS = 5
"""The other process comes first: it refuses, and says that it lives, also when there is too much to do."""

_SWITCH_SECONDS = 0.0005
"""How long the model waits for another thread of this process, which may be learning."""

_LOAD_SECONDS = 0.25
"""How often the other end is told how much is kept; it takes longer silence for a frozen process."""

_STALE_SECONDS = 3600.0
"""How often what was learned too long ago is dropped."""

_ERASING_SECONDS = 2.0
"""How often an erasure that could not be finished is tried again."""

_DAY = 86_400.0

_LOOK_MS = 100


class Desk:
    """Answers the frames of one connection with an engine."""

    def __init__(self, engine: Engine, store: MemorySessionStore, learning: Learning | None = None) -> None:
        self._engine, self._store, self._learning = engine, store, learning
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._wire = Wire(self._hear, self._leave)
        self._over = asyncio.Event()
        self._drain_seconds = 0.0

    async def work(self, connection: socket.socket) -> None:
        """Answer until the other end is gone or says stop; what is in flight then has its drain time."""
        loop = asyncio.get_running_loop()
        self._engine.start(here=True)
        await loop.connect_accepted_socket(lambda: self._wire, connection)
        aside = [
            asyncio.create_task(self._tell()),
            asyncio.create_task(self._forget_stale()),
            asyncio.create_task(self._finish_erasing()),
            asyncio.create_task(collect_at_quiet_moments(lambda: self._engine.in_progress > 0)),
        ]
        await self._over.wait()
        for task in aside:
            task.cancel()
        await self._engine.stop(self._drain_seconds)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._wire.close()

    def _hear(self, frame: Frame) -> None:
        kind, number, *rest = frame
        if kind == "stop":
            self._drain_seconds = number
            self._over.set()
        elif kind == "drop":
            if (task := self._tasks.get(number)) is not None:
                task.cancel()
        else:
            task = asyncio.get_running_loop().create_task(self._answer(number, kind, *rest))
            self._tasks[number] = task
            task.add_done_callback(lambda _: self._tasks.pop(number, None))

    async def _asked(self, kind: str, values: Frame) -> Any:
        if kind == "suggest":
            job = job_from_json(values)
            if job.user is not None and self._learning is not None:
                with suppress(Exception):  # the search itself tells of a profile that cannot be read
                    await self._learning.make_ready(job.user)
            return answer_to_json(await self._engine.suggest(job))
        if kind in ("learn", "forbid", "export", "erase"):
            return await self._asked_of_user(kind, *values)
        key = key_from_json(values)
        assert key is not None
        if kind == "delete":
            return await self._engine.delete_session(key)
        sizes = await self._engine.describe_session(key)
        return None if sizes is None else list(astuple(sizes))

    async def _asked_of_user(self, kind: str, user: list[str], *values: Any) -> Any:
        key, learning = UserKey(*user), self._learning
        assert learning is not None
        if kind == "learn":
            return list(astuple(await learning.learn(key, *values)))
        if kind == "forbid":
            return await learning.forbid(key, *values)
        if kind == "erase":
            return await learning.erase(key)
        kept = await learning.export(key)
        return None if kept is None else [list(kept.messages), kept.words, list(kept.forbidden)]

    async def _forget_stale(self) -> None:
        while self._learning is not None:
            try:
                await self._learning.forget_stale()
            except Exception as error:  # the next try may do better
                _log.error("What was learned long ago could not be dropped: %s", describe_failure(error))
            await asyncio.sleep(_STALE_SECONDS)

    async def _finish_erasing(self) -> None:
        while self._learning is not None:
            await asyncio.sleep(_ERASING_SECONDS)
            try:
                await self._learning.finish_erasing()
            except Exception as error:  # the next try may do better
                _log.error("An erasure could not be finished: %s", describe_failure(error))

    async def _answer(self, number: int, kind: str, values: Frame) -> None:
        try:
            result = await self._asked(kind, values)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._wire.say("failure", number, failure_to_json(error, describe_failure))
        else:
            self._wire.say("result", number, result, self._held())

    def _leave(self) -> None:
        self._over.set()

    def _held(self) -> list[int]:
        stats = self._store.stats()
        return [stats.sessions, stats.bytes]

    async def _tell(self) -> None:
        while True:
            self._wire.say("load", self._engine.ready, self._held())
            await asyncio.sleep(_LOAD_SECONDS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the model and serve the connection."""
    parser = argparse.ArgumentParser(prog="python -m service.engine.worker.process")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--runtime", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--max-queue", type=int, required=True)
    parser.add_argument("--session-bytes", type=int, required=True)
    parser.add_argument("--session-idle-seconds", type=float, required=True)
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--log-format", choices=("plain", "json"), default="plain")
    parser.add_argument("--blocked-words", type=Path)
    parser.add_argument("--profiles", type=Path)
    parser.add_argument("--create-profiles", action="store_true")
    parser.add_argument("--profile-words", type=int, default=0)
    parser.add_argument("--profile-days", type=float, default=0.0)
    given = parser.parse_args(arguments)
    # A signal to the whole group is for the other end, which says when to stop.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    configure_logging(given.log_level, given.log_format)
    with socket.socket(fileno=given.fd) as connection:
        loading = threading.Event()
        threading.Thread(target=_end_with_parent, args=(connection, loading), daemon=True).start()
        try:
            completer = load_completer(
                load_bundle(given.bundle),
                given.device,
                runtime=given.runtime,
                threads=given.threads,
                words=default_filter(given.blocked_words),
            )
            profiles = (
                None
                if given.profiles is None
                else SqliteProfileStore(
                    given.profiles, max_words=given.profile_words, create=given.create_profiles
                )
            )
        except (BundleError, DeviceError, ProfileStoreError, WordListError) as error:
            _say_first(connection, "refused", str(error))
            return
        except MemoryError:
            _say_first(connection, "refused", "there is not enough memory for the model")
            return
        except Exception as error:
            _say_first(connection, "refused", f"the model cannot be loaded: {describe_failure(error)}")
            return
        loading.set()
        store = MemorySessionStore(given.session_bytes, given.session_idle_seconds)
        writers = None if profiles is None else Writers(profiles, completer)
        drafter = Drafter(completer, store, writers=writers, openings=common_openings())
        engine = Engine(drafter, max_queue=given.max_queue)

        def learning() -> Learning | None:
            if profiles is None or writers is None:
                return None
            reader, age = MessageReader(completer), given.profile_days * _DAY
            return Learning(engine, profiles, writers, reader, max_age_seconds=age)

        served = {
            "name": completer.name,
            "threshold": completer.threshold,
            "description": completer.description,
        }
        if not _say_first(connection, "ready", served):
            return
        connection.setblocking(False)
        os.nice(_NICENESS)
        sys.setswitchinterval(_SWITCH_SECONDS)
        settle()
        asyncio.run(_serve(engine, store, learning, connection.dup()))
        if profiles is not None:
            profiles.close()


def _end_with_parent(connection: socket.socket, loaded: threading.Event) -> None:
    """End this process when the other end is gone while the model is still being loaded."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLHUP | select.POLLRDHUP)
    while not loaded.is_set():
        if poll.poll(_LOOK_MS):
            os._exit(1)


def _say_first(connection: socket.socket, kind: str, content: object) -> bool:
    """Send the first frame; False when the other end did not wait for it."""
    try:
        connection.sendall(pack([kind, content]))
    except OSError:
        return False
    return True


async def _serve(
    engine: Engine,
    store: MemorySessionStore,
    learning: Callable[[], Learning | None],
    connection: socket.socket,
) -> None:
    asyncio.get_running_loop().set_exception_handler(describe_loop_failure)
    await Desk(engine, store, learning()).work(connection)


if __name__ == "__main__":
    main()
