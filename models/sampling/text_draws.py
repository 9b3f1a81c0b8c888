"""Draws texts of many words that go on after a draft."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from inkling.models.runtime.batch import Steps
from inkling.models.sampling.beginnings import spell_tail
from inkling.models.sampling.drawing_steps import draw_all
from inkling.models.sampling.place import Place
from inkling.models.sampling.sample import Sample
from inkling.models.sampling.softmax import Softmax
from inkling.models.sampling.writing import DrawnToken, WritingEnd, WritingOptions, Written, WrittenPart
from inkling.models.search.expansion import Expansion
from inkling.models.search.log_sum import log_sum_of
from inkling.models.search.tail_spelling import Spelling
from inkling.models.search.tree import Tree
from inkling.models.step import Floats, Groups
from inkling.models.text.tokenizer import spell, unspell

Tell = Callable[[WrittenPart], None]

AcceptsAfter = Callable[[str], Callable[[str], bool]]
"""From a text that was drawn to whether another one may be suggested after it."""

END_NAME = "<end>"
"""What the end of a message is called among the likely tokens: it has no text."""

_JUDGED_CHARACTERS = 100
"""A text is judged from at most so far back, or a word's judgement would take longer the longer it is."""


def draw_texts(
    tree: Tree,
    tail: str,
    options: WritingOptions,
    spelling: Spelling,
    *,
    line_start: bool,
    accepts_after: AcceptsAfter,
    tell: Tell | None = None,
) -> Steps[Written]:
    """Texts after the root of `tree` and a tail, drawn token by token.

    `tell` gets what is certain of a text as soon as it is: whole words only, and at last the rest with the
    end. There are no texts where the model's tokens cannot spell the tail.
    """
    at_line_start = tail.endswith("\n") or (line_start and not tail)
    expansion = Expansion(tree, spelling.groups)
    allowed = spelling.within_line | spelling.groups[:, 1]
    start = yield from spell_tail(expansion, spelling, spell(tail, line_start=line_start).encode(), allowed)
    if start.beginnings is not None and not len(start.scores):
        return Written([], 0, expansion.steps)
    texts = [
        _Text(number, options, allowed, spelling, at_line_start, accepts_after, tell)
        for number in range(options.texts)
    ]
    samples = [
        Sample(start, Softmax(options.sampling, number), text, spelling) for number, text in enumerate(texts)
    ]
    steps = yield from draw_all(samples, tree, spelling.groups)
    drawn = sum(text.drawn for text in texts)
    return Written([text.whole() for text in texts], drawn, expansion.steps + steps)


class _Entry(NamedTuple):
    """A token of a text: the run's length with it, where it begins in the text, and what is told of it."""

    run: int
    begin: int
    token: DrawnToken | None


