"""The 5-gram baseline against a slow reference written from the published equations."""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.ngram import NgramFileError, NgramModel, estimate, load_ngram, save_ngram
from inkling.models.ngram.estimation import discounts
from inkling.models.step import State

VOCABULARY = 7
BODY = 0
ORDER = 4

Gram = tuple[int, ...]


class Reference:
    """Interpolated modified Kneser-Ney with one dictionary an order; slow and literal."""

    def __init__(self, sequences: list[list[int]], order: int) -> None:
        self.order = order
        plain: list[Counter[Gram]] = [Counter() for _ in range(order)]
        before: list[dict[Gram, set[int]]] = [defaultdict(set) for _ in range(order)]
        for segment in self._segments(sequences):
            for length in range(1, order + 1):
                for start in range(len(segment) - length + 1):
                    gram = tuple(segment[start : start + length])
                    plain[length - 1][gram] += 1
                    before[length - 1][gram].add(segment[start - 1] if start else -1)
        self.counts: list[dict[Gram, int]] = []
        for length in range(1, order + 1):
            counts: dict[Gram, int] = {}
            for gram, count in plain[length - 1].items():
                keeps_count = length == order or gram[0] == BODY
                counts[gram] = count if keeps_count else len(before[length - 1][gram])
            if length == 1:
                counts.pop((BODY,), None)
            self.counts.append(counts)

    @staticmethod
    def _segments(sequences: list[list[int]]) -> list[list[int]]:
        segments: list[list[int]] = []
        for sequence in sequences:
            segment: list[int] = []
            for token in sequence:
                if token == BODY and segment:
                    segments.append(segment)
                    segment = []
                segment.append(token)
            if segment:
                segments.append(segment)
        return segments

    def probability(self, token: int, history: Gram) -> float:
        if BODY in history:
            last = len(history) - 1 - history[::-1].index(BODY)
            history = history[last:]
        return self._probability(token, history[-(self.order - 1) :])

    def _probability(self, token: int, history: Gram) -> float:
        lower = self._probability(token, history[1:]) if history else 1.0 / VOCABULARY
        counts = self.counts[len(history)]
        following = {gram: count for gram, count in counts.items() if gram[:-1] == history}
        if not following:
            return lower
        taken = discounts(np.array(list(counts.values()), np.int64))
        total = sum(following.values())
        left = sum(taken[min(count, 3)] for count in following.values()) / total
        own = following.get((*history, token), 0)
        return float(max(own - taken[min(own, 3)], 0.0) / total + left * lower)


tokens = st.integers(0, VOCABULARY - 1)
corpora = st.lists(st.lists(tokens, min_size=1, max_size=25), min_size=1, max_size=6)


def feed(model: NgramModel, history: Gram) -> State:
    state = model.initial_state()
    for token in history:
        state = model.advance(np.array([token]), state)
    return state


@settings(max_examples=60, deadline=None)
@given(corpora, st.lists(tokens, max_size=6))
def test_equals_the_reference(corpus: list[list[int]], history: list[int]) -> None:
    model = estimate(corpus, vocabulary_size=VOCABULARY, order=ORDER, resets=[BODY])
    reference = Reference(corpus, ORDER)
    expected = [reference.probability(token, tuple(history)) for token in range(VOCABULARY)]
    actual = np.exp(model.log_probs(feed(model, tuple(history)))[0])
    np.testing.assert_allclose(actual, expected, rtol=2e-5)


@settings(max_examples=60, deadline=None)
@given(corpora, st.lists(st.lists(st.integers(-1, VOCABULARY - 1), min_size=3, max_size=3), min_size=1))
def test_sums_to_one_for_any_state(corpus: list[list[int]], rows: list[list[int]]) -> None:
    model = estimate(corpus, vocabulary_size=VOCABULARY, order=ORDER, resets=[BODY])
    total = np.exp(model.log_probs(np.array(rows)).astype(np.float64)).sum(1)
    np.testing.assert_allclose(total, 1.0, atol=1e-5)


def test_an_answer_does_not_depend_on_the_batch() -> None:
    corpus = np.random.default_rng(3).integers(1, VOCABULARY, (20, 30))
    model = estimate(list(corpus), vocabulary_size=VOCABULARY, resets=[BODY])
    states = corpus[:, :4]
    together = model.log_probs(states)
    alone = np.concatenate([model.log_probs(states[row : row + 1]) for row in range(len(states))])
    assert np.array_equal(together, alone)


