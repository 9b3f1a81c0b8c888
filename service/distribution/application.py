"""Inkling as an application of Ray Serve: `serve run inkling.service.distribution.application:build`."""

import os
from collections.abc import Mapping
from typing import Any

from ray import serve
from ray.serve.config import AutoscalingConfig, RequestRouterConfig

from inkling.service.distribution.front import Front
from inkling.service.distribution.replica import Replica
from inkling.service.settings import Settings, SettingsError, load_settings

_ROUTER = "ray.serve.experimental.consistent_hash_router.ConsistentHashRouter"
_SCALING = ("min_replicas", "max_replicas", "target_ongoing_requests", "upscale_delay_s", "downscale_delay_s")
_ONGOING = 3.0
"""Requests of a replica at one time, on average: docs/guides/scaling.md reckons it."""
_CALLS_HOME = "RAY_USAGE_STATS_ENABLED"
_QUIET = {"enable_access_log": False}
"""Ray's own lines name the path, which holds ids. The service logs each request by its route."""


def build(arguments: Mapping[str, Any]) -> Any:
    """The application. `arguments` are settings of the service, `_SCALING`, `fronts` and `cpus`.

    `fronts` is how many processes pass requests on, `cpus` what Ray reckons for a replica. A setting may
    stand in the environment instead. Drafts that replicas share need `redis`. Raises
    SettingsError, also where Ray would tell its makers that it is used.
    """
    if os.environ.get(_CALLS_HOME) != "0":
        raise SettingsError(
            f"Ray calls home unless told otherwise: start its cluster and this with {_CALLS_HOME}=0"
        )
    given = dict(arguments)
    scaling = {name: float(given.pop(name)) for name in _SCALING if name in given}
    scaling |= {name: int(scaling[name]) for name in scaling if name.endswith("_replicas")}
    fronts, processors = int(given.pop("fronts", 1)), float(given.pop("cpus", 1.5))
    # Ray listens, nobody here knows where. So keys are needed, or the word that everybody may ask.
    given = {"learning": False, **given, "host": "0.0.0.0"}
    settings = load_settings(**given)
    ongoing = {"min_replicas": 2, "max_replicas": 8, "target_ongoing_requests": _ONGOING, **scaling}
    replicas = serve.deployment(
        Replica,
        name="replica",
        autoscaling_config=AutoscalingConfig(**ongoing),
        max_ongoing_requests=_places(settings),
        # A replica that is slow to say how busy it is keeps its drafts all the same.
        request_router_config=RequestRouterConfig(
            request_router_class=_ROUTER, request_router_kwargs={"num_fallback_replicas": 0}
        ),
        ray_actor_options={"num_cpus": processors},
        max_surge_percent=20,  # a new one is ready before an old one goes
        health_check_period_s=1.0,
        graceful_shutdown_wait_loop_s=0.5,
        graceful_shutdown_timeout_s=settings.drain_seconds + 5.0,
        logging_config=_QUIET,
    ).bind(given)
    front = serve.deployment(
        Front,
        name="front",
        num_replicas=fronts,
        # A machine's proxy asks its own front, so a lost machine takes no front of another with it.
        max_replicas_per_node=1 if fronts > 1 else None,
        max_surge_percent=0 if fronts > 1 else 100,
        max_ongoing_requests=1000,
        ray_actor_options={"num_cpus": 0.5},
        logging_config=_QUIET,
    )
    return front.bind(replicas)


def _places(settings: Settings) -> int:
    """Requests that a replica takes at one time: those that wait, and as many as it works on."""
    return 2 * settings.max_queue