class _Text:
    """See `Goal`."""

    def __init__(
        self,
        number: int,
        options: WritingOptions,
        allowed: Groups,
        spelling: Spelling,
        at_line_start: bool,
        accepts_after: AcceptsAfter,
        tell: Tell | None,
    ) -> None:
        self._number, self._options, self._allowed = number, options, allowed
        self._spelling, self._at_line_start, self._tell = spelling, at_line_start, tell
        self._accepts_after, self._accepts = accepts_after, accepts_after("")
        self._judged_from = 0
        self._entries: list[_Entry] = []
        self._kept = self._text = ""
        self._end: WritingEnd | None = None
        self._told = self._told_tokens = 0

    @property
    def drawn(self) -> int:
        """The number of its tokens."""
        return len(self._entries)

    def whole(self) -> WrittenPart:
        """The whole text, once it has ended."""
        return WrittenPart(self._number, self._text, self._tokens(len(self._text)), self._end)

    def allowed(self, spelled: bytes) -> Groups:  # noqa: ARG002
        return self._allowed

    def accepts(self, place: Place) -> bool:
        text = self._text_of(place.spelled)
        return text is not None and self._may_stand(text)

    def keep(self, place: Place) -> None:
        text = self._text_of(place.spelled)
        assert text is not None
        self._kept = text
        if len(text) - self._judged_from > _JUDGED_CHARACTERS:
            self._accepts, self._judged_from = self._accepts_after(text), len(text)
        self._pass_on(text[: len(text) - self._held_back(text)])

    def goes_on(self, place: Place, token: int) -> bool:  # noqa: ARG002
        return bool(self._spelling.piece_bytes[token])

    def arrive(self, before: Place, way: int, place: Place) -> bool:
        while self._entries and self._entries[-1].run > len(before.run):
            self._entries.pop()
        begin = len(self._decoded(before.spelled))
        if place.spelled or before.beginnings is None:  # else it only ended the word that was begun
            token = self._describe(before, way, begin)
            self._entries.append(_Entry(len(place.run), begin, token))
        return self._stop_in(self._decoded(place.spelled)) is None and self.drawn < self._options.max_tokens

    def finish(self, place: Place, *, filtered: bool) -> None:
        text = self._decoded(place.spelled)
        stop = self._stop_in(text)
        if filtered:
            self._end, self._text = WritingEnd.CONTENT_FILTER, self._kept
        else:
            is_full = stop is None and self.drawn >= self._options.max_tokens
            self._end = WritingEnd.LENGTH if is_full else WritingEnd.STOP
            # A word that was cut off stays only if it may be suggested as it stands.
            text = text[:stop]
            self._text = text if len(text) <= len(self._kept) or self._may_stand(text) else self._kept
        while self._entries and self._entries[-1].begin >= max(len(self._text), 1):
            self._entries.pop()
        self._pass_on(self._text)

    def _pass_on(self, text: str) -> None:
        """Tell what is new in a text that is certain."""
        if self._tell is None or (len(text) == self._told and self._end is None):
            return
        tokens = self._tokens(len(text))
        part = WrittenPart(self._number, text[self._told :], tokens[self._told_tokens :], self._end)
        self._told, self._told_tokens = len(text), len(tokens)
        self._tell(part)

    def _tokens(self, end: int) -> list[DrawnToken]:
        """The tokens that begin before a place in the text."""
        return [entry.token for entry in self._entries if entry.token is not None and entry.begin < end]

    def _describe(self, before: Place, way: int, begin: int) -> DrawnToken | None:
        """What is told of a token, if anything is to be told."""
        count = self._options.logprobs
        if count is None:
            return None
        total = log_sum_of(before.scores[before.scores > -math.inf])
        best = _most_probable(before.scores, count)

        def name(one: int) -> str:
            spelled = before.move(one, self._spelling).spelled
            is_end = spelled == before.spelled and before.beginnings is None
            return END_NAME if is_end else self._decoded(spelled)[begin:]

        def log_prob(one: int) -> float:
            return min(float(before.scores[one]) - total, 0.0)

        likely = [(name(one), log_prob(one)) for one in best if before.scores[one] > -math.inf]
        return DrawnToken(name(way), log_prob(way), likely)

    def _may_stand(self, text: str) -> bool:
        part = text[self._judged_from :]
        return not part.strip() or self._accepts(part)

    def _stop_in(self, text: str) -> int | None:
        """Where the first stop string begins in a text."""
        return min((at for stop in self._options.stop if (at := text.find(stop)) >= 0), default=None)

    def _held_back(self, text: str) -> int:
        """The number of last characters that may be the beginning of a stop string."""
        return max(
            (
                length
                for stop in self._options.stop
                for length in range(1, min(len(stop), len(text) + 1))
                if text.endswith(stop[:length])
            ),
            default=0,
        )

    def _text_of(self, spelled: bytes) -> str | None:
        """The text of a run; None where it ends within a character."""
        try:
            return unspell(spelled.decode(), line_start=self._at_line_start)
        except UnicodeDecodeError:
            return None

    def _decoded(self, spelled: bytes) -> str:
        """The text of a run, but for the bytes that are no whole character."""
        return unspell(spelled.decode("utf-8", errors="ignore"), line_start=self._at_line_start)


def _most_probable(scores: Floats, count: int) -> list[int]:
    """The places of the greatest scores (N,), greatest first; of equals the first comes first."""
    count = min(count, len(scores))
    if not count:
        return []
    places = np.argpartition(-scores, count - 1)[:count]
    return sorted(places.tolist(), key=lambda place: (-float(scores[place]), place))
