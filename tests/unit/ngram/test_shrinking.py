"""A phrase model that has to fit."""

from random import Random

import numpy as np
import pytest

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.pruning import estimate_phrases
from inkling.models.ngram.shrinking import saved_bytes, shrink

VOCABULARY = 30


@pytest.fixture(scope="module")
def model() -> PhraseModel:
    random = Random(3)
    texts = [[min(VOCABULARY - 1, int(random.expovariate(0.3))) for _ in range(60)] for _ in range(120)]
    return estimate_phrases(texts, [n % 7 for n in range(120)], vocabulary_size=VOCABULARY, order=4)


def phrases(model: PhraseModel) -> dict[tuple[int, ...], int]:
    """All phrases with the codes of their shares."""
    contexts: list[tuple[int, ...]] = [(token,) for token in range(model.vocabulary_size)]
    found: dict[tuple[int, ...], int] = {}
    for level in model.levels:
        longer = []
        for context, begin, end in zip(contexts, level.offsets, level.offsets[1:], strict=False):
            for token, code in zip(
                level.tokens[begin:end].tolist(), level.codes[begin:end].tolist(), strict=True
            ):
                longer.append((*context, token))
                found[longer[-1]] = code
        contexts = longer
    return found


def test_its_size_is_that_of_its_tables_in_a_file(model: PhraseModel) -> None:
    tables = len(model.to_bytes()) - saved_bytes(model)
    assert 0 < tables < 2000  # the head of the file


@pytest.mark.parametrize("part", [0.9, 0.6, 0.45])
def test_it_fits_and_keeps_the_most_certain_phrases(model: PhraseModel, part: float) -> None:
    bound = int(saved_bytes(model) * part)
    smaller = shrink(model, bound)
    assert saved_bytes(smaller) <= bound
    before, after = phrases(model), phrases(smaller)
    assert after.items() <= before.items()
    assert {one for one in before if len(one) == 2} <= after.keys()
    assert all(one[:-1] in after for one in after if len(one) > 2)
    gone = before.keys() - after.keys()
    assert gone
    begins = {one[:-1] for one in after}
    least = min(code for one, code in after.items() if len(one) > 2 and one not in begins)
    assert max(before[one] for one in gone) < least


def test_what_goes_is_left_to_the_other_model(model: PhraseModel) -> None:
    smaller = shrink(model, int(saved_bytes(model) * 0.5))
    for history in list(phrases(model))[:300]:
        more, fewer = model.expect(history[-3:]), smaller.expect(history[-3:])
        assert float(np.sum(fewer.probs)) + fewer.left == pytest.approx(1.0, abs=0.02)
        assert fewer.left >= more.left - 1e-6


def test_one_that_fits_stays_and_one_that_cannot_is_refused(model: PhraseModel) -> None:
    assert shrink(model, saved_bytes(model)) is model
    with pytest.raises(ValueError, match="two tokens"):
        shrink(model, 100)
