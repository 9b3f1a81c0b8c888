"""The phrase model against counting by hand, and the mixture against its definition."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkling.models.ngram.backoff import PhraseModel, decode_shares, encode_shares
from inkling.models.ngram.estimation import discounts
from inkling.models.ngram.mixture import MixtureModel
from inkling.models.ngram.pruning import estimate_phrases
from inkling.models.step import Distribution, Groups, Predictor, State, Tokens, log_probs_of_groups

SIZE = 12
RESET = 11


class TinyModel:
    """A step model whose logits are a function of the sum of the last tokens."""

    def __init__(self, vocabulary_size: int, kind: type[np.floating] = np.float32) -> None:
        self.vocabulary_size, self._kind = vocabulary_size, kind

    def initial_state(self, profile: int = 0) -> State:  # noqa: ARG002
        return np.zeros((1, 2), self._kind)

    def begin(self, context: Sequence[int], profile: int = 0) -> tuple[State, Sequence[int]]:
        return self.initial_state(profile), context

    def advance(self, tokens: Tokens, state: State) -> State:
        return np.stack((state[:, 1], tokens % 7), 1).astype(self._kind)

    def predictor(self, groups: Groups) -> Predictor:
        def predict(state: State) -> Distribution:
            angles = np.arange(self.vocabulary_size) * (1.0 + state.astype(np.float64) @ [[0.3], [0.7]])
            logits = np.sin(angles).astype(np.float32)
            total = np.log(np.exp(logits.astype(np.float64)).sum(1)).astype(np.float32)
            return Distribution(logits, total, log_probs_of_groups(logits, total, groups))

        return predict


def corpus(seed: int, sequences: int = 60) -> tuple[list[list[int]], list[int]]:
    random = Random(seed)
    texts = [[RESET, *(min(int(random.expovariate(0.5)), 10) for _ in range(12))] for _ in range(sequences)]
    return texts, [random.randrange(6) for _ in texts]


def by_hand(
    texts: list[list[int]], authors: list[int], order: int, least_authors: int, least_share: float
) -> dict[tuple[int, ...], float]:
    """The shares of all kept phrases, by the definition."""
    kept: dict[tuple[int, ...], float] = {}
    for length in range(2, order + 1):
        counts: Counter[tuple[int, ...]] = Counter()
        writers = defaultdict(set)
        for text, author in zip(texts, authors, strict=True):
            for begin in range(len(text) - length + 1):
                gram = tuple(text[begin : begin + length])
                if RESET in gram[1:] or (length > 2 and gram[:-1] not in kept):
                    continue
                counts[gram] += 1
                writers[gram].add(author)
        totals: Counter[tuple[int, ...]] = Counter()
        for gram, count in counts.items():
            totals[gram[:-1]] += count
        taken = discounts(np.array(list(counts.values())))
        for gram, count in counts.items():
            share = (count - taken[min(count, 3)]) / totals[gram[:-1]]
            if len(writers[gram]) >= least_authors and share >= least_share:
                kept[gram] = share
    return kept


def model_of(seed: int = 0, **options: float) -> tuple[PhraseModel, dict[tuple[int, ...], float]]:
    texts, authors = corpus(seed)
    order, people, share = 4, int(options.get("least_authors", 2)), options.get("least_share", 0.02)
    model = estimate_phrases(
        texts,
        authors,
        vocabulary_size=SIZE,
        order=order,
        least_authors=people,
        least_share=share,
        resets=(RESET,),
    )
    return model, by_hand(texts, authors, order, people, share)


def expected(
    kept: dict[tuple[int, ...], float], history: tuple[int, ...]
) -> tuple[NDArray[np.float64], float]:
    sums, left = np.zeros(SIZE), 1.0
    for length in range(len(history), 0, -1):
        context = history[-length:]
        level = {gram[-1]: share for gram, share in kept.items() if gram[:-1] == context}
        for token, share in level.items():
            sums[token] += left * share
        left *= 1.0 - sum(level.values())
    return sums, left


@pytest.mark.parametrize("least_authors", [1, 2, 4])
@pytest.mark.parametrize("least_share", [0.0, 0.05])
def test_expectations_are_those_of_counting_by_hand(least_authors: int, least_share: float) -> None:
    model, kept = model_of(least_authors=least_authors, least_share=least_share)
    assert model.grams == len(kept) > 0
    for history in {gram[:-1] for gram in kept} | {(), (RESET,), (3, 9, 10), (0, 0, 0)}:
        found = model.expect(history)
        sums, left = expected(kept, history)
        dense = np.zeros(SIZE)
        dense[found.ids] = found.probs
        assert list(found.ids) == sorted(set(found.ids))
        assert dense == pytest.approx(sums, rel=0.08, abs=1e-3)
        assert found.left == pytest.approx(left, abs=0.05)
        assert found.left + found.probs.sum() == pytest.approx(1.0, abs=1e-6)


def test_what_one_person_wrote_is_not_remembered_however_often() -> None:
    secret = [RESET, 1, 2, 3, 4, 5]
    texts = [secret] * 50 + [[RESET, 6, 7, 8]] * 2
    model = estimate_phrases(
        texts, [0] * 50 + [1, 2], vocabulary_size=SIZE, least_authors=2, least_share=0.0, resets=(RESET,)
    )
    for begin in range(len(secret)):
        for end in range(begin + 1, len(secret)):
            found = model.expect(tuple(secret[begin:end]))
            assert secret[end] not in found.ids
    assert list(model.expect((RESET, 6)).ids) == [7]


def test_a_phrase_model_travels_as_bytes() -> None:
    model, kept = model_of()
    again = PhraseModel.from_bytes(model.to_bytes())
    for history in {gram[:-1] for gram in kept}:
        ours, theirs = model.expect(history), again.expect(history)
        assert np.array_equal(ours.ids, theirs.ids)
        assert np.array_equal(ours.probs, theirs.probs)
    for damaged in (b"", b"\x80\x04", model.to_bytes()[:-3]):
        with pytest.raises(ValueError, match="no phrases"):
            PhraseModel.from_bytes(damaged)


@given(st.lists(st.floats(1e-4, 1.0), min_size=1, max_size=20))
def test_a_share_in_a_byte_is_within_two_percent(shares: list[float]) -> None:
    array = np.array(shares)
    assert decode_shares(encode_shares(array)) == pytest.approx(array, rel=0.02)


def mixture(weight: float = 0.3) -> tuple[MixtureModel, PhraseModel, TinyModel]:
    phrases, _ = model_of()
    base = TinyModel(SIZE)
    return MixtureModel(base, phrases, weight, resets=(RESET,)), phrases, base


@settings(deadline=None)
@given(st.lists(st.integers(0, SIZE - 1), max_size=8), st.sampled_from((0.0, 0.3, 0.9)))
def test_the_mixture_is_what_it_says(tokens: list[int], weight: float) -> None:
    mixed, phrases, base = mixture(weight)
    groups = np.zeros((SIZE, 2), np.bool_)
    groups[2:5, 0] = groups[7:, 1] = True
    state, plain = mixed.initial_state(), base.initial_state()
    history: list[int] = []
    for token in tokens:
        state = mixed.advance(np.array([token]), state)
        plain = base.advance(np.array([token]), plain)
        history = [token] if token == RESET else [*history, token]
    distribution, alone = mixed.predictor(groups)(state), base.predictor(groups)(plain)
    probabilities = np.exp(distribution.logits[0] - distribution.log_normaliser[0])
    found = phrases.expect(tuple(history[-3:]))
    dense = np.zeros(SIZE)
    dense[found.ids] = found.probs
    recurrent = np.exp(alone.logits[0] - alone.log_normaliser[0])
    wanted = (1 - weight) * recurrent + weight * (dense + found.left * recurrent)
    assert probabilities == pytest.approx(wanted, rel=1e-4, abs=1e-7)
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-4)
    exact = log_probs_of_groups(distribution.logits, distribution.log_normaliser, groups)
    assert distribution.group_log_probs[0] == pytest.approx(exact[0], abs=1e-3)


def test_a_row_of_the_mixture_depends_on_that_row_alone() -> None:
    mixed, _, _ = mixture()
    random = np.random.default_rng(0)
    state = np.repeat(mixed.initial_state(), 9, 0)
    for _ in range(6):
        state = mixed.advance(random.integers(0, SIZE, 9), state)
    predict = mixed.predictor(np.ones((SIZE, 1), np.bool_))
    together = predict(state)
    for row in range(9):
        alone = predict(state[row : row + 1])
        assert np.array_equal(alone.logits[0], together.logits[row])
        assert np.array_equal(alone.log_normaliser[0], together.log_normaliser[row])
        assert np.array_equal(alone.group_log_probs[0], together.group_log_probs[row])


def test_a_history_of_any_token_survives_in_half_precision() -> None:
    tokens = (0, 2047, 2048, 65_535)
    said = [[token, 10 + number] for number, token in enumerate(tokens)]
    phrases = estimate_phrases(2 * said, [0] * 4 + [1] * 4, vocabulary_size=65_536)
    base = TinyModel(65_536, np.float16)
    mixed = MixtureModel(base, phrases, 0.3)
    no_groups = np.zeros((65_536, 0), np.bool_)
    state, bare = mixed.initial_state(), base.initial_state()

    def gains() -> np.ndarray:
        one, other = mixed.predictor(no_groups)(state), base.predictor(no_groups)(bare)
        return np.asarray(
            (one.logits[0] - one.log_normaliser[0]) - (other.logits[0] - other.log_normaliser[0])
        )

    assert not gains().any()
    for number, token in enumerate(tokens):
        state, bare = mixed.advance(np.array([token]), state), base.advance(np.array([token]), bare)
        assert np.flatnonzero(gains() > 0.1).tolist() == [10 + number]


def test_models_of_other_tokens_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="12 tokens"):
        MixtureModel(TinyModel(SIZE + 1), model_of()[0], 0.3)
