"""A draft as a completer reads it, without a service."""

from dataclasses import dataclass

from models.completer.completer import Completer
from models.runtime.batch import feed, finish
from models.step import State
from models.text.chunks import chunks, split_prefix
from models.text.context import Context
from models.text.masking import KnownNames


@dataclass(frozen=True, slots=True)
class ReadDraft:
    """The state after a draft's committed text, the pieces of that, and what is left to complete."""

    state: State
    pieces: list[int]
    tail: str
    names: KnownNames

    @property
    def line_start(self) -> bool:
        """Whether nothing is committed."""
        return not self.pieces


def read_draft(completer: Completer, context: Context, text: str) -> ReadDraft:
    """Read the context and the text before the caret."""
    names = completer.names(context)
    committed, tail = split_prefix(text)
    pieces: list[int] = []
    for number, chunk in enumerate(chunks(committed)):
        pieces += completer.encode(chunk, line_start=number == 0, names=names)
    opened = finish(completer.run, completer.open(context))
    return ReadDraft(finish(completer.run, feed(opened, pieces)), pieces, tail, names)
