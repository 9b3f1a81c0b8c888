"""One model measured in several settings: with and without context and writer's profile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inkling.models.completer.completer import Completer
from inkling.models.personal.own_sentences import OwnSentences
from inkling.models.runtime.batch import StepRequest, StepResult, Steps
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, Suggestion
from inkling.models.search.tree import Tree
from inkling.models.search.writer import NOBODY
from inkling.models.step import StepModel
from inkling.models.text.context import Context
from inkling.models.text.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Variant:
    """A completer under another name. It may be denied the context, the writer's profile, or only the
    writer's own sentences.
    """

    completer: Completer
    name: str
    context: bool = True
    profile: bool = True
    sentences: bool = True

    @property
    def model(self) -> StepModel:
        """See `Measurable`."""
        return self.completer.model

    @property
    def tokenizer(self) -> Tokenizer:
        """See `Measurable`."""
        return self.completer.tokenizer

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        """See `Measurable`."""
        return self.completer.run(requests)

    def encode_text(self, draft: Draft) -> list[int]:
        """See `Measurable`."""
        return self.completer.encode_text(self._known(draft))

    def read(self, draft: Draft) -> Steps[Tree]:
        """See `Suggester`."""
        return self.completer.read(self._known(draft))

    def commit(self, tree: Tree, draft: Draft, done: int = 0) -> Steps[Tree]:
        """See `Suggester`."""
        return self.completer.commit(tree, self._known(draft), done)

    def candidates(
        self, tree: Tree, draft: Draft, options: SearchOptions
    ) -> Steps[tuple[Sequence[Suggestion], int]]:
        """See `Suggester`."""
        return self.completer.candidates(tree, self._known(draft), options)

    def _known(self, draft: Draft) -> Draft:
        """The draft as far as this variant may know of it."""
        if self.context and self.profile and self.sentences:
            return draft
        writer = draft.writer if self.sentences else replace(draft.writer, sentences=OwnSentences())
        return replace(
            draft,
            context=draft.context if self.context else Context(),
            writer=writer if self.profile else NOBODY,
        )


@dataclass(frozen=True, slots=True)
class Served(Variant):
    """A completer that is asked for its first suggestion alone, under its own rule: quicker to replay."""

    name: str = "served"

    def candidates(
        self,
        tree: Tree,
        draft: Draft,
        options: SearchOptions,  # noqa: ARG002
    ) -> Steps[tuple[Sequence[Suggestion], int]]:
        """See `Suggester`; the first by net time is among them where one is shown."""
        return self.completer.candidates(tree, self._known(draft), SearchOptions(), suggestions=1)
