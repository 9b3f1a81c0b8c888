"""How eager to be with a writer, fitted to what became of suggestions."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.personal.eagerness import COSTS, LEAST_COST, MOST_TRUST, USUAL, Eagerness, fit_eagerness
from inkling.models.personal.outcomes import Offer, OutcomeKind, Outcomes

KINDS: tuple[OutcomeKind, ...] = ("accepted", "partial", "typed_through", "dismissed", "undone", "retyped")


def lived(shown: int, right: float, takes: float, characters: int, confidence: float = 0.5) -> Outcomes:
    """Outcomes of suggestions of one sort: so many are right, and of those so many are taken."""
    random, outcomes = Random(1), Outcomes()
    for _ in range(shown):
        kind: OutcomeKind = "dismissed"
        if random.random() < right:
            kind = "accepted" if random.random() < takes else "typed_through"
        outcomes = outcomes.plus(Outcomes.of(Offer(confidence, characters), kind, characters))
    return outcomes


def test_few_outcomes_change_nothing() -> None:
    assert fit_eagerness(Outcomes()) == USUAL
    assert fit_eagerness(lived(20, 0.0, 0.0, 9)) == USUAL


def test_what_came_as_promised_changes_little() -> None:
    fitted = fit_eagerness(lived(300, 0.53, 1.0, 11))
    assert fitted.cost == pytest.approx(1.0, abs=0.1)
    assert fitted.trust == pytest.approx(0.0, abs=0.15)


def test_text_that_is_hard_to_guess_lowers_trust_and_easy_text_raises_it() -> None:
    assert fit_eagerness(lived(300, 0.3, 1.0, 11)).trust < -0.3
    assert fit_eagerness(lived(300, 0.8, 1.0, 11)).trust > 0.3


def test_who_leaves_short_texts_is_shown_fewer_of_them() -> None:
    """The rate of acceptance is above the half, and yet the trifles cost more than they save."""
    takes_long_ones = lived(150, 0.6, 0.0, 4, 0.6) + lived(250, 0.6, 1.0, 11, 0.6)
    assert fit_eagerness(takes_long_ones).cost > 1.2
    takes_all = lived(150, 0.6, 1.0, 4, 0.6) + lived(250, 0.6, 1.0, 11, 0.6)
    assert fit_eagerness(takes_all).cost <= 1.0


def test_taking_trifles_often_is_no_reason_to_show_more() -> None:
    """All right ones of three characters are taken. Each saves less time than reading it takes."""
    assert fit_eagerness(lived(300, 0.53, 1.0, 3)).cost >= 1.0


def test_an_acceptance_that_is_undone_counts_against() -> None:
    kept = lived(200, 0.6, 1.0, 11, 0.6)
    undone = kept
    for _ in range(60):
        undone = undone.plus(Outcomes.of(Offer(0.6, 11), "undone", 11))
    assert fit_eagerness(undone).trust < fit_eagerness(kept).trust
    assert fit_eagerness(undone).cost >= fit_eagerness(kept).cost


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.floats(0, 1), st.integers(0, 60), st.integers(1, 200)),
        max_size=12,
    )
)
def test_every_fit_is_within_bounds_and_every_count_comes_back(
    told: list[tuple[OutcomeKind, float, int, int]],
) -> None:
    outcomes = Outcomes()
    for kind, confidence, characters, times in told:
        for _ in range(times):
            outcomes = outcomes.plus(Outcomes.of(Offer(confidence, characters), kind, characters))
    fitted = fit_eagerness(outcomes)
    assert LEAST_COST <= fitted.cost <= COSTS[-1] == 2.0
    assert abs(fitted.trust) <= MOST_TRUST
    assert Outcomes.from_json(outcomes.to_json()) == outcomes
    assert all(min(cell.shown, cell.right, cell.taken, cell.saved) >= 0 for cell in outcomes.cells)


@pytest.mark.parametrize(
    "text", ["", "nothing", "{}", "[1.5]", "[true]", '["1"]', "[" * 10_000, "[1" + ",1" * 999 + "]"]
)
def test_anything_else_is_no_count(text: str) -> None:
    assert not Outcomes.from_json(text)


def test_much_that_is_old_counts_half() -> None:
    once = lived(300, 0.5, 1.0, 9)
    outcomes = Outcomes()
    for _ in range(40):
        outcomes = outcomes.plus(once)
    assert 2_000 <= outcomes.shown <= 4_000


def test_trust_is_added_to_the_log_odds() -> None:
    assert Eagerness().confidence(0.4) == 0.4
    assert Eagerness(trust=0.5).confidence(0.4) == pytest.approx(0.5236, abs=1e-3)
    assert Eagerness(trust=-0.5).confidence(Eagerness(trust=0.5).confidence(0.4)) == pytest.approx(0.4)
