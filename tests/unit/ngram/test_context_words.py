"""Words of the context weigh more: by the definition, and in what is suggested."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.ngram.context_words import GOING_ON, Boosts, ContextWords, context_words
from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.step import Distribution, Floats, log_probs_of_groups
from inkling.models.text.context import Context
from inkling.models.text.masking import NO_NAMES
from tests.programs.shipped import require_bundle

SIZE = 7
NOTHING_BUT = Context()


def distribution_of(rows: int, seed: int = 2) -> tuple[Floats, Distribution]:
    """A made-up expectation, the same in each row, with one group of tokens and an empty one."""
    base = np.random.default_rng(seed).dirichlet(np.ones(SIZE)).astype(np.float32)
    logits = np.log(np.tile(base, (rows, 1))).astype(np.float32) + 3
    total = np.full(rows, 3.0, np.float32)
    return base, Distribution(logits, total, log_probs_of_groups(logits, total, GROUPS))


GROUPS = np.zeros((SIZE, 2), np.bool_)
GROUPS[1:4, 0] = True


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, SIZE - 1), st.floats(0, 2), min_size=1),
    st.lists(st.lists(st.integers(0, SIZE - 1), max_size=4), min_size=1, max_size=3),
)
def test_what_is_expected_is_multiplied_and_adds_up_to_one(
    factors: dict[int, float], histories: list[list[int]]
) -> None:
    ids = sorted(factors)
    logs = np.array([factors[token] for token in ids], np.float32)
    words = ContextWords(Boosts(np.array(ids, np.int64), logs), {(5, 1): [2, 3]})
    base, distribution = distribution_of(len(histories))
    words.weigh(distribution, [tuple(history) for history in histories], GROUPS)
    for row, history in enumerate(histories):
        wanted = base.astype(np.float64)
        if history[-2:] == [5, 1]:
            wanted[[2, 3]] *= GOING_ON
        else:
            wanted[ids] *= np.exp(logs)
        wanted /= wanted.sum()
        found = np.exp(distribution.logits[row] - distribution.log_normaliser[row])
        assert found == pytest.approx(wanted, rel=1e-4)
        assert np.exp(distribution.group_log_probs[row]) == pytest.approx([wanted[1:4].sum(), 0.0], rel=1e-4)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    words = ContextWords(Boosts(np.arange(SIZE), np.linspace(0, 1, SIZE, dtype=np.float32)), {})
    _, alone = distribution_of(1)
    words.weigh(alone, [(1,)], GROUPS)
    _, beside = distribution_of(3)
    words.weigh(beside, [(4,), (1,), (2,)], GROUPS)
    np.testing.assert_array_equal(alone.logits[0], beside.logits[1])
    np.testing.assert_array_equal(alone.group_log_probs[0], beside.group_log_probs[1])


@pytest.fixture(scope="module")
def completer() -> Completer:
    return load_completer(load_bundle(require_bundle()), threads=1)


def test_a_memory_that_goes_on_keeps_the_words_of_its_context(completer: Completer) -> None:
    memory = completer.memory(Draft("", Context(subject="Karaoke")))
    assert memory is not None
    assert memory.words
    one, other = memory.extended([5]), memory.extended([6])
    assert memory.words == one.words == other.words


def test_there_are_no_words_without_a_context(completer: Completer) -> None:
    for context in (NOTHING_BUT, Context(subject=" ", previous_message="...")):
        assert context_words(completer.tokenizer, completer.masker, context, NO_NAMES) is None


def test_a_rare_word_of_the_context_gains_more_than_a_frequent_one(completer: Completer) -> None:
    tokenizer = completer.tokenizer
    words = context_words(tokenizer, completer.masker, Context(subject="Lunch after the review"), NO_NAMES)
    assert words is not None
    gains: dict[int, float] = dict(zip(words._first.ids.tolist(), words._first.logs.tolist(), strict=True))

    def gain(word: str) -> float:
        return gains[tokenizer.encode_chunk(f" {word}", line_start=False)[0]]

    assert gain("lunch") > gain("review") > 5 * gain("the")


def test_what_is_masked_gains_nothing(completer: Completer) -> None:
    address = "call 555-0100 or write to anna@example.org"
    words = context_words(completer.tokenizer, completer.masker, Context(previous_message=address), NO_NAMES)
    assert words is not None
    gained = b"".join(completer.tokenizer.piece_bytes[token] for token in words._first.ids.tolist())
    assert b"anna" not in gained
    assert b"555" not in gained
    assert completer.tokenizer.space_id not in words._first.ids  # it stands before what is masked
    assert not any(completer.tokenizer.space_id in begun for begun in words._next)


def likely(completer: Completer, context: Context, prefix: str, *, weighed: bool) -> list[str]:
    """The candidates after a prefix, most probable first."""
    draft = Draft(prefix, context)
    tree = finish(completer.run, completer.read(draft))
    if not weighed:
        tokens = completer.encode_text(Draft(draft.committed, context))
        tree = completer.tree(tree.root, DraftMemory([*completer.context_tokens(draft), *tokens]))
    options = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
    found, _ = finish(completer.run, completer.candidates(tree, draft, options))
    return [one.text for one in found]


@pytest.mark.parametrize(
    ("context", "prefix", "word"),
    [
        (Context(subject="Lunch on Friday?"), "Are you free for ", "lunch"),
        (Context(subject="Happy birthday!"), "Happy ", "birthday"),
        (
            Context(previous_message="Could you send me the invoice for May?"),
            "Here is the ",
            "invoice",
        ),
        (Context(subject="Question about the projector"), "The pro", "ject"),
    ],
)
def test_a_word_of_the_context_comes_first_where_it_fits(
    completer: Completer, context: Context, prefix: str, word: str
) -> None:
    weighed = likely(completer, context, prefix, weighed=True)
    plain = likely(completer, context, prefix, weighed=False)
    assert weighed[0].startswith(word)
    assert not plain[0].startswith(word)
