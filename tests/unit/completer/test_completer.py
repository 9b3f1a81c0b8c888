"""A completer over a tiny real bundle: commits, completions, and texts that it must not suggest."""

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.networks.config import CellKind
from inkling.models.runtime.batch import StepRequest, StepResult, feed, finish
from inkling.models.runtime.device import DeviceError
from inkling.models.search.confidence import Calibration, CalibrationKind, Curve
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, SearchResult
from inkling.models.step import State
from inkling.models.text.chunks import continues_word, split_prefix
from inkling.models.text.context import Context
from inkling.models.text.masking import NO_NAMES, KnownNames
from tests.materials.bundles import make_bundle

OPTIONS = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
EVERYTHING = SearchOptions(5, 8, 16, 0.0, 0.0)
PREFIXES = [
    "",
    "Hi",
    "Can we sched",
    "Can we schedule a meeting ",
    "Thanks,\n",
    "Thanks,\n\n",
    "I will  be",
    "naïve caf",
    "Hi all,\n\nPlease l",
]


@pytest.fixture(
    scope="module",
    params=[(CellKind.GRU, "onnx"), (CellKind.LSTM, "onnx"), (CellKind.GRU, "torch")],
    ids=lambda param: "-".join(param),
)
def completer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", cell=request.param[0])
    return load_completer(load_bundle(folder), "cpu", runtime=request.param[1], threads=1)


def opened(completer: Completer, context: Context) -> State:
    return finish(completer.run, completer.open(Draft("", context)))


def steps_to_open(completer: Completer, context: Context) -> int:
    counted = 0

    def run(requests: Sequence[StepRequest]) -> list[StepResult]:
        nonlocal counted
        counted += 1
        return completer.run(requests)

    finish(run, completer.open(Draft("", context)))
    return counted


def typed(completer: Completer, text: str) -> State:
    """The state after the committed part of a text that is typed key by key."""
    draft = Draft("")
    tree = finish(completer.run, completer.read(draft))
    for end in range(1, len(text) + 1):
        done, draft = len(draft.committed), Draft(text[:end])
        tree = finish(completer.run, completer.commit(tree, draft, done))
    return tree.root


def ask(
    completer: Completer, prefix: str, options: SearchOptions = OPTIONS, context: Context | None = None
) -> SearchResult:
    context = context or Context()
    return finish(completer.run, completer.complete(Draft(prefix, context), options))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_suggestions_are_well_formed(completer: Completer, prefix: str) -> None:
    result = ask(completer, prefix)
    assert len(result.suggestions) <= 3
    assert result.decode_steps > 0
    for one in result.suggestions:
        assert len(one.text) >= 2
        assert one.text.strip()
        assert not one.text[-1].isspace()
        assert 0.0 <= one.confidence <= 1.0
        assert one.log_prob <= 0.0
        if not prefix or prefix[-1].isspace():
            assert not one.text[0].isspace()
    texts = [one.text for one in result.suggestions]
    assert len(set(texts)) == len(texts)
    assert ask(completer, prefix) == result


@pytest.mark.parametrize(
    ("plain_prefix", "typographic"),
    [
        ("Please let me know if it's", "Please let me know if it’s"),
        ("I don't know. Please let", "I don’t know.\u00a0Please let"),
        ("We are late - thank you for", "We are late — thank you for"),
        ("Wait... Thank you", "Wait… Thank you"),
        ("Thank you for", "Ｔhank you for"),
    ],
)
def test_typographic_variants_are_read_as_their_plain_forms(
    completer: Completer, plain_prefix: str, typographic: str
) -> None:
    expected, found = ask(completer, plain_prefix), ask(completer, typographic)
    assert found == expected
    subject = Context(subject="It's “on”", previous_message="I don’t mind…")
    same = Context(subject='It\'s "on"', previous_message="I don't mind...")
    assert ask(completer, "Please", context=subject) == ask(completer, "Please", context=same)


def test_most_prefixes_are_completed(completer: Completer) -> None:
    assert sum(bool(ask(completer, prefix).suggestions) for prefix in PREFIXES) >= len(PREFIXES) - 2


def test_limits_are_kept(completer: Completer) -> None:
    for words in (1, 2, 5):
        for one in ask(completer, "Please let me", SearchOptions(5, words, 8, 0.0, 0.0)).suggestions:
            assert len(one.text.split()) <= words
    assert len(ask(completer, "Please let me", SearchOptions(1, 8, 4, 0.0, 0.0)).suggestions) == 1
    assert ask(completer, "Please let me", SearchOptions(3, 8, 4, 1.0)).suggestions == []
    beyond = ask(completer, "Please let me", SearchOptions(3, 8, 4, None, 0.0)).suggestions
    assert not beyond or beyond[0].confidence >= completer.threshold


def test_confidence_is_by_length_and_by_whether_the_caret_is_in_a_word(tmp_path: Path) -> None:
    bundle = load_bundle(make_bundle(tmp_path / "tiny"))
    whole, begun = Curve(intercept=-0.5, per_character=0.02), Curve(slope=0.8, per_character=0.1)
    curves = (whole, begun)
    calibration = Calibration(kind=CalibrationKind.BY_LENGTH, alone=curves, with_profile=curves)
    manifest = bundle.manifest.model_copy(update={"calibration": calibration})
    calibrated = load_completer(replace(bundle, manifest=manifest), "cpu", threads=1)
    seen = set()
    for prefix in ("Please let me know", "Please let me kno", "Please let me ", "Can we"):
        for one in ask(calibrated, prefix, SearchOptions(5, 8, 8, 0.0, 0.0)).suggestions:
            ends_word = prefix[-1] != " " and continues_word(one.text[0])
            curve = begun if ends_word else whole
            assert one.confidence == pytest.approx(curve.at(math.exp(one.log_prob), len(one.text)))
            seen.add((prefix[-1] == " ", ends_word))
    assert seen == {(True, False), (False, False), (False, True)}


