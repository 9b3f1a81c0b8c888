"""One message cleaned, or the reason why it is dropped."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from inkling.models.corpus.cleaning.code import cut_code
from inkling.models.corpus.cleaning.fixed_phrases import Phrases
from inkling.models.corpus.cleaning.machine_mail import has_machine_headers, has_machine_text, is_tabular
from inkling.models.corpus.cleaning.names import header_names
from inkling.models.corpus.cleaning.noise import cut_scan_marks
from inkling.models.corpus.cleaning.quoting import cut_quoted
from inkling.models.corpus.cleaning.report import CleaningReport
from inkling.models.corpus.cleaning.signatures import cut_footer, cut_notices, cut_signature
from inkling.models.corpus.mail.message import RawMessage
from inkling.models.corpus.mail.reflow import join_lines, plain_lines
from inkling.models.text.chunks import count_words

MIN_WORDS = 2
MAX_WORDS = 800
MIN_ARTICLE_WORDS = 150
_LONGEST_LINE = 2000
_STANDS_FOR = "\uf8ff"

_SPACED = re.compile(
    r"(?<![\w.])(?:"
    r"\+\d{1,3}(?:[ .()-]{1,2}\d{2,4}){2,5}"  # +44 20 7946 0018
    r"|\(?\d{3}\)?[ .]{1,2}\d{3}[ .-]\d{4}"  # (555) 010 0199
    r"|\d{4}(?: \d{4}){2,3}"  # the groups of a card
    r")(?!\w)"
)
_GAP = re.compile(r"[ .]+")


class Step(StrEnum):
    """The steps that drop or shorten messages, in order."""

    UNREADABLE = "unreadable"
    DAMAGED = "characters that could not be decoded"
    MACHINE = "machine-made mail"
    QUOTED = "quoted and forwarded text"
    CODE = "program text"
    TABLE = "tables and schedules"
    SCAN = "scanner marks"
    NOTICE = "device lines and legal notices"
    SIGNATURE = "signatures"
    LONG = f"longer than {MAX_WORDS} words"
    NEWS = "news and articles"
    GARBLED = "scanner noise"
    BOILERPLATE = "boilerplate paragraphs"
    DUPLICATE = "duplicates"
    SHORT = "nothing left"


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Cleans messages one at a time and counts in `report` what each step takes away."""

    phrases: Phrases
    report: CleaningReport

    def clean(self, raw: RawMessage) -> str | None:
        """Return the text the sender typed, or None for a message to drop."""
        if raw.unread is not None:
            return self._drop(raw.unread, 0)
        words = count_words(raw.body)
        if "\ufffd" in raw.body:
            self.report.cut(Step.DAMAGED, 0)
        if has_machine_headers(raw, self.phrases):
            return self._drop(Step.MACHINE, words)
        lines = plain_lines(raw.body)
        stripped = [line.strip() for line in lines]
        own = self._cut(Step.QUOTED, stripped, lambda kept: cut_quoted(kept, self.phrases))
        if not any(own):
            return self._drop(Step.QUOTED, 0)
        own = self._cut(Step.NOTICE, own, lambda kept: cut_footer(kept, self.phrases))
        own_text = "\n".join(own)
        words = count_words(own_text)
        # A quote or a list footer under a person's words may read like machine-made mail.
        if has_machine_text(own_text, self.phrases):
            return self._drop(Step.MACHINE, words)
        if words > MAX_WORDS:
            return self._drop(Step.LONG, words)
        if self._is_news(own_text, words):
            return self._drop(Step.NEWS, words)
        own = self._cut(Step.CODE, own, cut_code)
        if not any(own):
            return self._drop(Step.CODE, 0)
        if is_tabular(own):
            return self._drop(Step.TABLE, words)
        own = self._cut(Step.SCAN, own, lambda kept: cut_scan_marks(kept, self.phrases))
        own = self._cut(Step.NOTICE, own, lambda kept: cut_notices(kept, self.phrases))
        names = header_names(raw.sender, self.phrases)
        own = self._cut(Step.SIGNATURE, own, lambda kept: cut_signature(kept, self.phrases, names))
        text = join_numbers(join_lines(own))
        if count_words(text) < MIN_WORDS:
            return self._drop(Step.SHORT, count_words(text))
        return text

    def own_words(self, body: str) -> str | None:
        """The sender's own text in a message that a person wrote. None if there is none."""
        lines = [line.strip() for line in plain_lines(body)]
        # No header, signature or mark of a quote is that long, so such a line is not matched with patterns.
        long = dict.fromkeys(line for line in lines if len(line) > _LONGEST_LINE)
        names = {line: f"{_STANDS_FOR}{number}{_STANDS_FOR}" for number, line in enumerate(long)}
        lines = [names.get(line, line) for line in lines]
        own = cut_footer(cut_quoted(lines, self.phrases), self.phrases)
        own = cut_signature(cut_notices(own, self.phrases), self.phrases, ())
        text = join_numbers(join_lines(own))
        for line, name in names.items():
            text = text.replace(name, line)
        return text if text.strip() else None

    def _is_news(self, text: str, words: int) -> bool:
        # A short message may name a newspaper. A long message that names one is an article or a clipping.
        if self.phrases.wire_mark.occurs(text):
            return True
        return words >= MIN_ARTICLE_WORDS and self.phrases.press_mark.occurs(text)

    def _cut(self, step: Step, lines: list[str], cut: Callable[[list[str]], list[str]]) -> list[str]:
        kept = cut(lines)
        lost = count_lines(lines) - count_lines(kept)
        if lost:
            self.report.cut(step, lost)
        return kept

    def _drop(self, step: str, words: int) -> str | None:
        self.report.dropped(step, words)
        return None


def count_lines(lines: list[str]) -> int:
    """Words of lines."""
    return sum(map(count_words, lines))


def join_numbers(text: str) -> str:
    """Write phone and card numbers with hyphens instead of the spaces or stops inside them.

    Masking looks at one word at a time, so a number must be one word.
    """
    return _SPACED.sub(lambda match: _GAP.sub("-", match.group()), text)
