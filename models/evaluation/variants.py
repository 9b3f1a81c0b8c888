"""One model measured in several settings: with and without what is known besides the text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.completer.completer import Completer
from models.ngram.draft_memory import DraftMemory
from models.runtime.batch import Done, Steps, Work
from models.search.suggestion import Candidate, SearchOptions
from models.search.tree import Tree
from models.search.writer import NOBODY, Writer
from models.step import State, StepModel
from models.text.context import Context
from models.text.masking import NO_NAMES, KnownNames
from models.text.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Variant:
    """A completer under another name, which may be kept from the context or the writer's profile."""

    completer: Completer
    name: str
    context: bool = True
    profile: bool = True

    @property
    def model(self) -> StepModel:
        """See `Measurable`."""
        return self.completer.model

    @property
    def tokenizer(self) -> Tokenizer:
        """See `Measurable`."""
        return self.completer.tokenizer

    def run(self, works: Sequence[Work]) -> list[Done]:
        """See `Measurable`."""
        return self.completer.run(works)

    def open(self, context: Context, writer: Writer = NOBODY) -> Steps[State]:
        """See `Suggester`."""
        return self.completer.open(context if self.context else Context(), writer if self.profile else NOBODY)

    def encode(self, chunk: str, *, line_start: bool, names: KnownNames) -> list[int]:
        """See `Suggester`."""
        return self.completer.encode(chunk, line_start=line_start, names=names if self.context else NO_NAMES)

    def memory(self, context: Context, pieces: Iterable[int] = ()) -> DraftMemory | None:
        """See `Suggester`."""
        return self.completer.memory(context if self.context else Context(), pieces)

    def tree(self, state: State, memory: DraftMemory | None = None) -> Tree:
        """See `Suggester`."""
        return self.completer.tree(state, memory)

    def candidates(
        self,
        tree: Tree,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: KnownNames,
        written: str = "",
        writer: Writer = NOBODY,
    ) -> Steps[tuple[Sequence[Candidate], int]]:
        """See `Suggester`."""
        return self.completer.candidates(
            tree,
            tail,
            options,
            line_start=line_start,
            names=names if self.context else NO_NAMES,
            written=written,
            writer=writer if self.profile else NOBODY,
        )


@dataclass(frozen=True, slots=True)
class Served(Variant):
    """A completer that is asked for its first suggestion alone, under its own rule: quicker to replay."""

    name: str = "served"

    def candidates(
        self,
        tree: Tree,
        tail: str,
        options: SearchOptions,  # noqa: ARG002
        *,
        line_start: bool,
        names: KnownNames,
        written: str = "",
        writer: Writer = NOBODY,
    ) -> Steps[tuple[Sequence[Candidate], int]]:
        """See `Suggester`; the first by net time is among them where one is shown."""
        return self.completer.candidates(
            tree,
            tail,
            SearchOptions(),
            line_start=line_start,
            names=names,
            written=written,
            writer=writer,
            suggestions=1,
        )
