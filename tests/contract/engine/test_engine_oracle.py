"""Law 1: a session is only an accelerator. Law 3: it saves what it should.

Every answer with a session is compared with that of an engine that keeps nothing.
"""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.runtime.batch import finish
from inkling.models.search.tree import Tree
from inkling.models.step import Distribution
from inkling.models.text.chunks import chunks, split_prefix
from inkling.models.text.context import Context
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.trees import TreeCache
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session import DENSE
from inkling.service.sessions.session_store import SessionKey
from tests.contract.engine.desk import KEYS, OPTIONS, Desk
from tests.contract.engine.edit_scripts import paragraph
from tests.rigs.fakes import FakeModel
from tests.rigs.naive_engine import NaiveEngine

pytestmark = pytest.mark.lengthy


def answer(runner: ModelRunner, job: Job) -> Answer:
    return finish(runner.run, runner.answer(job))


@pytest.mark.parametrize("block", range(8))
def test_edit_scripts_answer_as_without_a_session(block: int) -> None:
    cached = 0
    for seed in range(block * 200, block * 200 + 200):
        desk = Desk(Random(seed))
        desk.run(edits=6)
        cached += desk.cached
    assert cached > 10_000  # or the test would have compared two engines without a cache


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.text(alphabet="ab \n😀", max_size=12)), max_size=20))
def test_any_sequence_of_prefixes_answers_as_without_a_session(script: list[tuple[bool, str]]) -> None:
    model = FakeModel()
    runner, naive = ModelRunner(model, MemorySessionStore(10**6, 60)), NaiveEngine(FakeModel())
    for other, prefix in script:
        job = Job(prefix, Context(), OPTIONS, KEYS[other])
        assert answer(runner, job).suggestions == naive.answer(job)[0]


@pytest.mark.parametrize("seed", range(5))
def test_typing_computes_each_committed_token_once(seed: int) -> None:
    message = paragraph(Random(seed), 80) + "end"
    runner = ModelRunner(FakeModel(), MemorySessionStore(10**6, 60))
    computed = 0
    for end in range(len(message) + 1):
        answered = answer(runner, Job(message[:end], Context(), OPTIONS, KEYS[0]))
        computed += answered.computed_tokens
    assert computed == answered.prefix_tokens > 100


@pytest.mark.parametrize("burst", [1, 2, 7, 20])
def test_backspace_computes_at_most_one_word(burst: int) -> None:
    model = FakeModel()
    runner = ModelRunner(model, MemorySessionStore(10**6, 60))
    message = "".join(f"word{number} " for number in range(100))
    answer(runner, Job(message, Context(), OPTIONS, KEYS[0]))
    model.encoded.clear()
    text = message
    while len(list(chunks(text))) > 100 - DENSE + burst:
        text = text[:-burst]
        answer(runner, Job(text, Context(), OPTIONS, KEYS[0]))
        assert len(model.encoded) <= 1
        model.encoded.clear()


def test_erasing_a_whole_message_computes_no_more_than_writing_it_twice() -> None:
    runner = ModelRunner(FakeModel(), MemorySessionStore(10**6, 60))
    text = "".join(f"word{number} " for number in range(200))
    written = answer(runner, Job(text, Context(), OPTIONS, KEYS[0])).computed_tokens
    erased = 0
    while text:
        text = text[:-1]
        erased += answer(runner, Job(text, Context(), OPTIONS, KEYS[0])).computed_tokens
    assert erased < 2 * written


def test_an_edit_in_the_middle_computes_from_there_on_only() -> None:
    model = FakeModel()
    runner = ModelRunner(model, MemorySessionStore(10**7, 60))
    text = "".join(f"word{number} " for number in range(2000))
    answer(runner, Job(text, Context(), OPTIONS, KEYS[0]))
    model.encoded.clear()
    changed = text.replace("word1500 ", "word fifteen hundred ")
    answer(runner, Job(changed, Context(), OPTIONS, KEYS[0]))
    assert 500 <= len(model.encoded) < 500 + 500 // 4 + 3
    assert "".join(model.encoded) == split_prefix(changed)[0][-len("".join(model.encoded)) :]


def test_recent_searches_are_kept_within_their_bound() -> None:
    random = np.random.default_rng(1)
    cache = TreeCache(10**6)
    keys = [SessionKey("ada", str(number)) for number in range(40)]
    kept: dict[SessionKey, int] = {}
    root = np.zeros((1, 8), np.float16)
    for turn in range(2000):
        key = keys[random.integers(len(keys))]
        tree = cache.take(key, root)
        assert cache.take(key, root) is None  # a tree that may grow is nobody else's
        tree = Tree(root, -7.0) if tree is None else tree
        logits = random.standard_normal((1, 500)).astype(np.float32)
        distribution = Distribution(logits, np.log(np.exp(logits).sum(1)), np.zeros((1, 3), np.float32))
        tree.add([(turn,)], root, distribution, whole=bool(turn % 2))
        cache.put(key, tree)
        kept[key] = tree.bytes
        held = {key: tree for key in keys if (tree := cache.drop(key)) is not None}
        assert cache.bytes == 0
        for key, tree in held.items():
            cache.put(key, tree)
        assert cache.bytes == sum(tree.bytes for tree in held.values()) <= 10**6
    assert len(held) > 5
    cache.retain(lambda key: key == keys[0])
    assert cache.bytes <= kept.get(keys[0], 0)


def test_a_tree_is_used_only_for_the_state_that_it_grew_from() -> None:
    cache, key = TreeCache(10**6), KEYS[0]
    tree = Tree(np.zeros((1, 4), np.float16), -7.0)
    cache.put(key, tree)
    assert cache.take(key, np.ones((1, 4), np.float16)) is None
    cache.put(key, tree)
    assert cache.take(key, np.zeros((1, 4), np.float16)) is tree
