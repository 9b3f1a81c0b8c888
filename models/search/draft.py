"""The draft that is completed: its text before the caret, its context and its writer."""

from dataclasses import dataclass, field
from functools import cached_property

from inkling.models.facts.known_context import NOTHING_KNOWN, KnownContext
from inkling.models.search.writer import NOBODY, Writer
from inkling.models.text.chunks import split_chunk, split_prefix
from inkling.models.text.context import Context
from inkling.models.text.masking import KnownNames
from inkling.models.text.typography import plain


@dataclass(frozen=True)
class Draft:
    """A draft. `prefix` is the whole text before the caret, `suffix` the text behind it in the same line.

    Values that follow from prefix, context and writer are computed once. `known` is what is known of the
    context; another's is not used.
    """

    prefix: str = field(repr=False)
    context: Context = field(default=Context(), repr=False)
    writer: Writer = NOBODY
    suffix: str = field(default="", repr=False)
    known: KnownContext = field(default=NOTHING_KNOWN, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.known.context != self.context:
            object.__setattr__(self, "known", KnownContext(self.context))

    @cached_property
    def _parts(self) -> tuple[str, str]:
        return split_prefix(self.prefix)

    @property
    def committed(self) -> str:
        """The prefix up to the end of its last complete word."""
        return self._parts[0]

    @property
    def tail(self) -> str:
        """What follows the committed text: white space and the unfinished word."""
        return self._parts[1]

    @property
    def line_start(self) -> bool:
        """Whether nothing is committed, so that the tail begins the first line."""
        return not self.committed

    @cached_property
    def plain_tail(self) -> str:
        """The tail with the plain forms of typographic variants, as the model reads it."""
        return plain(self.tail)

    @cached_property
    def word(self) -> str:
        """The unfinished word of the plain tail; empty behind white space."""
        return split_chunk(self.plain_tail)[1]

    @property
    def names(self) -> KnownNames:
        """Names that the context makes known; masking hides them."""
        return self.known.names
