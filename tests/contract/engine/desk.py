"""Writers at work on a runner. Each answer is compared with that of the oracle."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from inkling.models.runtime.batch import finish
from inkling.models.search.suggestion import SearchOptions
from inkling.service.engine.job import Job
from inkling.service.engine.model import DraftModel
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.contract.engine.edit_scripts import Writer
from tests.rigs.fakes import FakeModel
from tests.rigs.naive_engine import NaiveEngine

KEYS = (SessionKey("ada", "draft"), SessionKey("bob", "draft"))
SUFFIXES = ("", "", "", " at noon?", "the meeting", ", please")
OPTIONS = SearchOptions(max_suggestions=2, min_confidence=0.0, interruption_ms=0.0)


class Desk:
    """Two writers with the same session id under two owners, one runner, and the oracle beside.

    The store is small and its clock jumps. So sessions are trimmed, evicted, expired and deleted on the way.
    Confidences may differ by `tolerance`.
    """

    def __init__(self, random: Random, model: DraftModel | None = None, *, tolerance: float = 0.0) -> None:
        self.random = random
        self.tolerance = tolerance
        self.now = 0.0
        self.store = MemorySessionStore(
            random.choice((6_000, 40_000, 10**6)),
            60.0,
            lambda: self.now,
            max_session_bytes=random.choice((3_000, 10**6)),
        )
        self.model = model or FakeModel()
        self.runner = ModelRunner(self.model, self.store)
        self.naive = NaiveEngine(model or FakeModel())
        self.writers = {key: Writer(random) for key in KEYS}
        self.cached = 0
        self.suggested = 0

    def run(self, edits: int) -> None:
        running: dict[SessionKey, Iterator[None]] = {}
        for _ in range(edits):
            key = self.random.choice(KEYS)
            # The other writer may interrupt an edit at any keystroke.
            edit = running.pop(key, None) or self.writers[key].edit()
            for _ in edit:
                if self.random.random() < 0.5:  # a fast typist is not asked about at every key
                    self.ask(key)
                if self.random.random() < 0.05:
                    running[key] = edit
                    break
            self.misfortune()

    def misfortune(self) -> None:
        chance = self.random.random()
        if chance < 0.04:
            self.now += 61.0
        elif chance < 0.08:
            self.runner.forget(self.random.choice(KEYS))

    def ask(self, key: SessionKey) -> None:
        writer = self.writers[key]
        options = replace(OPTIONS, edits=self.random.random() < 0.3)
        suffix = self.random.choice(SUFFIXES)
        job = Job(writer.text, writer.context, options, key, suffix=suffix)
        answer = finish(self.runner.run, self.runner.answer(job))
        suggestions, prefix_tokens = self.naive.answer(job)
        if self.tolerance:
            assert [one.text for one in answer.suggestions] == [one.text for one in suggestions]
            for ours, naive in zip(answer.suggestions, suggestions, strict=True):
                assert abs(ours.confidence - naive.confidence) <= self.tolerance
        else:
            assert answer.suggestions == suggestions
        assert answer.prefix_tokens == prefix_tokens
        assert answer.cached_tokens + answer.computed_tokens == prefix_tokens
        if isinstance(self.model, FakeModel):
            assert len(self.model.fed) == answer.computed_tokens
            self.model.fed.clear()
        self.cached += answer.cached_tokens
        self.suggested += len(suggestions)
