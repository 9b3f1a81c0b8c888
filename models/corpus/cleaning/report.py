"""Counts of what each cleaning step removed."""

from dataclasses import dataclass, field
from pathlib import Path

from inkling.models.corpus.mail.corpus_error import CorpusError


@dataclass(slots=True)
class StepCount:
    """What one step dropped: whole messages, and words in them or cut out of kept ones."""

    messages: int = 0
    words: int = 0
    touched: int = 0


@dataclass(slots=True)
class CleaningReport:
    """Counts of messages and words read, dropped by each step, and kept."""

    read_messages: int = 0
    read_words: int = 0
    kept_messages: int = 0
    kept_words: int = 0
    steps: dict[str, StepCount] = field(default_factory=dict)

    def dropped(self, step: str, words: int) -> None:
        """Count a whole message that was dropped."""
        count = self.steps.setdefault(step, StepCount())
        count.messages += 1
        count.words += words

    def cut(self, step: str, words: int) -> None:
        """Count text that was cut out of a kept message."""
        count = self.steps.setdefault(step, StepCount())
        count.touched += 1
        count.words += words

    def table(self) -> list[tuple[str, str, str, str]]:
        """Rows of (step, messages dropped, messages shortened, words taken away), a head row first."""
        rows = [("step", "messages dropped", "messages shortened", "words dropped")]
        rows.append(("read", f"{self.read_messages:,}", "", f"{self.read_words:,}"))
        rows.extend(
            (step, f"{count.messages:,}", f"{count.touched:,}", f"{count.words:,}")
            for step, count in self.steps.items()
        )
        rows.append(("kept", f"{self.kept_messages:,}", "", f"{self.kept_words:,}"))
        return rows


class NothingLeftError(CorpusError):
    """Cleaning dropped every message; the text says why, and `report` is the whole table."""

    def __init__(self, path: Path, report: CleaningReport) -> None:
        dropped = {step: count.messages for step, count in report.steps.items() if count.messages}
        by_count = sorted(dropped.items(), key=lambda one: -one[1])
        why = ", ".join(f"{count:,} as {step}" for step, count in by_count)
        super().__init__(
            path, f"no message is left of {report.read_messages:,} after cleaning; dropped: {why}"
        )
        self.report = report
