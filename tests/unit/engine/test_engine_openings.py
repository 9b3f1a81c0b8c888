"""Common openings of drafts without context are computed once, and this changes no answer."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.context import Context
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.openings import common_openings
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle
from tests.rigs.fakes import FakeModel

TEXTS = ("Hi all,", "Thank you for the", "Thank you very")
KEY = SessionKey("ada", "draft")
PREFIXES = (
    "",
    " ",
    "H",
    "Hi",
    "Hi ",
    "Hi all, ",
    "Hi all,\n\nWe",
    "Thank you",
    "Thank you fort",
    "Thank you for you ",
)


def ask(
    runner: ModelRunner, prefix: str, context: Context | None = None, key: SessionKey | None = None
) -> Answer:
    job = Job(prefix, context or Context(), SearchOptions(), key)
    return finish(runner.run, runner.answer(job))


def store() -> MemorySessionStore:
    return MemorySessionStore(10**6, 60.0)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_answers_are_the_same_with_and_without(prefix: str) -> None:
    plain, shared = ModelRunner(FakeModel(), store()), ModelRunner(FakeModel(), store(), openings=TEXTS)
    for context in (Context(), Context(subject="Lunch"), Context(sent_at=datetime(2026, 1, 5, tzinfo=UTC))):
        for key in (None, KEY):
            assert (
                ask(shared, prefix, context, key).suggestions == ask(plain, prefix, context, key).suggestions
            )


def test_a_cold_draft_begins_where_its_opening_ends() -> None:
    runner = ModelRunner(FakeModel(), store(), openings=TEXTS)
    answer = ask(runner, "Thank you for your help ")
    plain = ask(ModelRunner(FakeModel(), store()), "Thank you for ")
    assert answer.cached_tokens == plain.prefix_tokens
    assert answer.computed_tokens == answer.prefix_tokens - answer.cached_tokens > 0
    assert ask(runner, "Thanks for ").cached_tokens == 0
    other = ask(runner, "Thank you for your help ", Context(subject="Help"))
    assert other.cached_tokens == 0  # another state


def test_what_one_writer_types_makes_no_other_draft_cheaper() -> None:
    runner = ModelRunner(FakeModel(), store(), openings=TEXTS)
    first = ask(runner, "Thank you for my secret ", key=KEY)
    second = ask(runner, "Thank you for my secret ", key=SessionKey("eve", "draft"))
    assert second.computed_tokens == first.computed_tokens > 0


def test_with_a_model_an_opening_costs_no_step(tmp_path_factory: pytest.TempPathFactory) -> None:
    completer = load_completer(load_bundle(make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")), "cpu")
    plain, shared = ModelRunner(completer, store()), ModelRunner(completer, store(), openings=TEXTS)
    for prefix in ("", "Thank you ", "Hi all, "):
        with_steps, without = ask(plain, prefix), ask(shared, prefix)
        assert without.suggestions == with_steps.suggestions
        assert with_steps.decode_steps > 0 == without.decode_steps
        again = ask(shared, prefix + "x")
        assert again.suggestions == ask(plain, prefix + "x").suggestions


def test_the_list_that_ships_is_of_whole_words() -> None:
    texts = common_openings()
    assert len(set(texts)) == len(texts) > 30
    assert all(text == text.strip() and text for text in texts)


def test_what_a_draft_goes_on_with_is_not_kept_with_its_opening(tmp_path: Path) -> None:
    completer = load_completer(load_bundle(make_bundle(tmp_path / "tiny")), "cpu")
    runner = ModelRunner(completer, store(), openings=TEXTS)

    def kept() -> list[int]:
        assert runner._openings is not None
        memories = [tree.memory for tree in runner._openings._trees.values()]
        return [len(memory._tokens) for memory in memories if memory is not None]

    before = kept()
    assert before
    for prefix in ("Hi all, zebra quantum lighthouse ", "Thank you for the zebra lighthouse "):
        ask(runner, prefix, key=KEY)
        runner.forget(KEY)
    assert kept() == before
