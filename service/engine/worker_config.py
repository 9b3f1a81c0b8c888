"""What the worker is told when it starts."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

_SECRET = "INKLING_REDIS"
"""The variable of the environment that holds the only setting with a password in it."""


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """The settings of the worker process, by the names that the service's settings have; paths are text.

    Without `profiles`, a file of profiles, nothing is learned. Where `create_profiles` is set it need not
    exist yet. `redis` is the address of sessions that replicas share; it may hold a password.
    """

    bundle: str
    device: str
    runtime: str
    threads: int
    session_bytes: int
    session_idle_seconds: float
    blocked_words: str | None = None
    profiles: str | None = None
    create_profiles: bool = False
    profile_words: int = 0
    profile_days: float = 0.0
    log_level: str = "info"
    log_format: Literal["plain", "json"] = "plain"
    redis: str | None = field(default=None, repr=False)

    def to_json(self) -> str:
        """The configuration as it stands on the worker's command line, where anybody may read it."""
        return json.dumps({name: value for name, value in asdict(self).items() if name != "redis"})

    def secrets(self) -> dict[str, str]:
        """The rest of it, which goes into the worker's environment."""
        return {_SECRET: self.redis or ""}

    @classmethod
    def from_json(cls, text: str, environment: Mapping[str, str]) -> "WorkerConfig":
        """Read `to_json` and `secrets`. Raises TypeError for fields of another version."""
        return cls(**json.loads(text), redis=environment.get(_SECRET) or None)
