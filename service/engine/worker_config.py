"""What the worker is told when it starts."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

_SECRETS = {"redis": "INKLING_REDIS", "redis_profiles": "INKLING_REDIS_PROFILES"}
"""Settings that may hold a password, and the variables of the environment that hold them."""


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """The settings of the worker process, by the names that the service's settings have; paths are text.

    `profiles` is a file of profiles. Where `create_profiles` is set it need not exist yet. `redis` is the
    address of sessions that replicas share, `redis_profiles` that of profiles, in place of the file. Both may
    hold a password. Without `profiles` and `redis_profiles` nothing is learned. Where `manifest_digest` is
    set, a bundle with another manifest is refused.
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
    manifest_digest: str | None = None
    log_level: str = "info"
    log_format: Literal["plain", "json"] = "plain"
    redis: str | None = field(default=None, repr=False)
    redis_profiles: str | None = field(default=None, repr=False)

    def to_json(self) -> str:
        """The configuration as it stands on the worker's command line, where anybody may read it."""
        return json.dumps({name: value for name, value in asdict(self).items() if name not in _SECRETS})

    def secrets(self) -> dict[str, str]:
        """The rest of it, which goes into the worker's environment."""
        return {variable: getattr(self, name) or "" for name, variable in _SECRETS.items()}

    @classmethod
    def from_json(cls, text: str, environment: Mapping[str, str]) -> "WorkerConfig":
        """Read `to_json` and `secrets`. Raises TypeError for fields of another version."""
        secrets = {name: environment.get(variable) or None for name, variable in _SECRETS.items()}
        return cls(**(json.loads(text) | secrets))
