"""Explanations over tiny real bundles: they tell of the very search that suggests."""

import math
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.explanation.beam_record import BeamRecord
from inkling.models.explanation.explainer import Explainer
from inkling.models.explanation.explanation import Explanation, PathFate, TokenPart, Verdict
from inkling.models.networks.config import CellKind
from inkling.models.runtime.batch import finish
from inkling.models.search.beam_path import BeamPath
from inkling.models.search.choice import NetTime
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, SearchResult
from inkling.models.search.word_filter import WordFilter
from inkling.models.text.context import Context
from tests.materials.bundles import make_bundle

PREFIXES = [
    "",
    "Can we sched",
    "Can we schedule a meeting ",
    "Thanks,\n",
    "naïve caf",
    "“Hi” all,\n\nPlease l",
]
OPTIONS = [
    SearchOptions(),
    SearchOptions(3, 8, 4, 0.0, 0.0),
    SearchOptions(5, 3, 2, 0.01, 10.0),
    SearchOptions(1, 5, 8, 0.0, 50.0),
]


@pytest.fixture(
    scope="module",
    params=[(CellKind.GRU, "onnx"), (CellKind.LSTM, "torch"), (CellKind.RNN_RELU, "onnx")],
    ids=lambda param: "-".join(param),
)
def completer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", cell=request.param[0], phrases=True)
    return load_completer(load_bundle(folder), "cpu", runtime=request.param[1], threads=1)


def explain(completer: Completer, draft: Draft, options: SearchOptions) -> Explanation:
    return finish(completer.run, Explainer(completer).explain(draft, options))


def ask(completer: Completer, draft: Draft, options: SearchOptions) -> SearchResult:
    return finish(completer.run, completer.complete(draft, options))


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_it_tells_of_the_suggestions_that_the_draft_gets(
    completer: Completer, prefix: str, options: SearchOptions
) -> None:
    draft = Draft(prefix, Context(subject="Planning", recipient_name="Sam Example"))
    told, answer = explain(completer, draft, options), ask(completer, draft, options)
    shown = [one for one in told.candidates if one.verdict in (Verdict.FIRST, Verdict.ALTERNATIVE)]
    expected = [(one.text, one.confidence, one.log_prob) for one in answer.suggestions]
    assert [(one.text, one.confidence, one.log_prob) for one in shown] == expected
    assert (told.reason, told.decode_steps) == (answer.reason, answer.decode_steps)
    worth = NetTime(interruption=told.interruption_ms)
    saved = [one.saves_ms for one in told.candidates]
    assert saved == pytest.approx([worth.of(one.confidence, one.text) for one in told.candidates])
    assert saved == pytest.approx(sorted(saved, reverse=True), abs=1e-3)  # ties go by text


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_verdict_holds(completer: Completer, prefix: str, options: SearchOptions) -> None:
    told = explain(completer, Draft(prefix), options)
    first = next((one for one in told.candidates if one.verdict is Verdict.FIRST), None)
    shown = [one for one in told.candidates if one.verdict in (Verdict.FIRST, Verdict.ALTERNATIVE)]
    for one in told.candidates:
        match one.verdict:
            case Verdict.FIRST:
                assert one.saves_ms > 0
                assert one.confidence >= told.min_confidence
            case Verdict.TOO_SHORT:
                assert len(one.text) == 1
            case Verdict.UNLIKELY:
                assert one.confidence < told.min_confidence
            case Verdict.COSTS_MORE:
                assert first is None
                assert one.saves_ms <= 0
            case Verdict.SHORTENS:
                assert any(better.text.startswith(one.text) for better in shown)
            case Verdict.LENGTHENS:
                assert any(one.text.startswith(better.text) for better in shown)
            case Verdict.SAVES_LESS:
                assert first is not None
                assert one.saves_ms <= first.saves_ms
    assert (first is None) == (told.reason is not None)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_beam_is_a_tree_of_falling_probabilities(completer: Completer, prefix: str) -> None:
    told = explain(completer, Draft(prefix), SearchOptions(3, 8, 3, 0.0, 0.0))
    assert told.beam
    for number, node in enumerate(told.beam):
        assert 0 <= node.probability <= 1
        if node.parent is None:
            continue
        parent = told.beam[node.parent]
        assert node.parent < number
        assert node.probability <= parent.probability * (1 + 1e-4)
        assert parent.fate in (PathFate.KEPT, PathFate.SHOWN)
    shown = [one for one in told.beam if one.fate is PathFate.SHOWN]
    assert bool(shown) == (told.reason is None)
    if not shown:
        return
    path, last = "", shown[-1]
    while True:
        path = (last.text or "") + path
        if last.parent is None:
            break
        last = told.beam[last.parent]
        assert last.fate is PathFate.SHOWN
    assert path.endswith(told.candidates[0].text)


