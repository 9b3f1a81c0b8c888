"""A completer for models that may be broken: what is not finite ends in DivergedError."""

from collections.abc import Callable, Sequence

import numpy as np

from inkling.models.completer.completer import Completer
from inkling.models.runtime.batch import StepRequest, StepResult, Steps
from inkling.models.search.beam import SearchWatch
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, SearchResult, Suggestion
from inkling.models.search.tree import Tree
from inkling.models.study.experiment import DivergedError


class StudyCompleter(Completer):
    """A completer that raises DivergedError where a trained model gives no finite numbers."""

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        """See `Completer`; raises DivergedError where its outputs are not finite."""
        results = super().run(requests)
        for one in results:
            known = one.distribution
            # False for NaN too. Minus infinity would only be a token that cannot come.
            if known is not None and not (known.logits < np.inf).all():
                raise DivergedError("diverged: the model's outputs are not finite")
        return results

    def candidates(
        self,
        tree: Tree,
        draft: Draft,
        options: SearchOptions,
        *,
        suggestions: int | None = None,
        refuses: Callable[[Suggestion], None] = lambda _: None,
        watch: SearchWatch | None = None,
    ) -> Steps[tuple[list[Suggestion], int]]:
        """See `Completer`; raises DivergedError where the probability of a text is not finite."""
        try:
            return (
                yield from super().candidates(
                    tree, draft, options, suggestions=suggestions, refuses=refuses, watch=watch
                )
            )
        except OverflowError:
            raise _text_diverged() from None

    def complete(self, draft: Draft, options: SearchOptions) -> Steps[SearchResult]:
        """See `candidates`."""
        try:
            return (yield from super().complete(draft, options))
        except OverflowError:
            raise _text_diverged() from None


def _text_diverged() -> DivergedError:
    return DivergedError("diverged: the probability of a text in the search is not finite")
