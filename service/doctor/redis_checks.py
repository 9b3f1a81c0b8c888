"""Whether the Redis that the settings name can be used, and how it is kept. Nothing is written to it."""

import importlib.util
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from inkling.service.doctor.finding import Finding, broken, doubtful, well
from inkling.service.settings import Settings

_SECONDS = 1.0
"""For the connection, and for each answer."""
_OLDEST = (6, 2)
_CLOCK_SLACK = 60.0
_SLOW_SECONDS = 0.02
"""A keystroke waits no longer for its draft (`sessions.redis_sessions`)."""


def check_redis(settings: Settings, *, wall: Callable[[], float] = time.time) -> Finding:
    """Whether Redis answers in time and to this password, drops what is old, and writes to no disk.

    Its address is never told: it may hold a password.
    """
    if settings.redis is None:
        return well("no Redis is asked for")
    if importlib.util.find_spec("redis") is None:
        return broken("--redis needs a package that is not installed", "run pip install 'inkling[redis]'")
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
    from redis.retry import Retry

    url = settings.redis.get_secret_value()
    client = Redis.from_url(
        url,
        socket_connect_timeout=_SECONDS,
        socket_timeout=_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    try:
        with client:
            client.ping()
            began = time.monotonic()
            client.ping()
            waited = time.monotonic() - began
            info: dict[str, Any] = client.info()
            with suppress(ResponseError):  # a hosted one may keep it to itself
                info["save"] = client.config_get("save").get("save")
            seconds, microseconds = client.time()
    except AuthenticationError:
        return broken("Redis refuses this password", "name the right one in INKLING_REDIS")
    except NoPermissionError:
        return doubtful("Redis does not tell this user how it is kept", "allow it INFO, TIME and PING")
    except ResponseError:
        return broken("Redis refuses a command", "take Redis 6.2 or later, or Valkey; look into its log")
    except (RedisError, OSError, ValueError) as error:
        # The kind of the error alone: its message may name the address.
        tls = " and TLS (rediss:// or redis://)"
        where = f"host, port{tls if url.startswith('rediss:') else ''} in INKLING_REDIS"
        return broken(
            f"Redis does not answer ({type(error).__name__})",
            f"see that it runs, and that its port can be reached from here; look at {where}",
        )
    return _kept(info, waited, abs(seconds + microseconds / 1e6 - wall()))


def _kept(info: dict[str, Any], waited: float, apart: float) -> Finding:
    """What its own account of itself says; the first fault is told."""
    version = str(info.get("valkey_version") or info.get("redis_version") or "0")
    found = f"{'Valkey' if 'valkey_version' in info else 'Redis'} {version} answers in {waited * 1000:.1f} ms"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < _OLDEST:
        return broken(found, "take Redis 6.2 or later, or Valkey")
    if info.get("role") != "master":
        return broken(f"{found}, and takes no writes: it is a replica", "name the master")
    if not int(info.get("maxmemory", 0)):
        return doubtful(
            f"{found}; its memory has no bound", "set maxmemory, and maxmemory-policy allkeys-lru"
        )
    policy = str(info.get("maxmemory_policy"))
    if policy == "noeviction":
        return doubtful(
            f"{found}; when it is full it drops nothing ({policy}), and new drafts are not shared",
            "set maxmemory-policy allkeys-lru",
        )
    if info.get("aof_enabled") or info.get("save"):
        return doubtful(f"{found}; it writes drafts to a disk", 'set save "" and appendonly no')
    if apart > _CLOCK_SLACK:
        return doubtful(
            f"{found}; its clock and this machine's are {apart:.0f} s apart",
            "let a time service keep both (timedatectl set-ntp true)",
        )
    if waited > _SLOW_SECONDS:
        return doubtful(
            f"{found}; a keystroke waits for {_SLOW_SECONDS * 1000:.0f} ms, then reads the draft anew",
            "put it nearer, or see what slows it (redis-cli --latency)",
        )
    return well(f"{found}, and drops the oldest when it is full ({policy})")
