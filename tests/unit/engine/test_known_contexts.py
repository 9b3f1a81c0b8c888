"""What is known of a context is ready for the next key of its draft, and for no other draft."""

from collections import Counter

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.facts.context_facts import ContextFacts
from inkling.models.facts.known_context import NOTHING_KNOWN, KnownContext
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.search.tail_spelling import Spelling
from inkling.models.text.context import Context
from inkling.service.engine.job import Job
from inkling.service.engine.worker.known_contexts import KnownContexts
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle

CONTEXT = Context(
    subject="Order 4711", previous_message="Does 3 pm on Tuesday suit you?", recipient_name="Dagny Aune"
)
OTHER = Context(subject="Room 12", recipient_name="Robin Vale")
OPTIONS = SearchOptions(min_confidence=0.0, interruption_ms=0)
MINE, THEIRS = SessionKey("a", "draft"), SessionKey("b", "draft")


@pytest.fixture(scope="module")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", phrases=True)
    return load_completer(load_bundle(folder, remembering=False), "cpu", runtime="onnx", threads=1)


class Desk:
    """Answers jobs, and counts what was found out about contexts."""

    def __init__(self, completer: Completer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runner = ModelRunner(completer, MemorySessionStore(10**7, 60))
        self.found_out: Counter[str] = Counter()
        read, address = ContextFacts.__init__, Spelling.addressed_to

        def noted_read(facts: ContextFacts, context: Context) -> None:
            self.found_out["facts"] += 1
            read(facts, context)

        def noted_address(spelling: Spelling, name: str) -> Spelling:
            self.found_out["name"] += 1
            return address(spelling, name)

        monkeypatch.setattr(ContextFacts, "__init__", noted_read)
        monkeypatch.setattr(Spelling, "addressed_to", noted_address)

    def ask(self, prefix: str, session: SessionKey | None, context: Context = CONTEXT) -> dict[str, int]:
        """What was found out for the answer."""
        self.found_out.clear()
        finish(self.runner.run, self.runner.answer(Job(prefix, context, OPTIONS, session)))
        return dict(self.found_out)


def test_a_key_finds_ready_what_its_own_draft_found_out_and_nothing_of_others(
    completer: Completer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(completer, monkeypatch)
    everything = {"facts": 1, "name": 1}
    nothing: dict[str, int] = {}
    assert desk.ask("Yes, ", MINE) == everything
    for prefix in ("Yes, 3", "Yes, 3 pm ", "Yes, "):
        assert desk.ask(prefix, MINE) == nothing
    # Another tenant, another draft and a request without a session cannot tell that there is such a draft.
    for stranger in (THEIRS, SessionKey("a", "another"), None, None):
        assert desk.ask("Yes, ", stranger) == everything
    assert desk.ask("Yes, 3 pm", THEIRS) == desk.ask("Yes, 3 pm", MINE) == nothing
    assert desk.ask("Yes, ", MINE, OTHER) == everything  # the draft has another context now


def test_what_is_known_goes_with_its_session(completer: Completer, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(completer, monkeypatch)
    desk.ask("Yes, ", MINE)
    desk.runner.forget(MINE)
    assert desk.ask("Yes, ", MINE)
    desk.runner.store.delete(MINE)
    desk.runner.expire()
    assert desk.ask("Yes, ", MINE)


def test_as_many_are_kept_as_there_is_room_for() -> None:
    contexts = KnownContexts(most=2)
    keys = [SessionKey("a", str(number)) for number in range(3)]
    kept = [contexts.of(key, CONTEXT) for key in keys]
    assert [contexts.of(key, CONTEXT) is one for key, one in zip(keys[1:], kept[1:], strict=True)] == [
        True,
        True,
    ]
    assert contexts.of(keys[0], CONTEXT) is not kept[0]
    assert contexts.of(keys[0], Context()) is NOTHING_KNOWN


def test_a_draft_uses_what_is_known_of_its_own_context_alone() -> None:
    known = KnownContext(CONTEXT)
    assert Draft("", CONTEXT, known=known).known is known
    assert Draft("", OTHER, known=known).names.recipient == "Robin"
    assert Draft("", known=known).known.context == Context()
    assert Draft("Hi", CONTEXT, known=known) == Draft("Hi", CONTEXT)
