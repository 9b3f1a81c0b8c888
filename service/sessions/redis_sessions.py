"""Sessions in Redis or Valkey, for replicas that share them."""

import asyncio
import logging
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from inkling.service.sessions.breaker import Breaker
from inkling.service.sessions.pending_writes import Pending, PendingWrites
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_bytes import MAX_BYTES, digest_of, read_session, write_session
from inkling.service.sessions.session_store import SessionKey
from inkling.service.sessions.shared_sessions import SharedSessions, SharedStats

FETCH_SECONDS = 0.02
"""A keystroke waits no longer for its session; by then the draft could be read anew."""

REST_SECONDS = 3.0
"""How long Redis is left alone after it failed."""

_WRITE_SECONDS = 0.25
_FAILURES = 3
_MOST_PENDING = 1024
_CONNECTIONS = 8
_PREFIX = b"inkling:session:"
_LONGEST_MS = 30 * 24 * 3600 * 1000

_CLOSE_SECONDS = 2.0

_log = logging.getLogger(__name__)


class RedisSessions(SharedSessions):
    """See `SharedSessions`; a thread of its own talks to Redis, so that no model step delays its answers.

    A key holds no name of a draft or an owner, only their digest. Values are of `session_bytes`, checked when
    they are read, and last for the idle time.
    """

    def __init__(
        self,
        url: str,
        model: str,
        idle_seconds: float,
        *,
        fetch_seconds: float = FETCH_SECONDS,
        rest_seconds: float = REST_SECONDS,
        most_pending: int = _MOST_PENDING,
    ) -> None:
        """`model` names all that states depend on. Raises ValueError for a URL that cannot be used.

        Redis need not be there yet. `close` must be called at the end.
        """
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=None,
            retry=Retry(NoBackoff(), 1),  # a connection may have ended while nobody used it
            socket_timeout=None,  # every command has a bound of its own
            socket_connect_timeout=None,
        )
        self._redis = Redis(connection_pool=self._pool)
        self._model = model
        self._idle_ms = max(1, min(int(idle_seconds * 1000), _LONGEST_MS))
        self._fetch_seconds, self._rest_seconds = fetch_seconds, rest_seconds
        self._pending = PendingWrites(most_pending, self._idle_ms / 1000)
        self._breaker = Breaker(_FAILURES)
        self._hits = self._misses = self._failures = self._written = self._unwritten = 0
        self._loop = asyncio.new_event_loop()
        self._reachable, self._waiting, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._refused_until = 0.0
        self._deletions_rest = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._breaker.open()  # until Redis has answered once
        self._thread = threading.Thread(target=self._run, name="sessions in Redis", daemon=True)
        self._thread.start()

    # From any thread

    async def fetch(self, key: SessionKey) -> Session | None:
        if self._breaker.is_open:
            return None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._fetch(key), self._loop))

    def offer(self, key: SessionKey, session: Session) -> None:
        self._submit(Pending(key, session))

    async def delete(self, key: SessionKey) -> bool:
        pending = Pending(key, None)
        self._submit(pending)
        if self._breaker.is_open or self._deletions_rest:
            return False
        try:
            return await asyncio.wait_for(asyncio.wrap_future(pending.done), _WRITE_SECONDS)
        except TimeoutError:
            return False

    def stats(self) -> SharedStats:
        return SharedStats(
            hits=self._hits,
            misses=self._misses,
            failures=self._failures,
            written=self._written,
            unwritten=self._unwritten,
            dropped=self._pending.dropped,
            away=int(self._breaker.is_open),
        )

    def close(self) -> None:
        with suppress(RuntimeError):  # it is closed already
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_CLOSE_SECONDS)

    def _submit(self, pending: Pending) -> None:
        with suppress(RuntimeError):  # it is closed
            self._loop.call_soon_threadsafe(self._add, pending)

    # In the thread that talks to Redis

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._start(self._recover(0.0))
        self._start(self._write_all())
        await self._over.wait()
        await self._pool.disconnect(inuse_connections=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _add(self, pending: Pending) -> None:
        self._pending.add(pending)
        self._waiting.set()

    async def _fetch(self, key: SessionKey) -> Session | None:
        if self._pending.forgets(key):
            return None
        try:
            async with asyncio.timeout(self._fetch_seconds):
                # A value of anybody's is not read beyond the longest of ours.
                data: Any = await self._redis.getrange(_name(key), 0, MAX_BYTES)
        except Exception as error:  # whatever it is, it must not keep anybody from writing
            self._failures += 1
            self._note(error)
            return None
        self._breaker.succeed()
        session = read_session(data, self._model, key)
        if session is None:
            self._misses += 1
        else:
            self._hits += 1
        return session

    async def _write_all(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            while True:
                await self._reachable.wait()
                pending = self._pending.take(deletions=not self._deletions_rest)
                if pending is None:
                    break
                await self._write(pending)

    async def _write(self, pending: Pending) -> None:
        """Write one; where that fails, a session is left out, and one to forget waits for another try."""
        if pending.session is not None and self._loop.time() < self._refused_until:
            self._unwritten += 1
            return
        try:
            async with asyncio.timeout(_WRITE_SECONDS):
                pending.finish(await self._send(pending))
        except Exception as error:
            is_refused = isinstance(error, ResponseError)
            if is_refused:  # it is full or read-only, and will be for a while
                self._refused_until = self._loop.time() + self._rest_seconds
                pending.finish(False)
            if pending.session is not None:
                self._unwritten += 1
            else:
                self._pending.put_back(pending)
                if is_refused:
                    self._deletions_rest = True
                    self._loop.call_later(self._rest_seconds, self._go_on_deleting)
            self._note(error)
        else:
            self._breaker.succeed()

    def _go_on_deleting(self) -> None:
        self._deletions_rest = False
        self._waiting.set()

    async def _send(self, pending: Pending) -> bool:
        name = _name(pending.key)
        if pending.session is None:
            return bool(await self._redis.delete(name))
        data = write_session(pending.session, self._model, pending.key)
        if data is None:
            self._unwritten += 1
            return False
        await self._redis.set(name, data, px=self._idle_ms)
        self._written += 1
        return False

    def _note(self, error: Exception) -> None:
        """Note a failure; a refusal is an answer."""
        if isinstance(error, ResponseError):
            _log.warning("Redis refuses a command (%s).", type(error).__name__)
        elif self._breaker.fail():
            self._reachable.clear()
            self._start(self._recover(self._rest_seconds, failed=True))
            _log.warning("Redis does not answer (%s); drafts are read anew meanwhile.", type(error).__name__)

    async def _recover(self, seconds: float, *, failed: bool = False) -> None:
        """Ask Redis after so many seconds, and then now and then, whether it is there.

        The log says so when it is back after it has `failed`.
        """
        while self._breaker.is_open:
            await asyncio.sleep(seconds)
            seconds = self._rest_seconds
            try:
                async with asyncio.timeout(_WRITE_SECONDS):
                    await self._redis.ping()
            except Exception as error:
                if not failed:
                    _log.warning("Redis cannot be reached (%s).", type(error).__name__)
                failed = True
                continue
            self._breaker.close()
            self._reachable.set()
            if failed:
                _log.info("Redis answers again.")


def _name(key: SessionKey) -> bytes:
    return _PREFIX + digest_of(key.owner, key.session_id).hex().encode()
