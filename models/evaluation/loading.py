"""Held-out messages from files of mail."""

from pathlib import Path

from models.corpus.errors import CorpusError
from models.corpus.message import RawMessage
from models.corpus.names import Entry, NameCounts, NameStatistics, header_entries
from models.corpus.phrases import load_phrases
from models.corpus.pipeline import prepare
from models.corpus.readers import read_messages
from models.corpus.reflow import normalise
from models.evaluation.messages import HeldOutMessage
from models.suggestion import Context

_LINES = (".jsonl", ".jsonl.gz")


def is_json_lines(path: Path) -> bool:
    """Whether a path names JSON lines, which are taken for cleaned messages unless told otherwise."""
    return path.name.lower().endswith(_LINES)


def load_messages(path: Path, *, clean: bool) -> list[HeldOutMessage]:
    """Read the messages of a file or folder of any format that training reads.

    With `clean`, they are cleaned and de-duplicated like training mail; without, their text is only
    normalised and every message that has any is kept, so that a fixed set stays that set. Names to
    mask follow the rule of training in both cases.

    Raises:
        CorpusError: the path is missing, unreadable or holds no message with text.
    """
    messages = _cleaned(path) if clean else _as_given(path)
    if not messages:
        raise CorpusError(path, "holds no message with text to measure on")
    return messages


def _cleaned(path: Path) -> list[HeldOutMessage]:
    return [
        HeldOutMessage(one.person, one.body, _context(one.subject, one.previous_body, one.names), one.names)
        for one in prepare([path]).messages
    ]


def _as_given(path: Path) -> list[HeldOutMessage]:
    phrases = load_phrases()
    counts = NameCounts()
    found: list[tuple[RawMessage, str, set[Entry]]] = []
    entries = 0
    for raw in read_messages(path):
        entries += 1
        text = normalise(raw.body) if raw is not None else ""
        if raw is None or not text:
            continue
        recipients = set(header_entries(raw.to, phrases))
        counts.add_header({*header_entries(raw.sender, phrases), *recipients})
        counts.add_body(text)
        found.append((raw, text, recipients))
    if entries and not found:
        raise CorpusError(path, f"none of its {entries} entries holds text that could be read")
    statistics = counts.statistics()
    return [_message(raw, text, people, statistics) for raw, text, people in found]


def _message(raw: RawMessage, text: str, people: set[Entry], statistics: NameStatistics) -> HeldOutMessage:
    tokens = {token for person in people for token in person}
    names = frozenset(filter(statistics.may_be_name, tokens))
    previous = normalise(raw.previous_body) if raw.previous_body else None
    context = _context(" ".join(raw.subject.split()), previous, names)
    return HeldOutMessage(raw.person or raw.sender, text, context, names)


def _context(subject: str, previous: str | None, names: frozenset[str]) -> Context:
    """The names go along as the recipient's, so that subject and previous message are masked too."""
    return Context(
        subject=subject or None,
        previous_message=previous or None,
        recipient_name=" ".join(sorted(names)) or None,
    )
