"""All checks, one after the other."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inkling.service.doctor.file_checks import (
    check_bundle,
    check_disk,
    check_keys,
    check_profiles,
    check_runtime,
    check_secrets,
    check_traces,
    check_words,
)
from inkling.service.doctor.finding import Finding, broken, well
from inkling.service.doctor.machine_checks import (
    check_clock,
    check_cores,
    check_handles,
    check_memory,
    check_port,
)
from inkling.service.doctor.redis_checks import check_redis, check_redis_profiles
from inkling.service.engine.failure import describe_failure
from inkling.service.settings import Settings, SettingsError, load_settings

Check = Callable[[Settings], Finding]

CHECKS: Mapping[str, Check] = {
    "bundle": check_bundle,
    "runtime": check_runtime,
    "api keys": check_keys,
    "secrets": check_secrets,
    "words": check_words,
    "profiles": check_profiles,
    "disk": check_disk,
    "traces": check_traces,
    "redis": check_redis,
    "redis profiles": check_redis_profiles,
    "cores": check_cores,
    "memory": check_memory,
    "handles": check_handles,
    "clock": check_clock,
    "port": check_port,
}
"""By name, in the order in which they are told."""

_BEFORE_THE_START = ("memory", "port")
"""What a service that runs has taken already."""


def examine(given: Mapping[str, Any], *, running: bool = False) -> Iterator[tuple[str, Finding]]:
    """The name and finding of each check of the settings `given`, and of the environment.

    Where the settings cannot be used, that is all. `running` leaves out what a service that runs has taken.
    """
    try:
        settings = load_settings(**given)
    except SettingsError as error:
        yield "settings", broken(str(error), "mend the option, or the INKLING_ variable of the environment")
        return
    yield "settings", well("they can be used")
    for name, check in CHECKS.items():
        if not (running and name in _BEFORE_THE_START):
            yield name, _examine(check, settings)


def _examine(check: Check, settings: Settings) -> Finding:
    try:
        return check(settings)
    except Exception as error:  # the other checks are worth having all the same
        return broken(f"it could not be looked at: {describe_failure(error)}", "report this as a fault")