def test_the_steps_are_the_distribution_of_the_model(completer: Completer) -> None:
    draft = Draft("Can we schedule a meeting ")
    told = explain(completer, draft, SearchOptions(1, 4, 4, 0.0, 0.0))
    tree = finish(completer.run, completer.read(draft))
    finish(completer.run, completer.search(tree, draft, SearchOptions(1, 4, 4, 0.0, 0.0)))
    root = tree.node(())
    assert root is not None
    assert root.all_log_probs is not None
    known = zip(completer.tokenizer.piece_bytes, root.all_log_probs.tolist(), strict=True)
    fits = sorted((math.exp(p) for data, p in known if data.startswith(b" ")), reverse=True)
    assert [one.probability for one in told.steps[0].candidates[:5]] == pytest.approx(
        [one / sum(fits) for one in fits[:5]], rel=1e-3
    )
    assert sum(one.taken for one in told.steps[0].candidates) == 1
    for before, after in zip(told.steps, told.steps[1:], strict=False):
        (taken,) = [one for one in before.candidates if one.taken]
        assert after.text == before.text + (taken.text or "")


def test_tokens_are_told_with_their_part_and_the_last_ones_only(completer: Completer) -> None:
    draft = Draft("One two three four five six", Context(subject="A subject"))
    told = finish(completer.run, Explainer(completer, most_tokens=200).explain(draft, SearchOptions()))
    assert told.unlisted == 0
    text = "".join(one.text for one in told.read if one.part is TokenPart.TEXT)
    assert text == " One two three four five"  # a line begins with a space that nobody sees
    assert [one.text for one in told.read if one.part is TokenPart.CONTEXT][-1] == "<body>"
    assert told.tail == " six"
    some = finish(completer.run, Explainer(completer, most_tokens=3).explain(draft, SearchOptions()))
    assert some.read == told.read[-3:]
    assert some.unlisted == len(told.read) - 3
    assert some.candidates == told.candidates
    for one in told.read:
        assert len(one.gates) == len(told.gates)
        assert all(0 <= gate <= 1 for gate in one.gates)


def test_a_private_word_is_not_told(completer: Completer) -> None:
    told = explain(completer, Draft("Ask Dana about 555-1234 and so"), SearchOptions())
    spoken = "".join(one.text for one in told.read)
    assert "<name>" in spoken
    assert "Dana" not in spoken
    assert "555" not in spoken


@pytest.mark.parametrize("prefix", ["https://a.example/x", "a" * 60])
def test_a_closed_draft_has_a_reason_and_no_search(completer: Completer, prefix: str) -> None:
    told = explain(completer, Draft(prefix), SearchOptions())
    assert told.reason is not None
    assert (list(told.beam), list(told.steps), list(told.candidates)) == ([], [], [])


def test_what_may_not_be_suggested_is_nowhere(tmp_path: Path) -> None:
    bundle = load_bundle(make_bundle(tmp_path / "tiny"))
    options = SearchOptions(5, 4, 4, 0.0, 0.0)
    open_to_all = load_completer(bundle, "cpu", runtime="onnx", threads=1, words=WordFilter())
    draft = Draft("Can we ")
    before = explain(open_to_all, draft, options)
    assert before.withheld == 0
    blocked = before.candidates[0].text.split()[0]
    guarded = load_completer(bundle, "cpu", runtime="onnx", threads=1, words=WordFilter([blocked]))
    told = explain(guarded, draft, options)
    assert told.withheld > 0
    assert any(one.text is None for one in told.beam)
    texts = [*(one.text for one in told.candidates), *(one.text for one in told.beam)]
    texts += [one.text for step in told.steps for one in step.candidates]
    texts += [step.text for step in told.steps]
    assert all(blocked not in text.split() for text in texts if text is not None)


def test_a_run_that_may_not_be_suggested_is_not_told_where_nothing_is_shown() -> None:
    refused, other = BeamPath((1,), b"bad", -0.1), BeamPath((2,), b"good", -1.0)
    record = BeamRecord(2)
    record.ranked([refused, other], [refused, other], 0.0, lambda path: path is refused)
    assert record.run_of(None) == other.tokens
    record.ranked([refused], [refused], 0.0, lambda path: path is refused)
    assert record.run_of(None) == other.tokens


def test_a_kind_without_gates_says_so(completer: Completer, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = completer.bundle.manifest
    other = manifest.model.model_copy(update={"cell": "another_kind"})
    monkeypatch.setattr(manifest, "model", other)
    told = explain(completer, Draft("Can we meet "), SearchOptions())
    assert told.gates == []
    assert told.gate_note == "No gates are told of layers of the kind another_kind"
    assert told.cell == "another_kind"
    assert [list(one.gates) for one in told.read] == [[]] * len(told.read)
    assert told.beam
