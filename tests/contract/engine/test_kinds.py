"""A bundle of every kind is served, and law 1 holds: a session changes no answer."""

import sys
from collections.abc import Mapping, Sequence
from random import Random

import pytest

from inkling.models.bundle.bundle import Bundle, load_bundle
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.runtime.device import DeviceError
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.step import State
from inkling.models.text.context import Context
from inkling.service.engine.job import Job
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.contract.engine.desk import Desk
from tests.materials.bundles import make_bundle
from tests.materials.networks import EVERY_KIND, INT8, TORCH

pytestmark = pytest.mark.lengthy

OPTIONS = SearchOptions(min_confidence=0.0, interruption_ms=0.0)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Bundle]:
    folder = tmp_path_factory.mktemp("kinds")
    return {
        kind: load_bundle(make_bundle(folder / kind.replace(" ", "-"), sizes=sizes, phrases=True))
        for kind, sizes in EVERY_KIND.items()
    }


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_edit_scripts_answer_as_without_a_session(bundles: Mapping[str, Bundle], kind: str) -> None:
    model = load_completer(bundles[kind], "cpu", threads=1)
    assert model.runtime == ("onnx int8" if kind in INT8 else "torch cpu")
    cached = suggested = 0
    for seed in (5, 6) if kind in INT8 else (5,):
        desk = Desk(Random(seed), model, tolerance=0.0 if kind in INT8 else 0.002)
        desk.run(edits=9)
        cached += desk.cached
        suggested += desk.suggested
    assert cached > 50
    assert suggested > 10


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_context_and_its_words_count(bundles: Mapping[str, Bundle], kind: str) -> None:
    """A model that did not read them would answer alike."""
    model = load_completer(bundles[kind], "cpu", threads=1)

    def told(context: Context) -> list[float]:
        found = finish(model.run, model.complete(Draft("Can we ", context), OPTIONS))
        return [one.log_prob for one in found.suggestions]

    assert told(Context()) != told(Context(previous_message="See you at lunch on Friday"))


def test_a_context_is_encoded_once_as_long_as_it_stays(
    bundles: Mapping[str, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_completer(bundles["context bigru"], "cpu", threads=1)
    read: list[int] = []
    begin = model.model.begin

    def counted(context: Sequence[int], profile: int = 0) -> tuple[State, Sequence[int]]:
        read.append(len(context))
        return begin(context, profile)

    monkeypatch.setattr(model.model, "begin", counted)
    runner = ModelRunner(model, MemorySessionStore(10**7, 60))
    for subject in ("Lunch", "Dinner"):
        for prefix in ("", "Can", "Can we ", "Can we meet on", "Can ", "Ca"):
            job = Job(prefix, Context(subject=subject), OPTIONS, SessionKey("ada", "draft"))
            finish(runner.run, runner.answer(job))
    assert len(read) == 2
    assert all(read)


@pytest.mark.parametrize("kind", TORCH)
def test_the_int8_runtime_says_in_one_line_what_it_does_not_compute(
    bundles: Mapping[str, Bundle], kind: str
) -> None:
    with pytest.raises(DeviceError, match="is served by the torch runtime: install inkling") as caught:
        load_completer(bundles[kind], "cpu", runtime="onnx")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", TORCH)
def test_without_torch_it_says_so(
    bundles: Mapping[str, Bundle], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for runtime in ("auto", "torch"):
        with pytest.raises(DeviceError, match="is served by the torch runtime: install inkling"):
            load_completer(bundles[kind], "cpu", runtime=runtime)
