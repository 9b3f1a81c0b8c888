"""Every metric that the service exports is on its list and its page, and the reverse."""

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from docs_build.metrics_page import metrics_page
from inkling.service.engine.client import replica_set
from inkling.service.engine.client.replica_set import ReplicaSet
from inkling.service.engine.served import Workers
from inkling.service.host import ModelHost, StartupError
from inkling.service.http.app import create_app
from inkling.service.monitoring.families import FAMILIES, Family
from inkling.service.monitoring.metrics import Metrics
from inkling.service.sessions.session_store import StoreStats
from tests.programs.serving import AppClient, app_client, fake_client, settings
from tests.rigs.fake_client import FakeClient, FakeLaunch, launching

LIST = {family.name: family for family in FAMILIES}


def families_of(text: str) -> Sequence[Metric]:
    """The exported families, without the times at which counting began."""
    found = text_string_to_metric_families(text)
    return [family for family in found if not family.name.endswith("_created")]


def use_everything(client: AppClient) -> None:
    """Send requests whose labels depend on the client, so that each labelled metric has a sample."""
    client.suggest(prefix="one two ", session_id="m")
    events: list[dict[str, object]] = [
        {"type": "shown", "id": "sg_1", "characters": 4},
        {"type": "dismissed", "id": "sg_1", "reason": "escape"},
    ]
    assert client.request("POST", "/v1/events", json={"events": events}).status_code == 204
    client.get("/nowhere")


@pytest.fixture(scope="module")
def exported() -> Iterator[Sequence[Metric]]:
    with fake_client() as client:
        use_everything(client)
        yield families_of(client.get("/metrics").text)


def test_what_is_exported_is_what_is_listed(exported: Sequence[Metric]) -> None:
    assert {family.name for family in exported} == set(LIST)
    for family in exported:
        listed = LIST[family.name]
        assert (family.type, family.documentation) == (listed.kind, listed.help)


def test_every_sample_has_the_labels_that_are_listed_and_values_of_the_list(
    exported: Sequence[Metric],
) -> None:
    for family in exported:
        listed = LIST[family.name]
        assert family.samples, family.name
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            assert sample.name in listed.exported
            assert set(labels) == set(listed.label_names), sample
            for label in listed.labels:
                if not isinstance(label.values, str):
                    assert labels[label.name] in label.values, sample


def test_values_that_do_not_come_from_clients_are_there_from_the_beginning(
    exported: Sequence[Metric],
) -> None:
    """So that a first failure is an increase."""
    by_clients = {"inkling_requests", "inkling_events", "inkling_event_characters"}
    for family in exported:
        for label in LIST[family.name].labels:
            if family.name not in by_clients:
                assert {sample.labels[label.name] for sample in family.samples} == set(label.values)


def test_the_page_has_every_metric_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", metrics_page(), re.MULTILINE)

    def written(family: Family) -> str:
        return family.name + ("_total" if family.kind == "counter" else "")

    assert rows == [(written(family), family.kind) for family in FAMILIES]


def value(client: AppClient, line: str) -> float:
    """The value of a sample, named as it is written."""
    (found,) = [one for one in client.get("/metrics").text.splitlines() if one.startswith(f"{line} ")]
    return float(found.removeprefix(f"{line} "))


def test_workers_that_are_lost_and_replaced_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_set, "_FIRST_PAUSE", 1000.0)

    async def scene() -> None:
        clients = [FakeClient(f"fake-{number}", profiles=True) for number in range(4)]
        left = list(clients)
        replicas = ReplicaSet(lambda: left.pop(0), 2, spare=True)
        replicas.launch()
        await replicas.start()
        async with asyncio.timeout(60):
            while replicas.spare is None:
                await asyncio.sleep(0.001)
        assert replicas.workers == Workers(ready=2, lost=0, spare=True, replaced=0)
        clients[0].lose()
        async with asyncio.timeout(60):
            while replicas.spare is not clients[3]:
                await asyncio.sleep(0.001)
        assert replicas.workers == Workers(ready=2, lost=0, spare=True, replaced=1)
        clients[3].lose()
        assert replicas.workers == Workers(ready=2, lost=0, spare=False, replaced=1)
        clients[1].lose()
        clients[2].lose()
        assert replicas.workers == Workers(ready=0, lost=2, spare=False, replaced=1)
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_what_a_replaced_worker_counted_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum that went back would look like as many new events as are left."""
    monkeypatch.setattr(replica_set, "_FIRST_PAUSE", 0.001)

    async def scene() -> None:
        clients = [FakeClient(f"fake-{number}") for number in range(3)]
        left = list(clients)
        replicas = ReplicaSet(lambda: left.pop(0), 1)
        replicas.launch()
        await replicas.start()
        clients[0].lose()
        async with asyncio.timeout(60):
            while replicas.workers != Workers(ready=1, lost=0, spare=False, replaced=1):
                await asyncio.sleep(0.001)
        assert replicas.load.sessions == StoreStats(3, 400, 5000, 12, 14, 16, 18, 20)
        await replicas.renew(lambda: left.pop(0), 0.0)
        assert replicas.load.sessions == StoreStats(3, 400, 5000, 18, 21, 24, 27, 30)
        await replicas.stop(0.0)

    asyncio.run(scene())


def test_the_levels_follow_a_lost_worker_and_an_announced_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_set, "_FIRST_PAUSE", 1000.0)
    model = FakeClient()
    app = create_app(settings(), launching(model))
    with app_client(app) as client:
        assert value(client, "inkling_ready") == value(client, 'inkling_replicas{state="ready"}') == 1
        assert value(client, "inkling_spare_ready") == value(client, 'inkling_replicas{state="lost"}') == 0
        app.state.host.announce_stop()
        assert value(client, "inkling_ready") == 0
        assert value(client, 'inkling_replicas{state="ready"}') == 1
        model.lose()
        assert value(client, 'inkling_replicas{state="ready"}') == 0
        assert value(client, 'inkling_replicas{state="lost"}') == 1


def test_reloads_are_counted_by_what_came_of_them(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text("first")
    metrics = Metrics()
    refused = StartupError("no")
    host = ModelHost(
        settings(bundle=tmp_path), metrics, FakeLaunch([FakeClient(), refused, FakeClient("fake-2")])
    )

    async def scene() -> None:
        await host.start()
        await host.reload()
        manifest.write_text("second")
        with pytest.raises(StartupError):
            await host.reload()
        assert await host.reload()
        await host.stop()

    asyncio.run(scene())
    text = metrics.render().decode()
    for result in ("unchanged", "refused", "changed"):
        assert f'inkling_reloads_total{{result="{result}"}} 1.0' in text


@pytest.mark.parametrize("limit", ["key", "client"])
def test_requests_beyond_the_work_of_a_minute_are_counted(tmp_path: Path, limit: str) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"ada:{hashlib.sha256(b'ada').hexdigest()}")
    keys.chmod(0o600)
    long = "Thank you for your mail. " * 100
    ada = {"Authorization": "Bearer ada"}
    limits: dict[str, Any] = {f"{limit}_work_per_minute": 400}
    with fake_client(api_keys=keys, **limits) as client:
        for _ in range(20):
            status = client.suggest(ada, prefix=long).status_code
        assert status == 429
        refused = value(client, f'inkling_work_refusals_total{{limit="{limit}"}}')
        assert refused == value(
            client, 'inkling_requests_total{method="POST",route="/v1/suggestions",status="429"}'
        )
        assert value(client, "inkling_refusal_seconds_count") == refused > 0
        other = "client" if limit == "key" else "key"
        assert value(client, f'inkling_work_refusals_total{{limit="{other}"}}') == 0
