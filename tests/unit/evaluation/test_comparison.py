"""Two bundles on the same mail: what is better, and by how much."""

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.evaluation.comparison import Comparison, Figure, compare
from inkling.models.evaluation.measure import measure, measure_likelihood
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.replay import Rule
from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import SearchOptions
from tests.materials.bundles import make_bundle
from tests.materials.letters import letters

pytestmark = pytest.mark.lengthy

TEXTS = [text.split("\n\n")[1][:80] for text in letters(3, seed=9)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Completer, Completer]:
    """A bundle that knows the letters' phrases, and one that knows them better."""
    folder = tmp_path_factory.mktemp("comparison")
    first = load_completer(load_bundle(make_bundle(folder / "first", phrases=True)), "cpu")
    second = make_bundle(folder / "second", phrases=True, mailbox=letters(60))
    return first, load_completer(load_bundle(second), "cpu")


def held_out() -> list[HeldOutMessage]:
    return [HeldOutMessage("writer", text) for text in TEXTS]


def test_it_counts_what_the_evaluation_counts(pair: tuple[Completer, Completer]) -> None:
    found = compare(*pair, held_out())
    rules = [(one, Rule(one.threshold, NetTime(interruption=one.interruption_ms))) for one in pair]
    whole, partial = measure(rules, held_out(), SearchOptions(min_confidence=0.0), progress=lambda _: None)
    measure_likelihood(pair, held_out(), whole, progress=lambda _: None)
    assert not partial
    for figure, values in (
        (found.net_time, [one.net_time() for one in whole]),
        (found.saved, [one.total().saved for one in whole]),
        (found.perplexity, [one.likelihood.per_word for one in whole]),
    ):
        assert [figure.before, figure.after] == pytest.approx(values)
    assert found.typed == found.read == len(TEXTS)
    assert found.worse == []
    assert found.net_time.after > found.net_time.before
    assert found.perplexity.high < 0


def test_a_bundle_is_no_better_than_itself(pair: tuple[Completer, Completer]) -> None:
    found = compare(pair[1], pair[1], held_out()[:1])
    for figure in (found.net_time, found.saved, found.perplexity):
        assert (figure.after - figure.before, figure.low, figure.high) == (0.0, 0.0, 0.0)
    assert found.worse == []


def test_no_messages_are_refused(pair: tuple[Completer, Completer]) -> None:
    with pytest.raises(ValueError, match="no held-out messages"):
        compare(*pair, [])


@pytest.mark.parametrize(
    ("net_time", "perplexity", "worse"),
    [
        ((5.0, 6.0), (180.0, 150.0), 0),
        ((5.0, 5.0), (180.0, 180.0), 0),
        ((5.0, 4.9), (180.0, 150.0), 1),
        ((5.0, 6.0), (180.0, 181.0), 1),
        ((5.0, 4.0), (180.0, 190.0), 2),
    ],
)
def test_worse_is_less_time_saved_or_a_greater_perplexity(
    net_time: tuple[float, float], perplexity: tuple[float, float], worse: int
) -> None:
    equal = Figure(20.0, 20.0, 0.0, 0.0)
    found = Comparison(9, 500, 9, Figure(*net_time, 0, 0), equal, Figure(*perplexity, 0, 0))
    assert len(found.worse) == worse
