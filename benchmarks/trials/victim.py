"""A service that is exposed to faults, and its client's view."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.reporting.extras import missing
from benchmarks.systems.serving import running
from benchmarks.trials.raw_client import address_of, slowest_good_answer

try:
    import psutil
except ModuleNotFoundError:
    missing("psutil", "benchmarks")

_HANDLES = 128
_GIVEN_UP = 120.0
"""Only a hang takes longer, on the slowest machine."""

_LOOK = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the client saw it. Status 0 means that none came. `kind` is the type of an error."""

    status: int
    kind: str
    seconds: float
    headers: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.status or 'no answer'} {self.kind}".strip() + f" after {self.seconds:.2f} s"


@dataclass(frozen=True, slots=True)
class Victim:
    """A service with few file handles, one client of it, and the seconds that its start took."""

    process: psutil.Process
    client: httpx.Client
    start_seconds: float

    @property
    def worker(self) -> psutil.Process | None:
        """The model's process; None while there is none."""
        return next(iter(self.process.children()), None)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """The answer to one request."""
        began = time.monotonic()
        try:
            response = self.client.request(method, path, json=body)
        except httpx.TransportError as error:
            return Answer(0, type(error).__name__, time.monotonic() - began, {}, None)
        content: Any = response.json() if response.content else None
        kind = "" if response.status_code < 400 else content["error"]["type"]
        return Answer(response.status_code, kind, time.monotonic() - began, response.headers, content)

    def suggest(self) -> Answer:
        """Ask for a suggestion."""
        return self.ask("POST", "/v1/suggestions", {"prefix": "Thank you for"})

    def learn(self, user: str, text: str) -> Answer:
        """Send a message to learn from."""
        return self.ask("POST", f"/v1/users/{user}/messages", {"text": text})

    def erase(self, user: str) -> Answer:
        """Erase a user."""
        return self.ask("DELETE", f"/v1/users/{user}")

    def kept(self, user: str) -> list[str]:
        """The texts that the service says it keeps of a user. Raises OSError when it does not answer."""
        answer = self.ask("GET", f"/v1/users/{user}")
        if answer.status not in (200, 404):
            raise OSError(f"what is kept cannot be read: {answer}")
        return [] if answer.body is None or answer.status == 404 else _texts(answer.body)

    def is_ready(self) -> bool:
        """Whether the service says that it is ready."""
        return self.ask("GET", "/readyz").status == 200

    def slowest_livez(self) -> float:
        """Seconds until the slowest of a few /livez requests was answered; infinite if one was not."""
        return slowest_good_answer(address_of(str(self.client.base_url)))


def _texts(export: Mapping[str, Any]) -> list[str]:
    return [str(message["text"]).strip() for message in export["messages"]]


@contextmanager
def victim(bundle: Path | None, profiles: Path) -> Iterator[Victim]:
    """A service that keeps its profiles in a file, for the time of the block."""
    with (
        running(None, bundle, "--profiles", str(profiles), "--no-spare", handles=_HANDLES) as service,
        httpx.Client(base_url=service.url, timeout=_GIVEN_UP) as client,
    ):
        assert service.process is not None
        yield Victim(service.process, client, service.ready_seconds)


def seconds_until(holds: Callable[[], bool], seconds: float = _GIVEN_UP) -> float:
    """The seconds until a condition held; infinite if it did not hold in time."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return float("inf")
        time.sleep(_LOOK)
    return time.monotonic() - began
