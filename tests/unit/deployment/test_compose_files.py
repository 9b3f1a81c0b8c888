"""The compose file of two replicas, read as data; its Redis configuration runs as it stands."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from inkling.service.http.answers import schemas
from inkling.service.settings import Settings
from tests.programs.redis_server import redis_server

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "compose"
COMPOSE = FOLDER / "docker-compose.yml"
PROXY = (FOLDER / "haproxy.cfg").read_text()
CONTENT: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
SERVICES: dict[str, dict[str, Any]] = CONTENT["services"]
REPLICAS = [name for name in SERVICES if name.startswith("replica-")]


def test_the_proxy_knows_every_replica() -> None:
    environment = SERVICES["proxy"]["environment"]
    assert re.findall(r'bind "\$\{(\w+)\}"', PROXY) == ["LISTEN"]
    named = set(re.findall(r"\$\{(REPLICA_\d)\}", PROXY))
    assert named == {name for name in environment if name.startswith("REPLICA_")}
    assert sorted(environment[name] for name in named) == [f"{name}:8000" for name in REPLICAS]
    published = SERVICES["proxy"]["ports"]
    assert published == [f"127.0.0.1:${{PORT:-8000}}{environment['LISTEN']}"]
    assert not any("ports" in one for name, one in SERVICES.items() if name != "proxy")


def test_replicas_are_alike_and_share_drafts_and_profiles() -> None:
    assert len(REPLICAS) == 2
    one, other = (SERVICES[name] for name in REPLICAS)
    assert one == other
    (volume,) = one["volumes"]
    name, folder = volume.split(":")
    assert name in CONTENT["volumes"]
    environment = one["environment"]
    assert Path(environment["INKLING_PROFILES"]).parent == Path(folder)
    (secret,) = one["secrets"]
    assert environment["INKLING_API_KEYS"] == f"/run/secrets/{secret}"
    assert one["build"]["args"]["EXTRAS"] == "[redis]"
    assert (FOLDER / one["build"]["context"]).resolve() == ROOT
    assert int(one["stop_grace_period"].removesuffix("s")) > Settings.model_fields["drain_seconds"].default


def test_only_replicas_reach_redis() -> None:
    at = {name for name, one in SERVICES.items() if "drafts" in one["networks"]}
    assert at == {*REPLICAS, "redis"}
    assert CONTENT["networks"]["drafts"] == {"internal": True}
    assert SERVICES["redis"]["networks"] == ["drafts"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_privilege_is_taken_away(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])


def test_nothing_goes_through_another_host_and_every_setting_exists() -> None:
    text = COMPOSE.read_text() + PROXY
    assert {name.upper() for name in Settings.model_fields} >= set(re.findall(r"INKLING_([A-Z_]+)", text))
    assert not re.search(r"\b[a-z0-9-]+\.(org|com|io|net|dev|cloud)\b", text)


def test_the_proxy_reads_the_longest_draft_in_latin_letters() -> None:
    """Its buffer holds an ordinary head, the longest texts of a byte a letter, and room to rewrite."""
    (found,) = re.findall(r"tune\.bufsize (\d+)", PROXY)
    texts = schemas.MAX_PREFIX + schemas.MAX_PREVIOUS_MESSAGE + schemas.MAX_SUBJECT
    assert int(found) > texts + 16 * 1024


def test_redis_runs_with_the_configuration_and_keeps_no_file(tmp_path: Path) -> None:
    (shell, flag, script) = SERVICES["redis"]["command"]
    assert (shell, flag) == ("sh", "-c")
    (text,) = re.findall(r"exec redis-server - <<END\n(.*)\nEND", script, re.DOTALL)
    lines = text.replace("$$REDIS_PASSWORD", "hush").splitlines()
    options = [word for line in lines for word in f"--{line}".replace('""', "").split(" ")]
    with redis_server(tmp_path, *options) as server, server.client("hush") as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
        assert client.config_get("save") == {"save": ""}
        (most,) = client.config_get("maxmemory").values()
        limit = SERVICES["redis"]["mem_limit"]
        assert int(most) < int(limit.removesuffix("m")) << 20
