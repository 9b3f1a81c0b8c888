"""What goes wrong with a source of mail."""

from pathlib import Path

from models.corpus.report import CleaningReport


class CorpusError(Exception):
    """A source that is missing, empty or wholly unreadable; its text is one line for the user."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


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
