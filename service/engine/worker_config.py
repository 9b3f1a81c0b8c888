"""What the worker is told when it starts."""

import json
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """The settings of the worker process, by the names that the service's settings have; paths are text.

    Without `profiles`, a file of profiles, nothing is learned. Where `create_profiles` is set it need not
    exist yet.
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

    def to_json(self) -> str:
        """The configuration as it stands on the worker's command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "WorkerConfig":
        """Read `to_json`. Raises TypeError for fields of another version."""
        return cls(**json.loads(text))
