"""What the engine calls: opens a draft, commits its words, searches its completions."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from models.beam import BeamOptions, BeamSearch, Candidate
from models.bundle import Bundle
from models.choice import choose
from models.masking import Placeholder
from models.runtime.step import StepModel
from models.runtime.torch import TorchRuntime, choose_device
from models.sequence import encode_previous, encode_subject, recipient_names
from models.spelling import Spelling
from models.suggestion import Context, SearchOptions, SearchResult
from models.text import split_chunk

MAX_TAIL_CHARACTERS = 40  # a longer "word" is a link or an encoding, not something to complete


def _go_on() -> None:
    """The check of a search that nobody abandons."""


class Completer:
    """A bundle on a device. Not safe for use by several threads at once.

    A draft's state is a tensor (1, state_size). Pieces are fed one at a time with one row, on every
    path, so that a state is the same bits however it was reached.
    """

    def __init__(
        self,
        bundle: Bundle,
        device: torch.device,
        *,
        model: StepModel | None = None,
        name: str | None = None,
    ) -> None:
        """`model`, called `name`, replaces the bundle's own; it reads the same pieces on `device`."""
        self.bundle = bundle
        self.name = name or bundle.manifest.name
        self.threshold = bundle.manifest.threshold
        self.tokenizer, self.masker = bundle.tokenizer, bundle.masker
        self._device = device
        self.model: StepModel = model or TorchRuntime(bundle.model, device)
        self._search = BeamSearch(self.model, Spelling(bundle.tokenizer, device), device)

    @property
    def description(self) -> dict[str, object]:
        """What `GET /v1/models` tells of the model."""
        manifest = self.bundle.manifest
        return {
            "created": manifest.created,
            "licence": manifest.licence,
            "parameters": manifest.parameters,
            "cell": manifest.model.cell.value,
            "layers": manifest.model.layers,
            "hidden_size": manifest.model.hidden_size,
            "vocabulary_size": manifest.model.vocabulary_size,
            "device": self._device.type,
            "threshold": self.threshold,
        }

    def names(self, context: Context) -> frozenset[str]:
        """Names that the context makes known, to be masked in the draft."""
        return recipient_names(context.recipient_name)

    def _context_pieces(self, context: Context) -> list[int]:
        names = self.names(context)
        return [
            self.tokenizer.end_id,
            *encode_subject(self.tokenizer, self.masker, context.subject, names),
            *encode_previous(self.tokenizer, self.masker, context.previous_message, names),
            self.tokenizer.body_id,
        ]

    def context_tokens(self, context: Context) -> int:
        """Pieces that `open` feeds."""
        return len(self._context_pieces(context))

    def open(self, context: Context) -> Tensor:
        """The state (1, state_size) after the context, before the draft's first word."""
        return self.commit(self.model.initial_state(1), self._context_pieces(context))

    def encode(self, chunk: str, *, line_start: bool, names: frozenset[str]) -> list[int]:
        """Pieces of one chunk of committed text; `line_start` only for the first of a draft."""
        return self.tokenizer.encode_chunk(chunk, line_start=line_start, masker=self.masker, names=names)

    def commit(self, state: Tensor, pieces: Sequence[int]) -> Tensor:
        """The state after feeding `pieces` to `state`."""
        tokens = torch.tensor(pieces, dtype=torch.int64, device=self._device)
        for number in range(len(pieces)):
            state = self.model.advance(tokens[number : number + 1], state)
        return state

    def candidates(
        self,
        state: Tensor,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: frozenset[str],
        check: Callable[[], None] = _go_on,
    ) -> tuple[list[Candidate], int]:
        """What the search found that may be shown, most probable first, and its model steps.

        That is everything when some text reaches the threshold, and may be less when none does.
        Nothing is found for a tail that is too long, or masked: what stands there is private.
        """
        _, word = split_chunk(tail)
        if len(tail) > MAX_TAIL_CHARACTERS or not self._is_plain(word, names):
            return [], 0
        beam = BeamOptions(options.beam_width, options.max_words, least=self._least(options))
        found, steps = self._search.search(state, tail, beam, line_start=line_start, check=check)
        if not word:  # white space that is no space does not glue to the next word
            found = [one for one in found if not one.text[0].isspace() or not tail]
        return [one for one in found if self._is_plain(word + one.text, names)], steps

    def _least(self, options: SearchOptions) -> float:
        return self.threshold if options.min_confidence is None else options.min_confidence

    def _is_plain(self, text: str, names: frozenset[str]) -> bool:
        parts = (part for word in text.split() for part in self.masker.mask(word, names))
        return not any(isinstance(part, Placeholder) for part in parts)

    def search(
        self,
        state: Tensor,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: frozenset[str],
        check: Callable[[], None] = _go_on,
    ) -> SearchResult:
        """Suggestions for the text after `state` and `tail`, best first."""
        found, steps = self.candidates(state, tail, options, line_start=line_start, names=names, check=check)
        chosen = choose(found, min_confidence=self._least(options), max_suggestions=options.max_suggestions)
        return SearchResult(chosen, steps)


def load_completer(bundle: Bundle, device: str, threads: int | None = None) -> Completer:
    """A completer of a bundle on `auto`, `cpu` or `cuda`; raises DeviceError.

    `threads` sets torch's threads for the whole process.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    completer = Completer(bundle, choose_device(device))
    # The first search pays for torch's own start-up; no request should.
    completer.search(completer.open(Context()), "", SearchOptions(), line_start=True, names=frozenset())
    return completer
