"""A connection to the Redis that keeps profiles: its errors as ours, and whether it may keep them."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)
from redis.retry import Retry

from inkling.service.profiles.profile_store import ProfileStoreError, StorageBusyError, StorageFullError

_log = logging.getLogger("inkling.profiles")

_Result = TypeVar("_Result")

_WAIT_SECONDS = 0.8
"""For one answer."""

_REST_SECONDS = 1.0
"""How long Redis is left alone after it did not answer, so that not every request waits for it."""

_GLANCE_SECONDS = 0.1
"""For a question that a keystroke waits for."""

_CHANGE_SECONDS = 2.0
"""For a change that others get ahead of."""

_SETTINGS = {"appendfsync": "always", "no-appendfsync-on-rewrite": "no"}
"""Settings under which an answer means that the change is on the disk."""

_BUSY = "Redis does not answer; try again soon"
_FULL = "Redis has no room for a change; give it more, or let it forget something else"


class RedisConnection:
    """Asks Redis, from any thread. No error repeats the address, which may hold a password.

    After Redis did not answer it rests. Then one question tries it, and others are refused until that one
    has its answer.
    """

    def __init__(
        self, url: str, *, wait_seconds: float = _WAIT_SECONDS, rest_seconds: float = _REST_SECONDS
    ) -> None:
        """Raises ValueError for a URL that cannot be used. Redis need not be there yet."""
        self._redis = _client(url, wait_seconds, redis_connect_func=self._connected)
        self._glancing = _client(url, min(wait_seconds, _GLANCE_SECONDS))
        self._rest_seconds = rest_seconds
        self._resting_until = 0.0
        self._away = self._trusted = False
        self._lock = threading.Lock()

    def ask(self, question: Callable[["Redis"], _Result], *, glance: bool = False) -> _Result:
        """The answer to a question; a `glance` waits for 0.1 s at most.

        Raises StorageBusyError, StorageFullError or ProfileStoreError.
        """
        if time.monotonic() < self._resting_until:
            raise StorageBusyError(_BUSY)
        if self._away:
            self._resting_until = time.monotonic() + self._rest_seconds
        try:
            answer = self._answer(question, self._glancing if glance else self._redis)
        except RedisError as error:
            if _is_answer(error):
                self._away, self._resting_until = False, 0.0
            else:
                if not self._away:
                    _log.warning("Redis does not answer about profiles (%s).", type(error).__name__)
                self._away, self._resting_until = True, time.monotonic() + self._rest_seconds
            raise _as_ours(error) from None
        except Exception:  # it has answered, and what it said is refused
            self._away, self._resting_until = False, 0.0
            raise
        self._away, self._resting_until = False, 0.0
        return answer

    def _answer(self, question: Callable[["Redis"], _Result], redis: "Redis") -> _Result:
        try:
            return question(redis)
        except ConnectionError as error:
            if _is_answer(error):
                raise
            # A connection may have ended while nobody used it.
            redis.connection_pool.disconnect()
            return question(redis)

    def check(self) -> None:
        """Find out whether Redis answers, and whether a message that it acknowledges is kept.

        Raises ProfileStoreError; StorageBusyError if Redis is away.
        """

        def checked(redis: "Redis") -> None:
            redis.ping()
            self._trust(redis)  # the connection may be a new one, to another Redis

        self.ask(checked)

    def _connected(self, connection: Any) -> None:
        """What redis-py calls for each new connection."""
        self._trusted = False
        connection.on_connect()

    def _trust(self, redis: "Redis") -> None:
        if not self._trusted:
            _check_trust(redis)
            self._trusted = True

    def change(self, keys: list[str], edit: Callable[[Any], _Result]) -> _Result:
        """Change keys in one transaction. `edit` reads from a pipeline that watches `keys`, says `multi()`,
        and adds its changes. It is called again when another process got ahead.

        Once this returns, the change is on Redis' disk. Raises as `ask` does.
        """

        def attempt(redis: "Redis") -> _Result:
            end = time.monotonic() + _CHANGE_SECONDS
            while time.monotonic() < end:
                pipeline: Any
                with redis.pipeline(transaction=True) as pipeline:
                    try:
                        pipeline.watch(*keys)
                        self._trust(redis)  # the connection may be a new one, to another Redis
                        result = edit(pipeline)
                        pipeline.execute()
                        return result
                    except WatchError as error:
                        if "occurred while watching" in str(error):  # the connection, not another process
                            raise TimeoutError(str(error)) from None
            raise StorageBusyError("many processes change one profile; try again soon")

        with self._lock:  # threads of one process need not get in each other's way
            return self.ask(attempt)

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()
        self._glancing.close()


def _is_answer(error: RedisError) -> bool:
    """Whether Redis has answered, though not with what was asked for."""
    if isinstance(error, (AuthenticationError, AuthorizationError, BusyLoadingError)):
        return True  # of redis-py's connection errors
    return not isinstance(error, (ConnectionError, TimeoutError))


def _as_ours(error: RedisError) -> ProfileStoreError:
    """An error of Redis as one of ours. It holds no text, no id and no address."""
    name = type(error).__name__
    match error:
        case AuthenticationError() | AuthorizationError():
            told = "Redis refuses this password: name the right one in INKLING_REDIS_PROFILES"
            return ProfileStoreError(told)
        case NoPermissionError():
            told = "Redis refuses this user a command: allow INFO, CONFIG GET, BGREWRITEAOF and its keys"
            return ProfileStoreError(told)
        case ConnectionError() | TimeoutError():
            return StorageBusyError(_BUSY)
        case ReadOnlyError():
            _log.warning("Redis refuses changes of profiles (%s).", name)
            return StorageBusyError(_BUSY)
        case OutOfMemoryError():
            return StorageFullError(_FULL)
        case ResponseError() if str(error).startswith("MISCONF"):  # it cannot write to its disk
            return StorageFullError(_FULL)
    return ProfileStoreError(f"Redis refuses a command ({name})")


def _client(url: str, seconds: float, **more: Any) -> "Redis":
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=retry, **more)


def _check_trust(redis: "Redis") -> None:
    info: Any = redis.info()
    if str(info.get("maxmemory_policy", "")).startswith("allkeys"):
        raise ProfileStoreError(
            "Redis may drop profiles when it is full: set its maxmemory-policy to noeviction or volatile-lru"
        )
    if not info.get("aof_enabled"):
        raise ProfileStoreError("Redis keeps no file of changes: set its appendonly to yes")
    for name, wanted in _SETTINGS.items():
        try:
            found: Any = redis.config_get(name)
        except NoPermissionError:  # a hosted Redis may not tell
            _log.warning("Redis does not tell whether its %s is %s, as profiles need it.", name, wanted)
            continue
        if found.get(name, wanted) != wanted:
            raise ProfileStoreError(f"Redis may lose the last second of profiles: set its {name} to {wanted}")
