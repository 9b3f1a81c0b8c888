"""A connection to the Redis that keeps profiles: its errors as ours, and whether it may keep them."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
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

_TRIES = 16
"""Of a change that others get ahead of."""

_BUSY = "Redis does not answer; try again soon"
_FULL = "Redis has no room for a change; give it more, or let it forget something else"


class RedisConnection:
    """Asks Redis, from any thread. No error repeats the address, which may hold a password."""

    def __init__(
        self, url: str, *, wait_seconds: float = _WAIT_SECONDS, rest_seconds: float = _REST_SECONDS
    ) -> None:
        """Raises ValueError for a URL that cannot be used. Redis need not be there yet."""
        self._redis = Redis.from_url(
            url,
            socket_timeout=wait_seconds,
            socket_connect_timeout=wait_seconds,
            retry=Retry(NoBackoff(), 1),  # a connection may have ended while nobody used it
        )
        self._rest_seconds = rest_seconds
        self._resting_until = 0.0
        self._trusted = False
        self._lock = threading.Lock()

    def ask(self, question: Callable[["Redis"], _Result]) -> _Result:
        """The answer to a question. Raises StorageBusyError, StorageFullError or ProfileStoreError."""
        if time.monotonic() < self._resting_until:
            raise StorageBusyError(_BUSY)
        try:
            return question(self._redis)
        except (BusyLoadingError, ReadOnlyError) as error:
            raise self._busy(error) from None
        except (ConnectionError, TimeoutError) as error:
            self._resting_until = time.monotonic() + self._rest_seconds
            self._trusted = False  # another Redis may answer next
            raise self._busy(error) from None
        except OutOfMemoryError:
            raise StorageFullError(_FULL) from None
        except ResponseError as error:
            if str(error).startswith("MISCONF"):  # it cannot write to its disk
                raise StorageFullError(_FULL) from None
            raise ProfileStoreError(f"Redis refuses a command ({type(error).__name__})") from None
        except RedisError as error:
            raise ProfileStoreError(f"Redis cannot be used ({type(error).__name__})") from None

    def check(self) -> None:
        """Check once, and again after Redis was away, whether a message that it acknowledges is never lost.

        Raises ProfileStoreError; StorageBusyError if Redis is away.
        """
        if not self._trusted:
            self.ask(_check_trust)
            self._trusted = True

    def change(self, keys: list[str], edit: Callable[[Any], _Result]) -> _Result:
        """Change keys in one transaction. `edit` reads from a pipeline that watches `keys`, says `multi()`,
        and adds its changes. It is called again when another process got ahead.

        Once this returns, the change is on Redis' disk. Raises as `ask` does.
        """
        self.check()

        def attempt(redis: "Redis") -> _Result:
            for _ in range(_TRIES):
                pipeline: Any
                with redis.pipeline(transaction=True) as pipeline:
                    try:
                        pipeline.watch(*keys)
                        result = edit(pipeline)
                        pipeline.execute()
                        return result
                    except WatchError:
                        continue
            raise StorageBusyError("many processes change one profile; try again soon")

        with self._lock:  # threads of one process need not get in each other's way
            return self.ask(attempt)

    def _busy(self, error: Exception) -> StorageBusyError:
        _log.warning("Redis does not answer about profiles (%s).", type(error).__name__)
        return StorageBusyError(_BUSY)

    def close(self) -> None:
        """Close all connections."""
        self._redis.close()


def _check_trust(redis: "Redis") -> None:
    info: Any = redis.info()
    if str(info.get("maxmemory_policy", "")).startswith("allkeys"):
        raise ProfileStoreError(
            "Redis may drop profiles when it is full: set its maxmemory-policy to noeviction or volatile-lru"
        )
    if not info.get("aof_enabled"):
        raise ProfileStoreError("Redis keeps no file of changes: set its appendonly to yes")
    try:
        found: Any = redis.config_get("appendfsync")
    except ResponseError:  # a hosted Redis may not tell
        _log.warning("Redis does not tell whether its appendfsync is always, as profiles need it.")
        return
    if found.get("appendfsync") != "always":
        raise ProfileStoreError("Redis may lose the last second of profiles: set its appendfsync to always")