def test_a_reset_makes_what_is_before_it_irrelevant() -> None:
    corpus = [[BODY, 1, 2, 3, BODY, 2, 1, 4, 1]] * 3
    model = estimate(corpus, vocabulary_size=VOCABULARY, resets=[BODY])
    assert np.array_equal(feed(model, (4, 4, BODY, 1)), feed(model, (3, 2, 1, BODY, 1)))
    assert not np.array_equal(feed(model, (4, 4, 1)), feed(model, (3, 2, 1)))


def test_the_distribution_is_the_log_probabilities() -> None:
    model = estimate([[BODY, 1, 2, 3, 4, 5, 1, 2, 3, 5]], vocabulary_size=VOCABULARY, resets=[BODY])
    state = model.advance(np.array([2]), feed(model, (BODY, 1)))
    groups = np.zeros((VOCABULARY, 2), np.bool_)
    groups[3, 0] = True
    distribution = model.predictor(groups)(state)
    assert np.array_equal(distribution.logits, model.log_probs(state))
    assert int(distribution.logits.argmax()) == 3
    assert distribution.group_log_probs[0, 0] == pytest.approx(distribution.logits[0, 3], abs=1e-5)
    assert distribution.group_log_probs[0, 1] == -np.inf


def test_perplexity_is_below_the_unigram_and_a_longer_history_helps() -> None:
    rng = np.random.default_rng(11)
    chain = rng.dirichlet(np.full(40, 0.1), size=(40, 40))

    def sample(count: int) -> list[list[int]]:
        sequences = []
        for _ in range(count):
            sequence = [0, 1]
            for _ in range(30):
                sequence.append(int(rng.choice(40, p=chain[sequence[-2], sequence[-1]])))
            sequences.append(sequence)
        return sequences

    training, held_out = sample(300), sample(20)

    def loss(order: int) -> float:
        model = estimate(training, vocabulary_size=40, order=order)
        total = 0.0
        for sequence in held_out:
            state = model.initial_state()
            for token in sequence:
                total -= float(model.log_probs(state)[0, token])
                state = model.advance(np.array([token]), state)
        return total

    model = estimate(training, vocabulary_size=40)
    unigram = -sum(float(np.log(model.unigram[token])) for sequence in held_out for token in sequence)
    assert loss(3) < loss(2) < unigram


def test_discounts_follow_the_closed_form() -> None:
    counts = np.repeat([1, 2, 3, 4], [40, 20, 10, 5])
    ratio = 40 / (40 + 2 * 20)
    expected = [0, 1 - 2 * ratio * 20 / 40, 2 - 3 * ratio * 10 / 20, 3 - 4 * ratio * 5 / 10]
    np.testing.assert_allclose(discounts(counts), expected)


def test_saving_and_loading_changes_nothing(tmp_path: Path) -> None:
    corpus = np.random.default_rng(5).integers(0, VOCABULARY, (10, 30))
    model = estimate(list(corpus), vocabulary_size=VOCABULARY, resets=[BODY], tokenizer_digest="abc")
    save_ngram(model, tmp_path / "model.safetensors")
    loaded = load_ngram(tmp_path / "model.safetensors")
    states = corpus[:, :4]
    assert np.array_equal(model.log_probs(states), loaded.log_probs(states))
    assert np.array_equal(feed(model, (1, BODY, 2)), feed(loaded, (1, BODY, 2)))
    assert loaded.tokenizer_digest == "abc"
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(NgramFileError, match="n-gram model"):
        load_ngram(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NgramFileError, match=r"nowhere\.safetensors"):
        load_ngram(tmp_path / "nowhere.safetensors")


def test_tables_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    model = estimate([[1, 2, 3, 1, 2, 4]], vocabulary_size=VOCABULARY)
    model.levels[0].keys[:] = model.levels[0].keys[::-1].copy()
    save_ngram(model, tmp_path / "model.safetensors")
    with pytest.raises(NgramFileError, match="damaged"):
        load_ngram(tmp_path / "model.safetensors")


@pytest.mark.parametrize(
    ("sequences", "order", "reason"),
    [([], 5, "no tokens"), ([[]], 5, "no tokens"), ([[1, 99]], 5, "vocabulary"), ([[1]], 1, "order")],
)
def test_bad_input_is_refused(sequences: list[list[int]], order: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        estimate(sequences, vocabulary_size=VOCABULARY, order=order)
