"""How drafts commonly begin: their states and the distribution from them, computed once and shared by all."""

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files

from inkling.models.runtime.batch import Steps, feed, finish, finish_all
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.search.tree import Tree
from inkling.models.text.chunks import chunks
from inkling.models.text.masking import NO_NAMES
from inkling.service.engine.model import DraftModel
from inkling.service.sessions.session import Session


def common_openings() -> list[str]:
    """The first words that ship with the service; of drafts in another language they say nothing."""
    return list(
        json.loads(files("inkling.service.engine.worker").joinpath("data/openings.json").read_text("utf-8"))
    )


class Openings:
    """Sessions after the first words of drafts without context, which all begin from one state.

    The list is fixed when this is made and what is asked never adds to it, so that how fast an answer
    comes tells nothing of what others write.
    """

    def __init__(self, model: DraftModel, start: Session, texts: Iterable[str]) -> None:
        """`start` is the session of a draft without context before its first word."""
        self._model = model
        self._sessions = {"": start}
        for text in texts:
            self._add(text)
        self._trees = {
            text: model.tree(opened.last.state, model.memory(Draft(text), opened.tokens))
            for text, opened in self._sessions.items()
        }
        self._longest = max(map(len, self._trees))
        finish_all(model.run, [look for text in self._trees for look in self._looks(text)])

    def _add(self, text: str) -> None:
        passed = ""
        for chunk in chunks(text):
            before, passed = self._sessions[passed], passed + chunk
            if passed not in self._sessions:
                opened = before.rewind(before.last)
                tokens = self._model.encode(chunk, line_start=not before.text, names=NO_NAMES)
                state = finish(self._model.run, feed(before.last.state, tokens))
                opened.advance(chunk, tokens, state)
                self._sessions[passed] = opened

    def _looks(self, text: str) -> Iterator[Steps[object]]:
        """The searches that a writer asks for first: at the start of a draft, or behind a space."""
        draft = Draft(f"{text} " if text else "")
        yield self._model.search(self._trees[text], draft, SearchOptions())

    def resume(self, committed: str) -> Session:
        """The furthest of the sessions that a draft without context passes."""
        passed = ""
        for chunk in chunks(committed):
            if passed + chunk not in self._sessions:
                break
            passed += chunk
        return self._sessions[passed]

    def tree(self, session: Session) -> Tree | None:
        """A tree to grow on, with all that is known already, for a session without context."""
        text = session.text
        if len(text) > self._longest or text not in self._trees:
            return None
        tree = self._trees[text].copy()
        # What a draft goes on with must not be written into what all share.
        tree.memory = self._model.memory(Draft(text), session.tokens)
        return tree
