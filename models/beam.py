"""Constrained beam search over any step model.

A suggestion is scored by ln P(text, and its last word ends there | context, prefix). As the tail can
be spelled by several runs of pieces,

    log_prob(text) = logsum over runs that spell tail + text [ln P(run) + ln P(next piece ends the word)]
                     - ln P(tail)

where P(tail) sums over every run whose bytes begin with the tail. The search works on tensors: one
top-k over beam x vocabulary a step, states gathered by index.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.runtime.step import StepModel
from models.spelling import Spelling
from models.suggestion import FinishReason
from models.tokenizer import spell, unspell

_DECIMALS = 4  # scores are compared at these, ties broken by piece ids
_PIECES_A_WORD = 4
_TERMINATORS = ".!?。！？؟।…"
_NEVER = -math.inf
_SLACK = 1e-3  # far above the rounding of sums, so that a bound is never passed by accident


@dataclass(frozen=True, slots=True)
class BeamOptions:
    """Limits of a search.

    At most `tail_paths` runs of pieces inside the tail are followed, and none whose probability is
    below `tail_share` of the tail's found so far; a path of the beam whose probability given the
    prefix is below `path_floor` is left. Zero for either share follows everything. The search ends,
    with whatever it has, once no text can reach the probability `least` any more.
    """

    beam_width: int = 4
    max_words: int = 8
    tail_paths: int = 16
    tail_share: float = 1e-3
    path_floor: float = 1e-3
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that the search found, with its log-probability given the prefix (see the module)."""

    text: str
    log_prob: float
    finish_reason: FinishReason


@dataclass(frozen=True, slots=True)
class _Path:
    """A run of pieces: the bytes it adds beyond the tail, its log-probability, its row of state."""

    pieces: tuple[int, ...]
    spelled: bytes
    log_prob: float
    row: int

    @property
    def words(self) -> int:
        return len(self.spelled.split())

    @property
    def ends_sentence(self) -> bool:
        return self.spelled.decode("utf-8", errors="ignore").endswith(tuple(_TERMINATORS))


class BeamSearch:
    """Searches continuations of a state whose text goes on with a tail. Deterministic."""

    def __init__(self, model: StepModel, spelling: Spelling, device: torch.device) -> None:
        self._model, self._spelling, self._device = model, spelling, device

    @torch.inference_mode()
    def search(
        self,
        state: Tensor,
        tail: str,
        options: BeamOptions,
        *,
        line_start: bool,
        check: Callable[[], None] = lambda: None,
    ) -> tuple[list[Candidate], int]:
        """Candidates, most probable first, and the number of model steps taken.

        `state` (1, S) is after context and committed text; `line_start` says that committed text is
        empty; `check` is called before each step and may raise to abandon the search.
        """
        at_line_start = tail.endswith("\n") or (line_start and not tail)
        run = _Run(self._model, self._spelling, self._device, options, at_line_start, check)
        run.spell_tail(state, spell(tail, line_start=line_start).encode())
        for _ in range(options.max_words * _PIECES_A_WORD):
            if not run.extend():
                break
        return run.candidates(), run.steps


