"""Whether the Redis that the settings name can be used, and how it is kept. Nothing is written to it."""

import importlib.util
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from inkling.service.doctor.finding import Finding, broken, doubtful, well
from inkling.service.settings import Settings

_SECONDS = 1.0
"""For the connection, and for each answer."""
_OLDEST = (6, 2)
_CLOCK_SLACK = 60.0
_SLOW_SECONDS = 0.02
"""A keystroke waits no longer for its draft (`sessions.redis_sessions`)."""


@dataclass(frozen=True, slots=True)
class _Account:
    """What a Redis tells of itself: its name and time to answer in words, and what INFO and CONFIG say."""

    found: str
    version: tuple[int, ...]
    waited: float
    apart: float
    info: Mapping[str, Any]

    @property
    def policy(self) -> str:
        return str(self.info.get("maxmemory_policy"))

    @property
    def bounded(self) -> bool:
        return int(self.info.get("maxmemory", 0)) > 0


def check_redis(settings: Settings, *, wall: Callable[[], float] = time.time) -> Finding:
    """Whether the Redis of drafts answers in time and to this password, drops what is old, and writes to no
    disk.
    """
    if settings.redis is None:
        return well("no Redis is asked for")
    account = _ask(settings.redis.get_secret_value(), "INKLING_REDIS", wall)
    return account if isinstance(account, Finding) else _cannot_serve(account) or _keeps_drafts(account)


def check_redis_profiles(settings: Settings, *, wall: Callable[[], float] = time.time) -> Finding:
    """Whether the Redis of profiles answers to this password, and loses nothing that it acknowledged."""
    if settings.redis_profiles is None:
        return well("no Redis is asked for")
    account = _ask(settings.redis_profiles.get_secret_value(), "INKLING_REDIS_PROFILES", wall)
    return account if isinstance(account, Finding) else _cannot_serve(account) or _keeps_profiles(account)


def _ask(url: str, variable: str, wall: Callable[[], float]) -> _Account | Finding:
    """What Redis tells, or why it does not. The address is never told: it may hold a password."""
    if importlib.util.find_spec("redis") is None:
        return broken("the package redis is not installed", "run pip install 'inkling[redis]'")
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
    from redis.retry import Retry

    try:
        with Redis.from_url(
            url,
            socket_connect_timeout=_SECONDS,
            socket_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        ) as client:
            client.ping()
            began = time.monotonic()
            client.ping()
            waited = time.monotonic() - began
            info: dict[str, Any] = client.info()
            for setting in ("save", "appendfsync", "no-appendfsync-on-rewrite"):
                with suppress(ResponseError):  # a hosted one may keep it to itself
                    info[setting] = client.config_get(setting).get(setting)
            seconds, microseconds = client.time()
    except AuthenticationError:
        return broken("Redis refuses this password", f"name the right one in {variable}")
    except NoPermissionError:
        return doubtful("Redis does not tell this user how it is kept", "allow it INFO, TIME and PING")
    except ResponseError:
        return broken("Redis refuses a command", "take Redis 6.2 or later, or Valkey; look into its log")
    except (RedisError, OSError, ValueError) as error:
        # The kind of the error alone: its message may name the address.
        tls = " and TLS (rediss:// or redis://)" if url.startswith("rediss:") else ""
        return broken(
            f"Redis does not answer ({type(error).__name__})",
            f"see that it runs and can be reached from here; look at host, port{tls} in {variable}",
        )
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get(f"{name.lower()}_version") or "0")
    return _Account(
        found=f"{name} {version} answers in {waited * 1000:.1f} ms",
        version=tuple(int(part) for part in version.split(".")[:2] if part.isdigit()),
        waited=waited,
        apart=abs(seconds + microseconds / 1e6 - wall()),
        info=info,
    )


def _cannot_serve(account: _Account) -> Finding | None:
    """What is in the way of any use; None where nothing is."""
    if account.version < _OLDEST:
        return broken(account.found, "take Redis 6.2 or later, or Valkey")
    if account.info.get("role") != "master":
        return broken(f"{account.found}, and takes no writes: it is a replica", "name the master")
    return None


def _keeps_drafts(account: _Account) -> Finding:
    """Of what is not as it should be, the worst is told."""
    found = account.found
    if not account.bounded:
        return doubtful(
            f"{found}; its memory has no bound", "set maxmemory, and maxmemory-policy allkeys-lru"
        )
    if account.policy == "noeviction":
        return doubtful(
            f"{found}; when it is full it drops nothing ({account.policy}), and new drafts are not shared",
            "set maxmemory-policy allkeys-lru",
        )
    if account.info.get("aof_enabled") or account.info.get("save"):
        return doubtful(f"{found}; it writes drafts to a disk", 'set save "" and appendonly no')
    if account.waited > _SLOW_SECONDS:
        return doubtful(
            f"{found}; a keystroke waits for {_SLOW_SECONDS * 1000:.0f} ms, then reads the draft anew",
            "put it nearer, or see what slows it (redis-cli --latency)",
        )
    dropping = f"{found}, and drops the oldest when it is full ({account.policy})"
    return _of_another_time(account) or well(dropping)


def _keeps_profiles(account: _Account) -> Finding:
    """As `profiles.redis_connection` asks for it, which refuses to learn otherwise."""
    found = account.found
    if account.policy.startswith("allkeys"):
        return broken(
            f"{found}; when it is full it drops profiles ({account.policy})",
            "set maxmemory-policy noeviction",
        )
    if not account.info.get("aof_enabled"):
        return broken(f"{found}; it keeps no file of changes", "set appendonly yes and appendfsync always")
    if account.info.get("appendfsync") not in (None, "always"):
        return broken(f"{found}; it may lose the last second", "set appendfsync always")
    if account.info.get("no-appendfsync-on-rewrite") not in (None, "no"):
        return broken(f"{found}; it may lose changes while it rewrites", "set no-appendfsync-on-rewrite no")
    if "appendfsync" not in account.info:
        return doubtful(
            f"{found}; it does not tell whether it may lose the last second", "ask for appendfsync always"
        )
    return _of_another_time(account) or well(f"{found}, and writes each change to its disk")


def _of_another_time(account: _Account) -> Finding | None:
    if account.apart <= _CLOCK_SLACK:
        return None
    return doubtful(
        f"{account.found}; its clock and this machine's are {account.apart:.0f} s apart",
        "let a time service keep both (timedatectl set-ntp true)",
    )
