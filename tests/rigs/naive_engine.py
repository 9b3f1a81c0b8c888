"""The oracle: an engine that keeps nothing between two questions."""

from collections.abc import Sequence

from inkling.models.runtime.batch import feed, finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import Suggestion
from inkling.models.text.chunks import chunks
from inkling.service.engine.job import Job
from inkling.service.engine.model import DraftModel


class NaiveEngine:
    """Reads the context and the whole text anew for each job."""

    def __init__(self, model: DraftModel) -> None:
        self._model = model

    def answer(self, job: Job) -> tuple[Sequence[Suggestion], int]:
        """Return the suggestions and the number of committed tokens."""
        draft = Draft(job.prefix, job.context, suffix=job.suffix)
        state = finish(self._model.run, self._model.open(draft))
        count = 0
        read: list[int] = []
        for index, chunk in enumerate(chunks(draft.committed)):
            tokens = self._model.encode(chunk, line_start=index == 0, names=draft.names)
            state = finish(self._model.run, feed(state, tokens))
            count += len(tokens)
            read += tokens
        tree = self._model.tree(state, self._model.memory(draft, read))
        searching = self._model.search(tree, draft, job.options)
        return finish(self._model.run, searching).suggestions, count
