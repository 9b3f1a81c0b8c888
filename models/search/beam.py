"""Constrained beam search over any step model.

A suggestion's score is ln P(text, and its last word ends there | context, prefix). Several token sequences
can spell the tail and the text, so their probabilities are added up:

    log_prob(text) = logsum over runs that spell tail + text [ln P(run) + ln P(next token ends the word)]
                     - ln P(tail)

P(tail) is the sum over every run whose bytes begin with the tail. The search works on arrays: each step is
one top-k over beam x vocabulary, and states are gathered by index.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.runtime.batch import Steps
from inkling.models.search.beam_path import DECIMALS, TERMINATORS, BeamPath, best
from inkling.models.search.bounds import Bounds
from inkling.models.search.choice import MIN_CHARACTERS, NetTime, preference
from inkling.models.search.confidence import PLAIN, Confidence
from inkling.models.search.expansion import Expansion
from inkling.models.search.log_sum import LOG_ZERO, log, log_sum
from inkling.models.search.suggestion import FinishReason, Suggestion
from inkling.models.search.tail_search import TailOptions, TailSearch
from inkling.models.search.tail_spelling import Spelling
from inkling.models.search.tree import Node, Tree
from inkling.models.text.chunks import count_words
from inkling.models.text.tokenizer import spell, unspell

PATH_FLOOR = 1e-3
_TOKENS_A_WORD = 4
_SPARE = 4  # this many times the beam's width are ranked, because some may not be suggested
_NEGLIGIBLE = 1e-9  # a lower limit of probability ends no search early
_WORTH = NetTime()
_SLACK = 1e-3  # far above rounding errors, so that none of them makes a bound fail


@dataclass(frozen=True, slots=True)
class BeamOptions:
    """Limits of a search, and the confidence of its probabilities.

    `tail_paths` is the number of runs that are followed inside the tail. A run is dropped there when its
    probability is below `tail_share` of the tail's probability found so far. A path of the beam is dropped
    when its probability given the prefix is below `path_floor`. A share of 0 drops nothing.

    A search ends early when no text can reach the confidence `least`. With `suggestions`, it also ends when
    nothing can change which candidates `models.search.choice.choose` takes, given that number, `least` and
    `worth`. With `tail_alone`, the empty text is a candidate too: the last word of the tail ends there.
    """

    beam_width: int = 4
    max_words: int = 8
    tail_paths: int = 16
    tail_share: float = 1e-2
    path_floor: float = PATH_FLOOR
    least: float = 0.0
    suggestions: int | None = None
    confidence: Confidence = PLAIN
    worth: NetTime = _WORTH
    tail_alone: bool = False


def new_tree(
    root: NDArray[np.generic], path_floor: float = PATH_FLOOR, memory: DraftMemory | None = None
) -> Tree:
    """A tree for searches from the state `root` (1, S). Their `path_floor` must not be below this one."""
    return Tree(root, log(path_floor) - _SLACK, memory)


class SearchWatch(Protocol):
    """Watches one search. It must not raise, and it changes nothing."""

    def began(self, tree: Tree, spelling: Spelling, tail: bytes, *, line_start: bool) -> None:
        """The search begins at the root of `tree`, with a tail to spell.

        `line_start` says that what is suggested begins a line.
        """

    def ranked(
        self,
        paths: Sequence[BeamPath],
        kept: Sequence[BeamPath],
        log_tail: float,
        is_refused: Callable[[BeamPath], bool],
    ) -> None:
        """The beam was made of ranked paths, best first. It is empty where no path can change the choice.

        `log_tail` is ln of the tail's probability. A refused path spells what may not be suggested.
        """


class BeamSearch:
    """Searches for the text that follows a state and a tail. Deterministic."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        # The kinds of tokens that may follow a path: any in the line, a new word, the rest of the last word,
        # none.
        inside, starts = spelling.within_line, spelling.starts_word
        self._allowed = np.stack((inside, inside & starts, inside & ~starts, np.zeros_like(inside)))

    def search(
        self,
        tree: Tree,
        tail: str,
        options: BeamOptions,
        *,
        line_start: bool,
        accepts: Callable[[str], bool] = lambda _: True,
        refuses: Callable[[Suggestion], None] = lambda _: None,
        watch: SearchWatch | None = None,
    ) -> Steps[tuple[list[Suggestion], int]]:
        """Candidates that `accepts` lets through, most probable first, and the model steps taken.

        The tree's root is the state after context and committed text. `line_start` says that there is no
        committed text. `refuses` gets each candidate that `accepts` rejects. A rejected text must stay
        rejected when words are added to it. `watch` is told how the search goes on.
        """
        at_line_start = tail.endswith("\n") or (line_start and not tail)
        run = _Search(tree, self.spelling, self._allowed, options, at_line_start, accepts, watch)
        required = spell(tail, line_start=line_start).encode()
        if watch is not None:
            watch.began(tree, self.spelling, required, line_start=at_line_start)
        yield from run.begin(required)
        for _ in range(options.max_words * _TOKENS_A_WORD):
            if not (yield from run.extend()):
                break
        return run.candidates(refuses), run.steps


