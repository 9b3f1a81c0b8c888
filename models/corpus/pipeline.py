"""From files of mail to clean messages, their name lexicon and a report."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inkling.models.corpus.cleaning.cleaning import MIN_WORDS, Cleaner, Step
from inkling.models.corpus.cleaning.duplicates import boilerplate_paragraphs, fingerprint, near_duplicates
from inkling.models.corpus.cleaning.fixed_phrases import Phrases, load_phrases
from inkling.models.corpus.cleaning.names import (
    NameCounts,
    NameStatistics,
    first_recipient,
    header_entries,
    header_names,
)
from inkling.models.corpus.cleaning.noise import common_words, is_garbled
from inkling.models.corpus.cleaning.report import CleaningReport, NothingLeftError
from inkling.models.corpus.cleaning.spelling import Corrections
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.message import Message, RawMessage
from inkling.models.corpus.mail.readers import read_messages
from inkling.models.corpus.mail.reflow import normalise
from inkling.models.corpus.people import one_name_each
from inkling.models.text.chunks import count_words
from inkling.models.text.context_sequence import known_names
from inkling.models.text.masking import KnownNames, NameLexicon, fold_name
from inkling.models.text.typography import plain

Progress = Callable[[str, int, int], None]
"""Called with a phase's name, what is done of it, and its total (0 when not known)."""