@pytest.mark.parametrize(
    "prefix", ["Call 555123456", "write to pat@example.com", "see https://example.com/a", "x" * 60]
)
def test_nothing_is_added_to_what_is_private_or_no_word(completer: Completer, prefix: str) -> None:
    assert ask(completer, prefix).suggestions == []


def test_a_name_is_never_made_longer(completer: Completer) -> None:
    after_name = ask(completer, "Hi Dana", EVERYTHING).suggestions
    assert after_name
    assert not any(one.text[0].isalpha() for one in after_name)


def test_a_recipients_surname_is_masked_and_never_completed(completer: Completer) -> None:
    context = Context(recipient_name="Robin Vale")
    assert Draft("", context).names == KnownNames("Robin", frozenset({"vale"}))
    after_name = ask(completer, "Dear Vale", EVERYTHING, context).suggestions
    assert not any(one.text[0].isalpha() for one in after_name)
    assert any(one.text[0].isalpha() for one in ask(completer, "Dear Vale", EVERYTHING).suggestions)
    for suggestion in ask(completer, "Dear Val", EVERYTHING, context).suggestions:
        assert not suggestion.text.startswith("e ")
        assert suggestion.text != "e"


def test_a_recipient_of_the_lexicon_is_not_hidden_while_the_name_is_typed(completer: Completer) -> None:
    context = Context(recipient_name="Dana Pereira")
    assert any(one.text[0].isalpha() for one in ask(completer, "Hi Dana", EVERYTHING, context).suggestions)
    # Who the mail is for changes what is read of the draft, so that "Dana" is one token here.
    names = Draft("", context).names
    assert completer.encode(" Dana,", line_start=False, names=names)[0] == completer.tokenizer.recipient_id
    assert completer.tokenizer.recipient_id not in completer.encode(
        " Dana,", line_start=False, names=NO_NAMES
    )


def test_names_and_addresses_are_never_suggested_raw(completer: Completer) -> None:
    # The tokenizer can spell these words; the filter must not let them through.
    for prefix in ("Hi Dan", "Dear Okafo", "Oka"):
        for one in ask(completer, prefix, SearchOptions(5, 2, 16, 0.0, 0.0)).suggestions:
            words = (prefix + one.text).split()
            assert all(completer.masker.mask(word) == (word,) for word in words[-2:])


def test_context_is_read_and_its_absence_is_not(completer: Completer) -> None:
    nothing = opened(completer, Context())
    assert np.array_equal(nothing, opened(completer, Context(subject="", previous_message="  ")))
    subject = opened(completer, Context(subject="Lunch on Friday?"))
    previous = opened(completer, Context(previous_message="Shall we meet at noon?"))
    assert not np.array_equal(nothing, subject)
    assert not np.array_equal(subject, previous)
    morning, evening = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (9, 20))
    assert not np.array_equal(nothing, opened(completer, Context(sent_at=morning)))
    assert not np.array_equal(
        opened(completer, Context(sent_at=morning)), opened(completer, Context(sent_at=evening))
    )
    # Nobody's local time says nothing.
    assert np.array_equal(nothing, opened(completer, Context(sent_at=morning.replace(tzinfo=None))))
    assert steps_to_open(completer, Context()) == 2
    assert steps_to_open(completer, Context(subject="Lunch")) > 3
    endless = Context(subject="word " * 4000, previous_message="word " * 4000)
    assert steps_to_open(completer, endless) <= 2 + 25 + 257
    # Only the end of a previous message counts.
    other = Context(subject="word " * 4000, previous_message="Other start. " + "word " * 4000)
    assert np.array_equal(opened(completer, endless), opened(completer, other))


@given(
    text=st.lists(
        st.sampled_from(["Hi all,", " please", " let", " me", "\n\n", "Thank", " you", " "]), max_size=12
    ).map("".join)
)
@settings(max_examples=40, deadline=None)
def test_incremental_is_the_same_bits_as_whole(completer: Completer, text: str) -> None:
    committed, _ = split_prefix(text)
    tokens = completer.tokenizer.encode(committed, masker=completer.masker)
    whole = finish(completer.run, feed(opened(completer, Context()), tokens))
    assert np.array_equal(typed(completer, text), whole)
    assert np.array_equal(finish(completer.run, completer.read(Draft(text))).root, whole)


def test_description_says_what_is_served(completer: Completer) -> None:
    assert completer.description["runtime"] == completer.runtime
    assert completer.description["parameters"] == completer.bundle.manifest.parameters


@pytest.mark.parametrize(
    ("device", "runtime", "says"),
    [("tpu", "auto", "auto, cpu, cuda"), ("cpu", "jax", "auto, onnx, torch"), ("cuda", "onnx", "CPU only")],
)
def test_a_runtime_or_device_that_is_not_there(tmp_path: Path, device: str, runtime: str, says: str) -> None:
    bundle = load_bundle(make_bundle(tmp_path / "tiny"))
    with pytest.raises(DeviceError, match=says):
        load_completer(bundle, device, runtime=runtime)


def test_without_torch_its_runtime_says_so_and_auto_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = load_bundle(make_bundle(tmp_path / "tiny"))
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("inkling.models.completer.loading.may_have_cuda", lambda: True)
    assert load_completer(bundle).runtime == "onnx int8"
    with pytest.raises(DeviceError, match="torch is not installed"):
        load_completer(bundle, runtime="torch")