_ANYTHING, _NEW_WORD, _SAME_WORD, _NOTHING = range(4)


class _Search:
    """The moving parts of one search."""

    def __init__(
        self,
        tree: Tree,
        spelling: Spelling,
        allowed: NDArray[np.bool_],
        options: BeamOptions,
        at_line_start: bool,
        accepts: Callable[[str], bool],
        watch: SearchWatch | None,
    ) -> None:
        self._spelling, self._allowed, self._watch = spelling, allowed, watch
        self._options, self._at_line_start, self._accepts = options, at_line_start, accepts
        self._expansion = Expansion(tree, spelling.groups)
        self._least = options.confidence.least_probability(options.least)
        self._log_tail = LOG_ZERO
        self._paths: list[BeamPath] = []
        self._nodes: list[Node] = []
        # For each run, by spelling: ln P(the run, and the word ends there), ln P(the run, and the line ends
        # there).
        self._found: dict[bytes, list[tuple[float, float]]] = {}

    @property
    def steps(self) -> int:
        """Model steps taken."""
        return self._expansion.steps

    @property
    def _floor(self) -> float:
        """The least log-probability of a path that is followed."""
        return self._log_tail + log(self._options.path_floor)

    @property
    def _log_needed(self) -> float:
        """ln of the probability that a text needs for the least confidence, less the slack."""
        return self._log_tail + log(self._least) - _SLACK

    def begin(self, required: bytes) -> Steps[None]:
        """Fill the beam with the likely runs whose bytes begin with `required`."""
        options = self._options
        limits = TailOptions(
            options.tail_paths, options.tail_share, _SPARE * options.beam_width, options.path_floor
        )
        tail = yield from TailSearch(self._expansion, self._spelling, limits).spell(required)
        self._log_tail = tail.log_prob
        yield from self._take(tail.beginnings)

    def _admitted(self, ranked: Sequence[BeamPath]) -> list[BeamPath]:
        """The paths of the beam: the best ones, and one more for each refused path among them.

        A refused path stays, because its last word may go on. It takes no place from others.
        """
        admitted: list[BeamPath] = []
        accepted, width = 0, self._options.beam_width
        for number, path in enumerate(ranked):
            fine = not self._is_refused(path)
            if number < width or fine:
                admitted.append(path)
            accepted += fine
            if accepted >= width:
                break
        return admitted

    def _take(self, ranked: Sequence[BeamPath]) -> Steps[None]:
        """Make the beam of ranked paths. It is empty if they cannot change the result."""
        # The check before admission is the cheaper one.
        admitted = self._admitted(ranked) if self._is_open(ranked) else []
        self._paths = admitted if self._is_open(admitted) else []
        if self._watch is not None:
            self._watch.ranked(ranked, self._paths, self._log_tail, self._is_refused)
        self._nodes = yield from self._expansion.nodes([path.tokens for path in self._paths])

    def _is_open(self, paths: Sequence[BeamPath]) -> bool:
        """Whether extending `paths` may change the choice.

        It may, if a new text or one already found may still reach the least confidence. Otherwise the best
        choice is known. Alternatives may still come, unless all of them would begin with the best text.
        """
        if self._least < _NEGLIGIBLE or not paths:
            return bool(paths)
        needed = self._log_needed
        bounds = Bounds(paths, needed)
        if bounds.allow_new_text:
            return True
        final: list[bytes] = []
        for spelled, masses in self._found.items():
            share, gain = sum(math.exp(mass - needed) for mass, _ in masses), bounds.gain(spelled)
            if share + gain < 1.0 or self._suggested(spelled) is None:
                continue
            if gain or self._options.suggestions is None:
                return True
            if self._confidence(spelled) >= self._options.least:
                final.append(spelled)
        if not final or self._options.suggestions == 1:
            return False
        return not bounds.only_lengthen(min(final, key=self._preference))

    def _suggested(self, spelled: bytes) -> str | None:
        """The text of a run; None where it may not be suggested."""
        text = suggested_text(spelled, line_start=self._at_line_start)
        return text if text is not None and len(text) >= MIN_CHARACTERS and self._accepts(text) else None

    def _preference(self, spelled: bytes) -> tuple[float, int, str]:
        """The sort key of found runs, the best choice first."""
        text = self._suggested(spelled) or ""
        return preference(self._confidence(spelled), text, self._options.worth)

    def _confidence(self, spelled: bytes) -> float:
        """The confidence of a run's text, from the spellings found so far."""
        log_prob = log_sum(*(mass for mass, _ in self._found[spelled])) - self._log_tail
        return self._options.confidence.of(log_prob, self._suggested(spelled) or "")

    def extend(self) -> Steps[bool]:
        """Note where words may end, then make every path one token longer; False when none is left."""
        paths, nodes = self._paths, self._nodes
        if not paths:
            return False
        for path, node in zip(paths, nodes, strict=True):
            ends = (path.log_prob + node.word_ends, path.log_prob + node.line_ends)
            self._found.setdefault(path.spelled, []).append(ends)
        ids = np.concatenate([node.tokens for node in nodes])
        scores = np.concatenate(
            [node.log_probs + np.float32(path.log_prob) for path, node in zip(paths, nodes, strict=True)]
        )
        owners = np.repeat(np.arange(len(paths)), [len(node.tokens) for node in nodes])
        modes = np.array([self._mode(path) for path in paths])
        usable = self._allowed[modes[owners], ids] & (scores > self._floor)
        longer = [
            BeamPath(
                (*paths[row].tokens, token),
                paths[row].spelled + self._spelling.piece_bytes[token],
                score,
            )
            for row, token, score in best(
                owners[usable], ids[usable], scores[usable], paths, _SPARE * self._options.beam_width
            )
        ]
        yield from self._take(longer)
        return bool(self._paths)

    def _mode(self, path: BeamPath) -> int:
        """The kind of tokens that may follow a path, as an index."""
        if path.ends_sentence:
            return _NOTHING
        if self._at_line_start and not path.spelled:
            return _NEW_WORD
        if path.words >= self._options.max_words:
            return _SAME_WORD
        return _SAME_WORD if self._is_refused(path) else _ANYTHING

    def _is_refused(self, path: BeamPath) -> bool:
        text = suggested_text(path.spelled, line_start=self._at_line_start)
        return text is not None and not self._accepts(text)

    def candidates(self, refuses: Callable[[Suggestion], None]) -> list[Suggestion]:
        """See `ranked_candidates`."""
        return ranked_candidates(
            self._found,
            self._options,
            log_tail=self._log_tail,
            at_line_start=self._at_line_start,
            accepts=self._accepts,
            refuses=refuses,
        )


