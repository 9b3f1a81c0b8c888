"""From a job and its session to an answer, in model steps."""

import hashlib
import time
from collections.abc import Callable, Sequence

from inkling.models.explanation.explanation import Explanation
from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.runtime.batch import StepRequest, StepResult, Steps, feed, finish
from inkling.models.sampling.text_draws import Tell
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.search.tree import Tree
from inkling.models.search.writer import NOBODY, Writer
from inkling.models.step import State
from inkling.models.text.chunks import chunks, split_prefix
from inkling.models.text.context import Context
from inkling.service.engine.job import (
    Answer,
    ExplanationAnswer,
    ExplanationJob,
    Job,
    PhaseTimes,
    WritingAnswer,
    WritingJob,
)
from inkling.service.engine.model import DraftModel
from inkling.service.engine.worker.known_contexts import KnownContexts
from inkling.service.engine.worker.openings import Openings
from inkling.service.engine.worker.trees import TreeCache
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_store import SessionKey, SessionStore

Explaining = Callable[[Draft, SearchOptions], Steps[Explanation]]
"""Explains the answer to a draft; see `inkling.models.explanation.explainer.Explainer.explain`."""

_NO_CONTEXT = Context()
_TREE_BYTES = 64 * 1024 * 1024


class ModelRunner:
    """Answers jobs with a model, resuming from what the store keeps.

    Not thread-safe: all calls come from the thread that owns the model.
    """

    def __init__(
        self,
        model: DraftModel,
        store: SessionStore,
        *,
        tree_bytes: int = _TREE_BYTES,
        openings: Sequence[str] = (),
        explaining: Explaining | None = None,
    ) -> None:
        """What drafts that begin with one of `openings` have in common is computed now.

        Without `explaining`, nothing can be explained.
        """
        self.model = model
        self.store = store
        self._trees = TreeCache(tree_bytes)
        self._contexts = KnownContexts()
        self._explaining = explaining
        self._blank_key = context_key(model.name, _NO_CONTEXT)
        self._openings: Openings | None = None
        if openings:
            start = Session(self._blank_key, finish(model.run, model.open(Draft(""))))
            self._openings = Openings(model, start, openings)

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        """Do the work of several answers as one model step."""
        return self.model.run(requests)

    def forget(self, key: SessionKey) -> bool:
        """Delete a session; tell whether one was kept."""
        self._trees.drop(key)
        self._contexts.drop(key)
        return self.store.delete(key)

    def expire(self) -> None:
        """Drop what has been idle too long."""
        self.store.expire()
        for kept in (self._trees, self._contexts):
            kept.retain(lambda key: self.store.describe(key) is not None)

    def lacks(self, job: Job, writer: Writer, words: int) -> bool:
        """Whether a session from elsewhere may save reading more than `words` words, or a context.

        States of a writer with a profile mean something in this process only.
        """
        if job.session is None or writer.number:
            return False
        kept = self.store.peek(job.session)
        if kept is not None and kept.context_key != self._context_key(job, writer):
            kept = None
        if kept is None and job.context != _NO_CONTEXT:
            return True
        committed = split_prefix(job.prefix)[0]
        behind = chunks(committed[0 if kept is None else kept.resume(committed).offset :])
        return any(number >= words for number, _ in enumerate(behind))

    def adopt(self, job: Job, writer: Writer, session: Session) -> None:
        """Keep a session from elsewhere where a job can use more of it than of the one that is kept."""
        assert job.session is not None
        if session.context_key != self._context_key(job, writer):
            return
        kept = self.store.peek(job.session)
        if kept is not None and kept.context_key == session.context_key:
            committed = split_prefix(job.prefix)[0]
            if session.resume(committed).offset <= kept.resume(committed).offset:
                return
            session = session.joined(kept)
        self.store.put(job.session, session)

    def _context_key(self, job: Job | WritingJob, writer: Writer) -> str:
        if job.context == _NO_CONTEXT and not writer.number:
            return self._blank_key
        return context_key(self.model.name, job.context, writer.number)

    def answer(self, job: Job, writer: Writer = NOBODY) -> Steps[Answer]:
        """Commit what is new, search, and keep the session; `writer` is who the job's user is to the model.

        Closing the generator abandons the job; what was committed by then stays in the session, for
        it is valid. Errors of the model pass through.
        """
        known = self._contexts.of(job.session, job.context)
        draft = Draft(job.prefix, job.context, writer, job.suffix, known)
        clock = _PhaseClock()
        clock.enter("prefill")
        session = yield from self._resume(job, draft)
        cached = session.last.tokens
        tree = yield from self._read(job, draft, session, clock)
        clock.enter("decode")
        try:
            result = yield from self.model.search(tree, draft, job.options)
        finally:
            if job.session is not None:
                self._trees.put(job.session, tree)
        times = clock.stop()
        return Answer(
            suggestions=result.suggestions,
            session=job.session,
            prefix_tokens=session.last.tokens,
            cached_tokens=cached,
            computed_tokens=session.last.tokens - cached,
            decode_steps=result.decode_steps,
            times=times,
            reason=result.reason,
            trust=result.trust,
        )

    def write(
        self, job: WritingJob, writer: Writer = NOBODY, tell: Tell | None = None
    ) -> Steps[WritingAnswer]:
        """Write texts after the job's prefix. `tell` gets them as they grow; for the rest see `answer`."""
        draft = Draft(job.prefix, job.context, writer)
        clock = _PhaseClock()
        clock.enter("prefill")
        session = yield from self._resume(job, draft)
        tree = yield from self._read(job, draft, session, clock)
        clock.enter("decode")
        written = yield from self.model.write(tree, draft, job.writing, tell)
        return WritingAnswer(written, session.last.tokens + self.model.count_tokens(draft), clock.stop())

    def explain(self, job: ExplanationJob, writer: Writer = NOBODY) -> Steps[ExplanationAnswer]:
        """Explain the answer to a job. All of it is read anew, and nothing is kept."""
        if self._explaining is None:
            raise RuntimeError("Nothing can be explained without an explainer.")
        clock = _PhaseClock()
        clock.enter("decode")
        explanation = yield from self._explaining(Draft(job.prefix, job.context, writer), job.options)
        return ExplanationAnswer(explanation, clock.stop())

    def _read(
        self, job: Job | WritingJob, draft: Draft, session: Session, clock: "_PhaseClock"
    ) -> Steps[Tree]:
        """Commit what the session has not read yet, and keep the session; a tree for searches from there."""
        tree = self._tree(job, draft, session)
        try:
            for chunk in chunks(draft.committed[session.last.offset :]):
                clock.enter("tokenize")
                tokens = self.model.encode(chunk, line_start=not session.last.offset, names=draft.names)
                clock.enter("prefill")
                state = yield from _commit(tree, tokens)
                session.advance(chunk, tokens, state)
                memory = None if tree.memory is None else tree.memory.extended(tokens)
                tree = self._new_tree(session, memory)
        finally:
            if job.session is not None:
                self.store.put(job.session, session)
        return tree

    def _resume(self, job: Job | WritingJob, draft: Draft) -> Steps[Session]:
        """A session to advance: the kept one, as far as it agrees with the job, or a new one."""
        committed = draft.committed
        blank = job.context == _NO_CONTEXT and not draft.writer.number
        key = self._context_key(job, draft.writer)
        kept = self.store.get(job.session) if job.session is not None else None
        if kept is not None and kept.context_key == key:
            return kept.rewind(kept.resume(committed))
        if blank and self._openings is not None:
            opened = self._openings.resume(committed)
            return opened.rewind(opened.last)
        return Session(key, (yield from self.model.open(draft)))

    def _tree(self, job: Job | WritingJob, draft: Draft, session: Session) -> Tree:
        kept = None if job.session is None else self._trees.take(job.session, session.last.state)
        if kept is not None:
            return kept
        return self._new_tree(session, self.model.memory(draft, session.tokens))

    def _new_tree(self, session: Session, memory: DraftMemory | None) -> Tree:
        if session.context_key == self._blank_key and self._openings is not None:
            known = self._openings.tree(session)
            if known is not None:
                return known
        return self.model.tree(session.last.state, memory)


def _commit(tree: Tree, tokens: Sequence[int]) -> Steps[State]:
    """The state after feeding tokens to the tree's root, from as far as the tree knows it."""
    known = len(tokens)
    while (state := tree.state_after(tuple(tokens[:known]))) is None:
        known -= 1
    return (yield from feed(state, tokens[known:]))


def context_key(model_name: str, context: Context, profile: int = 0) -> str:
    """Return a hash that differs whenever the model, the profile or anything in the context does."""
    return hashlib.sha256(repr((model_name, profile, context)).encode()).hexdigest()


class _PhaseClock:
    """Adds up the seconds of each phase; waiting for a step that others share counts."""

    def __init__(self) -> None:
        self._seconds = {"tokenize": 0.0, "prefill": 0.0, "decode": 0.0}
        self._phase = ""
        self._since = 0.0

    def enter(self, phase: str) -> None:
        """End the phase that runs and begin another."""
        now = time.perf_counter()
        if self._phase:
            self._seconds[self._phase] += now - self._since
        self._phase, self._since = phase, now

    def stop(self) -> PhaseTimes:
        """End the phase that runs."""
        self.enter("")
        return PhaseTimes(**self._seconds)
