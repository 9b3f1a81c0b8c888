"""Eight bits cost almost no quality, on real mail of people whom the model never saw."""

from collections.abc import Callable
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.evaluation.exact_match import Guess, guesses, match_at_coverage, word_starts
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.measure import Measurement, measure_likelihood
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.replay import Rule
from inkling.models.runtime.batch import Steps, finish_all
from inkling.models.search.suggestion import SearchOptions
from tests.materials.letters import letters
from tests.programs.shipped import ROOT, require_bundle

_MAIL = ROOT.parent / "shared" / "corpus" / "mail" / "dev.jsonl.gz"
_OPTIONS = SearchOptions(max_words=1, min_confidence=0.0, interruption_ms=0.0)
_COVERAGE = 0.3

_needs_mail = pytest.mark.skipif(
    not _MAIL.is_file(), reason="the corpus of real mail is not beside the project"
)


def _real() -> list[HeldOutMessage]:
    return load_messages(Path(_MAIL), clean=False)[:400]


def _invented() -> list[HeldOutMessage]:
    return [HeldOutMessage("writer", text) for text in letters(40)]


@pytest.fixture(scope="module")
def completers() -> list[Completer]:
    bundle = load_bundle(require_bundle())
    return [load_completer(bundle, "cpu", runtime=runtime) for runtime in ("torch", "onnx")]


@pytest.mark.parametrize(
    ("messages", "most"),
    [
        # Invented letters have few patterns, which the model is nearly sure of. There rounding shows more.
        (_invented, 1.03),
        pytest.param(_real, 1.01, marks=[_needs_mail, pytest.mark.slow]),
    ],
)
def test_perplexity_rises_little(
    completers: list[Completer], messages: Callable[[], list[HeldOutMessage]], most: float
) -> None:
    results = [Measurement(one.runtime, Rule(0.0)) for one in completers]
    measure_likelihood(completers, messages(), results, progress=lambda _: None)
    exact, rounded = (result.likelihood.per_word for result in results)
    assert exact is not None
    assert rounded is not None
    assert rounded <= most * exact


@_needs_mail
@pytest.mark.slow
def test_exact_match_falls_by_at_most_half_a_point(completers: list[Completer]) -> None:
    shares = []
    for completer in completers:
        found = finish_all(completer.run, [_guesses(completer, message) for message in _real()[:100]])
        column = [guess for one in found for guess in one]
        assert len(column) > 2000
        (share,) = match_at_coverage(column, (_COVERAGE,))
        assert share is not None
        shares.append(share)
    assert shares[1] >= shares[0] - 0.005


def _guesses(completer: Completer, message: HeldOutMessage) -> Steps[list[Guess | None]]:
    """The guess of one word at every word's start."""
    column, draft = [], message.draft(0)
    tree = yield from completer.read(draft)
    for position in word_starts(message.text):
        done, draft = len(draft.committed), message.draft(position)
        tree = yield from completer.commit(tree, draft, done)
        candidates, _ = yield from completer.candidates(tree, draft, _OPTIONS)
        column.append(guesses(message.text, position, candidates)[0])
    return column
