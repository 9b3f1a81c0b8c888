"""A model without weights. Each answer depends on everything that its state has read."""

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.runtime.batch import StepRequest, StepResult, Steps
from inkling.models.sampling.text_draws import Tell
from inkling.models.sampling.writing import DrawnToken, WritingEnd, WritingOptions, Written, WrittenPart
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import FinishReason, SearchOptions, SearchResult, Suggestion
from inkling.models.search.tree import Tree
from inkling.models.step import State
from inkling.models.text.chunks import split_chunk
from inkling.models.text.context import Context
from inkling.models.text.masking import KnownNames, fold_name

_LINE_START = 1
_NAME = 2


class FakeModel:
    """A `DraftModel` whose state is a rolling hash of all tokens, in the order they came.

    A wrong resume, a wrong token or one fed twice changes every later answer. `fed` holds the tokens in the
    order of the model's steps. `encoded` holds the chunks. `before_step` runs before each job's part of a
    step. Feeding a token of `poison` raises its error.
    """

    name = "fake-1"
    search_steps = 3

    def __init__(self, before_step: Callable[[], None] | None = None) -> None:
        self.fed: list[int] = []
        self.encoded: list[str] = []
        self.opened = 0
        self.poison: dict[int, BaseException] = {}
        self._before_step = before_step or (lambda: None)

    def open(self, draft: Draft) -> Steps[State]:
        yield from ()
        self.opened += 1
        return _row(_roll([0.5, 0.25 + draft.writer.number], self._context_tokens(draft.context)))

    def encode(self, chunk: str, *, line_start: bool, names: KnownNames) -> list[int]:
        self.encoded.append(chunk)
        space, word = split_chunk(chunk)
        start = [_LINE_START] if line_start else []
        if word == names.recipient or fold_name(word) in names.others:
            return [*start, *map(ord, space), _NAME]
        # Pairs from the chunk's start: cutting a chunk elsewhere gives other tokens.
        pairs = re.findall(r"..?", chunk, re.DOTALL)
        return start + [ord(pair[0]) * 31 + ord(pair[-1]) + 7 * len(pair) for pair in pairs]

    def memory(self, draft: Draft, tokens: Iterable[int] = ()) -> DraftMemory | None:  # noqa: ARG002
        return None

    def tree(self, state: State, memory: DraftMemory | None = None) -> Tree:  # noqa: ARG002
        return Tree(state, 0.0)

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        return [StepResult(self._one(request), None) for request in requests]

    def _one(self, request: StepRequest) -> State:
        assert request.state.shape == (1, 2)
        self._before_step()
        if request.tokens is None:
            return request.state
        for token in request.tokens:
            if token in self.poison:
                raise self.poison[token]
        self.fed.extend(request.tokens)
        return _row(_roll(request.state[0].tolist(), request.tokens))

    def search(self, tree: Tree, draft: Draft, options: SearchOptions) -> Steps[SearchResult]:
        for _ in range(self.search_steps):
            yield StepRequest(tree.root, None, predicts=True)
        question: list[float] = [
            *map(ord, draft.tail),
            draft.line_start,
            len(draft.prefix),
            *map(ord, "".join(draft.writer.forbidden)),
            *map(ord, draft.suffix),
            options.edits,
            *map(ord, "".join([draft.names.recipient, *sorted(draft.names.others)])),
        ]
        if options.sampling is not None:
            question += [options.sampling.temperature, options.sampling.seed % 997]
        seen = _roll(tree.root[0].tolist(), [*question, options.max_words, options.beam_width])
        suggestions = []
        for index in range(options.max_suggestions):
            low, high = _roll(seen, [index])
            text = f"{draft.tail[-1:]}{low!r} {high!r}"
            suggestions.append(Suggestion(text, low, high - 1.0, FinishReason.MAX_WORDS))
        suggestions.sort(key=lambda suggestion: (-suggestion.confidence, suggestion.text))
        return SearchResult(suggestions, self.search_steps)

    def write(
        self, tree: Tree, draft: Draft, options: WritingOptions, tell: Tell | None = None
    ) -> Steps[Written]:
        """Texts that show the state, the prefix and the options; a word a step, and a token a word."""
        words: list[list[str]] = [[] for _ in range(options.texts)]
        seen = _roll(tree.root[0].tolist(), [*map(ord, draft.tail), options.sampling.seed % 997])
        for place in range(options.max_tokens):
            self.before_word(place)
            yield StepRequest(tree.root, None, predicts=True)
            for number, text in enumerate(words):
                text.append(f" {_roll(seen, [number, place])[0]:.3f}")
                if tell is not None:
                    end = WritingEnd.LENGTH if place == options.max_tokens - 1 else None
                    tell(WrittenPart(number, text[-1], self._told([text[-1]], options), end))
        texts = [
            WrittenPart(number, "".join(text), self._told(text, options), WritingEnd.LENGTH)
            for number, text in enumerate(words)
        ]
        return Written(texts, sum(map(len, words)), options.max_tokens)

    def before_word(self, place: int) -> None:
        """Called before each word that is written."""

    @staticmethod
    def _told(words: Sequence[str], options: WritingOptions) -> list[DrawnToken]:
        count = options.logprobs
        likely = [(" x", -0.25), (" y", -1.5)]
        return [] if count is None else [DrawnToken(word, -0.5, likely[:count]) for word in words]

    def count_tokens(self, draft: Draft) -> int:
        return len(draft.tail)

    @staticmethod
    def _context_tokens(context: Context) -> list[int]:
        fields = (context.subject, context.previous_message, context.recipient_name, context.sent_at)
        return [token for field in fields if field is not None for token in [3, *map(ord, str(field))]]


def _roll(state: Sequence[float], tokens: Sequence[float]) -> list[float]:
    low, high = state
    for token in tokens:
        low = (low * 3.7 + token * 0.618033988749) % 1.0
        high = (high * 1.9 + low + token * 0.414213562373) % 1.0
    return [low, high]


def _row(values: Sequence[float]) -> State:
    return np.array([values], np.float64)
