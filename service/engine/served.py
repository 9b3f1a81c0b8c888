"""What serves, and how much it has to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inkling.service.sessions.session_store import StoreStats
from inkling.service.sessions.shared_sessions import SharedStats


@dataclass(frozen=True, slots=True)
class ServedModel:
    """The model of a worker.

    `threshold` is the confidence that a best suggestion must reach when a request names none, in [0, 1];
    `description` is told to anybody who asks and holds JSON values only. Up to `max_batch` requests share
    a model step. `profiles` tells whether the worker keeps profiles of users.
    """

    name: str
    threshold: float
    description: Mapping[str, Any]
    max_batch: int
    profiles: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """What an engine holds at one moment: requests that wait, requests that run, and sessions.

    `shared` tells of the sessions that replicas share. `profiles_away` counts the workers that cannot use
    profiles for now.
    """

    queue_depth: int
    in_progress: int
    sessions: StoreStats
    shared: SharedStats = field(default_factory=SharedStats)
    profiles_away: int = 0


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of a model: places with one that answers and without, and how many were replaced.

    `spare` tells whether one more waits.
    """

    ready: int
    lost: int
    spare: bool
    replaced: int