class _Run:
    """The moving parts of one search; `paths` and the rows of `_state` go together."""

    def __init__(
        self,
        model: StepModel,
        spelling: Spelling,
        device: torch.device,
        options: BeamOptions,
        at_line_start: bool,
        check: Callable[[], None],
    ) -> None:
        self._model, self._spelling, self._device = model, spelling, device
        self._options, self._at_line_start, self._check = options, at_line_start, check
        self._paths: list[_Path] = []
        self._state = torch.empty(0)
        self._log_tail = _NEVER
        self._floor = _NEVER
        self._found: dict[bytes, list[tuple[float, float]]] = {}  # (ends there, of that: the line ends)
        self.steps = 0

    def _scores(self, log_probs: Tensor, paths: Sequence[_Path]) -> Tensor:
        before = torch.tensor([path.log_prob for path in paths], device=self._device)
        return log_probs + before[:, None]

    def _advance(self, paths: Sequence[_Path], state: Tensor) -> Tensor:
        """States after the last piece of each path, whose `row` is that of its parent in `state`."""
        self._check()
        self.steps += 1
        rows = torch.tensor([path.row for path in paths], device=self._device)
        pieces = torch.tensor([path.pieces[-1] for path in paths], device=self._device)
        return self._model.advance(pieces, state[rows])

    def spell_tail(self, state: Tensor, required: bytes) -> None:
        """Follow the likely runs of pieces through the tail; fill the beam with what covers it."""
        spelling, options = self._spelling, self._options
        beginnings: list[_Path] = []
        states: list[Tensor] = []
        inner, rest = [_Path((), b"", 0.0, 0)], [required]
        while True:
            scores = self._scores(self._model.log_probs(state), inner)
            before = sum(map(len, states))
            states.append(state)
            covering = torch.stack([spelling.covering(part) for part in rest])
            covered = float(scores.masked_fill(~covering, _NEVER).logsumexp((0, 1)))
            self._log_tail = _log_sum(self._log_tail, covered)
            usable = torch.stack([spelling.beginning(part) for part in rest])
            if not required:  # nothing to spell, and a line starts with its virtual space
                self._log_tail = 0.0
                usable &= spelling.starts_word
            for parent, piece, score in self._best(scores.masked_fill(~usable, _NEVER), inner):
                beyond = spelling.piece_bytes[piece][len(rest[parent]) :]
                beginnings.append(_Path((*inner[parent].pieces, piece), beyond, score, before + parent))
            followed = self._follow(scores, inner, rest)
            if not followed:
                break
            inner, rest = [path for path, _ in followed], [part for _, part in followed]
            state = self._advance(inner, state)
        self._floor = self._log_tail + _log(options.path_floor)
        beginnings = sorted(filter(self._is_likely, beginnings), key=_rank)[: options.beam_width]
        if beginnings and self._can_reach(beginnings):
            self._paths, self._state = beginnings, self._advance(beginnings, torch.cat(states))

    def _follow(
        self, scores: Tensor, paths: Sequence[_Path], rest: Sequence[bytes]
    ) -> list[tuple[_Path, bytes]]:
        """Paths one piece deeper that are still inside the tail, and what is left to spell."""
        floor = self._log_tail + _log(self._options.tail_share)
        deeper = []
        for row, (path, part) in enumerate(zip(paths, rest, strict=True)):
            inside = self._spelling.inside(part)
            for piece, score in zip(inside, scores[row, inside].tolist(), strict=True):
                if score > floor:
                    left = part[len(self._spelling.piece_bytes[piece]) :]
                    deeper.append((_Path((*path.pieces, piece), b"", score, row), left))
        return sorted(deeper, key=lambda item: _rank(item[0]))[: self._options.tail_paths]

    def _best(self, scores: Tensor, paths: Sequence[_Path]) -> list[tuple[int, int, float]]:
        """(row, piece, score) of the best `beam_width` cells, ranked so that rounding decides nothing."""
        flat = scores.flatten()
        values, cells = flat.topk(min(2 * self._options.beam_width, len(flat)))
        found = [
            (*divmod(cell, scores.shape[1]), value)
            for cell, value in zip(cells.tolist(), values.tolist(), strict=True)
            if value > _NEVER
        ]
        found.sort(key=lambda item: (-round(item[2], _DECIMALS), paths[item[0]].pieces, item[1]))
        return found[: self._options.beam_width]

    def _is_likely(self, path: _Path) -> bool:
        return path.log_prob > self._floor

    def _can_reach(self, open_paths: Sequence[_Path]) -> bool:
        """Whether some text has, or may still get, the probability `least`.

        What a text gets from here on comes from open paths, whose probabilities bound it.
        """
        if not self._options.least:
            return True
        best = max(
            (_log_sum(*(mass for mass, _ in masses)) for masses in self._found.values()), default=_NEVER
        )
        reachable = _log_sum(best, *(path.log_prob for path in open_paths)) - self._log_tail
        return reachable >= math.log(self._options.least) - _SLACK

    def extend(self) -> bool:
        """Note where words may end, then make every path one piece longer; False when none is left."""
        if not self._paths:
            return False
        spelling = self._spelling
        scores = self._scores(self._model.log_probs(self._state), self._paths)
        ends = scores.masked_fill(~spelling.ends_word, _NEVER).logsumexp(1).tolist()
        lines = scores.masked_fill(~spelling.ends_line, _NEVER).logsumexp(1).tolist()
        for path, end, line in zip(self._paths, ends, lines, strict=True):
            self._found.setdefault(path.spelled, []).append((end, line))
        scores = scores.masked_fill(~spelling.within_line, _NEVER)
        for row, path in enumerate(self._paths):
            if path.ends_sentence:
                scores[row] = _NEVER
            elif self._at_line_start and not path.spelled:
                scores[row].masked_fill_(~spelling.starts_word, _NEVER)
            elif path.words >= self._options.max_words:
                scores[row].masked_fill_(spelling.starts_word, _NEVER)
        longer = [
            _Path(
                (*self._paths[row].pieces, piece),
                self._paths[row].spelled + spelling.piece_bytes[piece],
                score,
                row,
            )
            for row, piece, score in self._best(scores, self._paths)
        ]
        self._paths = list(filter(self._is_likely, longer)) if self._can_reach(longer) else []
        if self._paths:
            self._state = self._advance(self._paths, self._state)
        return bool(self._paths)

    def candidates(self) -> list[Candidate]:
        """What was found, most probable first; the spellings of one text added up."""
        found = []
        for spelled, masses in self._found.items():
            text = _text(spelled, line_start=self._at_line_start)
            if text is None:
                continue
            end = _log_sum(*(mass for mass, _ in masses))
            line = _log_sum(*(mass for _, mass in masses))
            reason = self._reason(text, line - end)
            found.append(Candidate(text, min(end - self._log_tail, 0.0), reason))
        return sorted(found, key=lambda candidate: (-round(candidate.log_prob, _DECIMALS), candidate.text))

    def _reason(self, text: str, log_line_share: float) -> FinishReason:
        if text.endswith(tuple(_TERMINATORS)):
            return FinishReason.SENTENCE_END
        if log_line_share > math.log(0.5):
            return FinishReason.LINE_END
        if len(text.split()) >= self._options.max_words:
            return FinishReason.MAX_WORDS
        return FinishReason.BEST_LENGTH


def _rank(path: _Path) -> tuple[float, tuple[int, ...]]:
    return -round(path.log_prob, _DECIMALS), path.pieces


def _text(spelled: bytes, *, line_start: bool) -> str | None:
    """The text that a run adds after the caret; None where it is not one to suggest."""
    try:
        text = unspell(spelled.decode(), line_start=line_start)
    except UnicodeDecodeError:
        return None
    return text if text.strip() and not text[-1].isspace() else None


def _log(share: float) -> float:
    return math.log(share) if share > 0 else _NEVER


def _log_sum(*values: float) -> float:
    """ln of the sum of exponentials."""
    top = max(values)
    return top if top == _NEVER else top + math.log(math.fsum(math.exp(value - top) for value in values))
