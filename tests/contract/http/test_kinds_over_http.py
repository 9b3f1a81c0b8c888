"""The service over a bundle of every kind: an answer with a session is the answer without."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.service.engine.client.worker_client import WorkerClient
from inkling.service.engine.observer import Observer
from inkling.service.http.app import create_app
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.settings import Settings
from tests.materials.bundles import make_bundle
from tests.materials.networks import EVERY_KIND
from tests.programs.serving import AppClient, app_client, settings
from tests.rigs.workers import ThreadWorker

pytestmark = pytest.mark.lengthy

ASKED: dict[str, Any] = {"min_confidence": 0.0, "interruption_ms": 0.0, "max_words": 3, "beam_width": 2}
CONTEXT = {"subject": "Lunch", "previous_message": "See you on Friday at noon"}
# Typed, a word taken back, another one, a longer text, and the start again.
PREFIXES = ("Can we ", "Can we meet ", "Can we me", "Can we schedule a meeting ", "")


def launch(completer: Completer, given: Settings, observer: Observer) -> WorkerClient:
    store = MemorySessionStore(given.session_bytes, given.session_idle_seconds)
    worker = ThreadWorker(completer, store, threshold=0.0, description=completer.description)
    return WorkerClient(worker, max_queue=8, observer=observer)


@pytest.fixture(scope="module", params=EVERY_KIND)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    folder = tmp_path_factory.mktemp("kinds") / "tiny"
    bundle = load_bundle(make_bundle(folder, sizes=EVERY_KIND[request.param], phrases=True))
    completer = load_completer(bundle, "cpu", threads=1)
    with app_client(create_app(settings(), partial(launch, completer))) as client:
        yield client


def test_a_session_changes_no_answer(client: AppClient) -> None:
    cached = 0
    for prefix in PREFIXES:
        for context in ({}, CONTEXT):
            body = {**ASKED, "prefix": prefix, "context": context}
            with_session = client.suggest(**body, session_id="draft")
            again = client.suggest(**body, session_id="draft").json()
            without = client.suggest(**body).json()
            assert with_session.status_code == 200, with_session.text
            told = with_session.json()
            for answer in (told, again):
                assert texts(answer) == texts(without)
                for ours, cold in zip(answer["suggestions"], without["suggestions"], strict=True):
                    assert abs(ours["confidence"] - cold["confidence"]) <= 0.002
            assert again["usage"]["computed_tokens"] == 0, "what was read once is read again"
            cached += again["session"]["cached_tokens"]
    assert cached > 20


def test_a_session_is_described_and_forgotten(client: AppClient) -> None:
    assert client.suggest(**ASKED, prefix="Can we meet ", session_id="told").status_code == 200
    assert client.get("/v1/sessions/told").json()["pieces"] > 0
    assert client.request("DELETE", "/v1/sessions/told").status_code == 204
    assert client.get("/v1/sessions/told").status_code == 404


def test_the_model_is_described(client: AppClient, request: pytest.FixtureRequest) -> None:
    (card,) = client.get("/v1/models").json()["data"]
    sizes = EVERY_KIND[request.node.callspec.params["client"]]
    assert card["description"]["cell"] == sizes["cell"]
    assert card["description"]["layers"] == sizes["layers"]


def test_texts_are_written(client: AppClient) -> None:
    written = client.complete(model="tiny", prompt="Can we ", max_tokens=6, seed=1)
    assert written.status_code == 200, written.text
    assert written.json()["choices"][0]["text"]


def texts(answer: dict[str, Any]) -> list[str]:
    return [one["text"] for one in answer["suggestions"]]