def ranked_candidates(
    found: Mapping[bytes, Sequence[tuple[float, float]]],
    options: BeamOptions,
    *,
    log_tail: float,
    at_line_start: bool,
    accepts: Callable[[str], bool],
    refuses: Callable[[Suggestion], None],
) -> list[Suggestion]:
    """The accepted candidates, most probable first; the spellings of one text are added up.

    `found` has for each run, by spelling, ln P(it, and the word ends there) and ln P(it, and the line
    does); `log_tail` is ln of the tail's probability. There are no candidates where none, refused ones
    included, reaches the least confidence.
    """
    needed = log_tail + log(options.confidence.least_probability(options.least)) - _SLACK
    if not any(log_sum(*(mass for mass, _ in masses)) >= needed for masses in found.values()):
        return []
    accepted = []
    for spelled, masses in found.items():
        text = suggested_text(spelled, line_start=at_line_start)
        if text is None and options.tail_alone and not spelled:
            text = ""
        if text is None:
            continue
        end = log_sum(*(mass for mass, _ in masses))
        line = log_sum(*(mass for _, mass in masses))
        log_prob = min(end - log_tail, 0.0)
        confidence = options.confidence.of(log_prob, text)
        candidate = Suggestion(text, confidence, log_prob, _reason(text, line - end, options.max_words))
        if accepts(text):
            accepted.append(candidate)
        else:
            refuses(candidate)
    return sorted(accepted, key=lambda candidate: (-round(candidate.log_prob, DECIMALS), candidate.text))


def _reason(text: str, log_line_share: float, max_words: int) -> FinishReason:
    if text.endswith(tuple(TERMINATORS)):
        return FinishReason.SENTENCE_END
    if log_line_share > math.log(0.5):
        return FinishReason.LINE_END
    return FinishReason.MAX_WORDS if count_words(text) >= max_words else FinishReason.BEST_LENGTH


def suggested_text(spelled: bytes, *, line_start: bool) -> str | None:
    """The text that a run adds after the caret; None where it is blank, ends in a space or is no text."""
    try:
        text = unspell(spelled.decode(), line_start=line_start)
    except UnicodeDecodeError:
        return None
    return text if text.strip() and not text[-1].isspace() else None
