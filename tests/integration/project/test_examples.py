"""The examples: run as they stand, but for the address of the service."""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from inkling.service.settings import Settings
from tests.programs.serving import ServedFake, live_server

EXAMPLES = Path(__file__).parents[3] / "examples"
PROXY = EXAMPLES / "proxy"


def test_the_client_asks_after_each_word() -> None:
    with live_server(ServedFake()) as url:
        done = subprocess.run(
            [sys.executable, EXAMPLES / "python/suggest.py", "Can we meet"],
            env={**os.environ, "INKLING_URL": url},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition("[")[0] for line in lines] == ["Can", "Can we", "Can we meet"]
    assert any(re.search(r"\[.+\]$", line) for line in lines)


def test_the_client_tells_what_the_service_refuses() -> None:
    with live_server(ServedFake()) as url:
        done = subprocess.run(
            [sys.executable, EXAMPLES / "python/suggest.py", "x" * 20_001],
            env={**os.environ, "INKLING_URL": url},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 1
    assert "prefix" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_the_proxy_is_published_and_it_reaches_the_service() -> None:
    services = yaml.safe_load((PROXY / "docker-compose.yml").read_text())["services"]
    assert "ports" not in services["inkling"]
    assert all(port.startswith("127.0.0.1:") for port in services["nginx"]["ports"])
    names = {name.removeprefix("INKLING_").lower() for name in services["inkling"]["environment"]}
    assert names <= set(Settings.model_fields)
    build = (PROXY / services["inkling"]["build"]["context"]).resolve()
    assert (build / "Dockerfile").is_file()
    for volume in services["nginx"]["volumes"]:
        assert (PROXY / volume.split(":")[0]).is_file()


def test_the_proxy_hands_on_all_but_the_metrics() -> None:
    text = (PROXY / "nginx.conf").read_text()
    plain = re.sub(r"#.*", "", text)
    assert plain.count("{") == plain.count("}")
    assert "server inkling:8000;" in plain
    assert re.search(r"location / \{[^}]*proxy_pass http://inkling;", plain)
    assert re.search(r"location = /metrics \{\s*return 404;", plain)
    # A body that the service takes must pass.
    assert "client_max_body_size 512k;" in plain
