"""The error of an unusable source of mail."""

from pathlib import Path


class CorpusError(Exception):
    """A source that is missing, empty or wholly unreadable; its text is one line for the user."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