_REPLY_MARK = re.compile(r"^(?:\s*(?:re|fwd?|fw|aw|sv|tr)\s*(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)
_SHORT_WORDS = 12
_MIN_VOCABULARY_WORDS = 1_000_000
_PROGRESS_EVERY = 100


@dataclass(frozen=True, slots=True)
class Corpus:
    """Clean messages in the order read, a report of what was dropped, and the names to mask."""

    messages: list[Message]
    report: CleaningReport
    lexicon: NameLexicon


def prepare(
    paths: Sequence[Path], *, progress: Progress | None = None, corrections: Corrections | None = None
) -> Corpus:
    """Read, clean and de-duplicate mail from files or folders of any format `read_messages` knows.

    Typographic variants become their plain forms, misspellings of `corrections` their right ones.

    Raises `CorpusError` for a path that is missing, empty or wholly unreadable. Deterministic.
    """
    tell = progress or (lambda _phase, _done, _total: None)
    phrases = load_phrases()
    report = CleaningReport()
    cleaner = Cleaner(phrases, report)
    found: list[tuple[RawMessage, str]] = []
    counts = NameCounts()
    for path in paths:
        _read(path, cleaner, found, counts, tell)
    if corrections is not None:
        found = [(raw, corrections.correct(text)) for raw, text in found]
    texts = [text for _, text in found]
    kept = _without_noise(found, texts, report, tell, phrases)
    texts = [text for _, text in kept]
    kept = _without_boilerplate(kept, texts, report)
    kept = _without_duplicates(kept, report, tell)
    statistics = counts.statistics()
    messages = _messages(kept, found, statistics, phrases)
    report.kept_messages = len(messages)
    report.kept_words = sum(count_words(message.body) for message in messages)
    return Corpus(messages, report, NameLexicon.build(statistics.lexicon_names()))


def require_messages(corpus: Corpus, path: Path) -> None:
    """Raise NothingLeftError if no message is left. It names `path` and the steps that dropped them."""
    if not corpus.messages:
        raise NothingLeftError(path, corpus.report)


def _read(
    path: Path,
    cleaner: Cleaner,
    found: list[tuple[RawMessage, str]],
    counts: NameCounts,
    tell: Progress,
) -> None:
    report = cleaner.report
    readable = entries = 0
    for raw in read_messages(path):
        entries += 1
        report.read_messages += 1
        if raw is None:
            report.dropped(Step.UNREADABLE, 0)
            continue
        readable += 1
        report.read_words += count_words(raw.body)
        raw = replace(raw, body=plain(raw.body), subject=plain(raw.subject))
        text = cleaner.clean(raw)
        if text is not None:
            # The raw body is not needed again; dropping it halves the memory.
            found.append((replace(raw, body=""), text))
            counts.add_header(
                {*header_entries(raw.sender, cleaner.phrases), *header_entries(raw.to, cleaner.phrases)}
            )
            counts.add_body(text)
        if entries % _PROGRESS_EVERY == 0:
            tell("read and clean", report.read_messages, 0)
    tell("read and clean", report.read_messages, report.read_messages)
    if not entries:
        raise CorpusError(path, "holds no messages")
    if not readable:
        raise CorpusError(path, f"none of its {entries} entries could be read")


def _without_noise(
    found: list[tuple[RawMessage, str]],
    texts: list[str],
    report: CleaningReport,
    tell: Progress,
    phrases: Phrases,
) -> list[tuple[RawMessage, str]]:
    vocabulary = common_words(texts) if sum(map(count_words, texts)) >= _MIN_VOCABULARY_WORDS else frozenset()
    kept = []
    for index, (raw, text) in enumerate(found):
        if is_garbled(text, vocabulary, phrases.one_letter_words):
            report.dropped(Step.GARBLED, count_words(text))
        else:
            kept.append((raw, text))
        if index % _PROGRESS_EVERY == 0:
            tell("scanner noise", index, len(found))
    tell("scanner noise", len(found), len(found))
    return kept


def _without_boilerplate(
    found: list[tuple[RawMessage, str]], texts: list[str], report: CleaningReport
) -> list[tuple[RawMessage, str]]:
    is_boilerplate = boilerplate_paragraphs(texts)
    kept = []
    for raw, text in found:
        shorter = normalise("\n".join(line for line in text.split("\n") if not is_boilerplate(line)))
        lost = count_words(text) - count_words(shorter)
        if lost:
            report.cut(Step.BOILERPLATE, lost)
        if count_words(shorter) < MIN_WORDS:
            report.dropped(Step.BOILERPLATE, count_words(shorter))
        else:
            kept.append((raw, shorter))
    return kept


def _without_duplicates(
    found: list[tuple[RawMessage, str]], report: CleaningReport, tell: Progress
) -> list[tuple[RawMessage, str]]:
    tell("duplicates", 0, len(found))
    near = near_duplicates([text for _, text in found])
    seen: set[bytes] = set()
    kept = []
    for index, (raw, text) in enumerate(found):
        mark = fingerprint(text)
        if count_words(text) < _SHORT_WORDS:
            # Many people answer "Sounds good"; only the same answer in the same thread is a copy.
            mark += fingerprint(base_subject(raw.subject))
        if index in near or mark in seen:
            report.dropped(Step.DUPLICATE, count_words(text))
        else:
            seen.add(mark)
            kept.append((raw, text))
    tell("duplicates", len(found), len(found))
    return kept


def base_subject(subject: str) -> str:
    """A subject without its reply and forward marks."""
    return _REPLY_MARK.sub("", subject).strip()


def _messages(
    kept: list[tuple[RawMessage, str]],
    found: list[tuple[RawMessage, str]],
    statistics: NameStatistics,
    phrases: Phrases,
) -> list[Message]:
    previous = {raw.id: text for raw, text in found}
    parents = {raw.id: raw.previous_id for raw, _ in found}
    people = one_name_each((raw.sender, raw.person or "") for raw, _ in kept)
    messages = []
    for raw, text in kept:
        replied = previous.get(raw.previous_id) if raw.previous_id else None
        if replied is None and raw.previous_body:
            replied = normalise(plain(raw.previous_body))
        names = header_names(raw.sender, phrases) | header_names(raw.to, phrases)
        recipient = first_recipient(raw.to, phrases)
        given = known_names(recipient).recipient
        messages.append(
            Message(
                id=raw.id,
                corpus=raw.corpus,
                person=people[raw.sender, raw.person or ""],
                thread=_root(raw.id, parents),
                date=raw.date,
                subject=" ".join(raw.subject.split()),
                body=text,
                previous_body=replied,
                names=KnownNames(
                    given if statistics.may_be_name(fold_name(given)) else "",
                    frozenset(filter(statistics.may_be_name, names)),
                ),
                recipient=recipient,
            )
        )
    return messages


def _root(start: str, parents: dict[str, str | None]) -> str:
    """The first message of a thread; a loop ends where it was entered."""
    seen = {start}
    current = start
    while (parent := parents.get(current)) and parent not in seen:
        seen.add(parent)
        current = parent
    return current
