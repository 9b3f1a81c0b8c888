"""How a fault is tried: the disk, the amount of work, and the limits of time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from benchmarks.people.sent import message
from benchmarks.trials.small_disk import SmallDisk
from benchmarks.trials.verdict import Verdict
from benchmarks.trials.victim import Answer, Victim, seconds_until, victim

ANSWERED = 2.0
"""Seconds in which a request must be answered that cannot be done."""

RECOVERED = 10.0
"""Seconds in which all must be well again after the cause is gone."""

_STARTS = 4.0
"""Starts of the service in which the model's process is replaced: a start, and a pause before it."""

_ALIVE = 1.0


@dataclass(slots=True)
class Kept:
    """Messages whose learning succeeded, by user, and all other answers."""

    messages: dict[str, list[str]] = field(default_factory=dict)
    refusals: list[Answer] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of messages."""
        return sum(map(len, self.messages.values()))

    def reaches(self, count: int) -> bool:
        """Whether there are at least this many messages."""
        return self.count >= count

    def has_all(self, count: int) -> bool:
        """Whether this many requests have been answered, with success or not."""
        return self.count + len(self.refusals) >= count

    def lost(self, service: Victim) -> int:
        """The number of these messages that a service does not have."""
        return sum(
            len(set(texts).difference(service.kept(user))) for user, texts in list(self.messages.items())
        )

    def learn(self, service: Victim, user: str, text: str) -> Answer:
        """Send a message, and record the answer."""
        answer = service.learn(user, text)
        if answer.status == 200:
            self.messages.setdefault(user, []).append(text)
        else:
            self.refusals.append(answer)
        return answer


@dataclass(frozen=True, slots=True)
class Trial:
    """One case's own disk, the bundle to serve, the amount of work, and the patience.

    `slack` multiplies every limit of time, for a machine with other work.
    """

    disk: SmallDisk
    bundle: Path | None
    rounds: int
    messages: int
    slack: float

    @property
    def profiles(self) -> Path:
        """The file of profiles."""
        return self.disk.folder / "profiles.db"

    def service(self) -> AbstractContextManager[Victim]:
        """A service on that file."""
        return victim(self.bundle, self.profiles)

    def answered(self, answer: Answer, status: int, must: str, limit: float = ANSWERED) -> Verdict:
        """Whether an answer is the right one, in time."""
        return Verdict(str(answer), answer.status == status and answer.seconds < limit * self.slack, must)

    def in_time(self, seconds: float, must: str, limit: float = RECOVERED) -> Verdict:
        """Whether an action stayed within its limit of time."""
        measured = "never" if seconds == float("inf") else f"after {seconds:.2f} s"
        return Verdict(measured, seconds < limit * self.slack, must)

    def alive(self, service: Victim) -> Verdict:
        """Whether /livez and suggestions are answered as usual."""
        slowest, answer = service.slowest_livez(), service.suggest()
        return Verdict(
            f"livez {slowest:.2f} s, suggestion {answer}",
            answer.status == 200 and max(slowest, answer.seconds) < _ALIVE * self.slack,
            "livez and suggestions are answered as usual",
        )

    def nothing_lost(self, kept: Kept, service: Victim) -> Verdict:
        """Whether a service has all messages whose learning succeeded."""
        lost = kept.lost(service)
        return Verdict(
            f"{lost} of {kept.count} lost, {len(kept.refusals)} refused",
            lost == 0 and kept.count > 0,
            "no message that was answered with success is lost",
        )

    def replaced(self, service: Victim) -> Verdict:
        """Whether a new process of the model serves soon. The time limit follows from the start of the
        service.
        """
        seconds = seconds_until(service.is_ready)
        starts = seconds / service.start_seconds
        measured = (
            f"after {seconds:.1f} s, {starts:.1f} times the start" if starts < float("inf") else "never"
        )
        return Verdict(measured, starts < _STARTS * self.slack, "another process takes its place")

    def learns_again(self, service: Victim, kept: Kept) -> Verdict:
        """Whether learning is answered with success soon."""
        seconds = seconds_until(lambda: kept.learn(service, "again", message(4000)).status == 200)
        return self.in_time(seconds, "learning is answered 200 again")


@contextmanager
def learning(services: list[Victim], messages: int, users: str = "writer") -> Iterator[Kept]:
    """Two writers of each service who learn messages one by one: this many each, or until the block ends."""
    kept, over = Kept(), Event()

    def write(service: Victim, user: str, first: int) -> None:
        for number in range(first, first + messages):
            if over.is_set():
                return
            kept.learn(service, user, message(number))

    writers = [(service, number) for number, service in enumerate([*services, *services])]
    with ThreadPoolExecutor(len(writers)) as pool:
        futures = [
            pool.submit(write, service, f"{users}-{number}", number * 512) for service, number in writers
        ]
        try:
            yield kept
        finally:
            over.set()
            for future in futures:
                future.result()
