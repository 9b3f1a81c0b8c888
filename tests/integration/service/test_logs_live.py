"""Every line that a service writes with `--log-format json` is an object, and none holds what was written."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.materials.bundles import make_bundle
from tests.waiting import until

SECRET = "Zanzibar"
_HANG_SECONDS = 60  # only a service that hangs takes as long


class Session:
    """A service that is used and misused: what it wrote, and the request ids that it answered with."""

    def __init__(self, folder: Path) -> None:
        make_bundle(folder / "tiny")
        self._log, self.answered = folder / "log", dict[str, tuple[str, int]]()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
        command = [sys.executable, "-m", "inkling.service", "--port", "0", "--bundle", str(folder / "tiny")]
        command += ["--log-format", "json", "--log-level", "debug", "--profiles", str(folder / "profiles.db")]
        # What a library asks for by its own variables is not listened to.
        environment |= {"OTEL_TRACES_EXPORTER": "console", "OTEL_LOGS_EXPORTER": "console"}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
        try:
            until(lambda: "ready at" in self.text or self._process.poll() is not None)
            self.url = "http" + self.text.split("ready at http")[1].split(" ")[0]
            self._use()
        finally:
            self._process.send_signal(signal.SIGTERM)
            self.printed, _ = self._process.communicate(timeout=_HANG_SECONDS)

    @property
    def text(self) -> str:
        return self._log.read_text("utf-8", "replace")

    @property
    def lines(self) -> Sequence[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def _use(self) -> None:
        with httpx.Client(base_url=self.url, timeout=60, trust_env=False) as client:

            def ask(method: str, path: str, **keywords: Any) -> None:
                response = client.request(method, path, **keywords)
                self.answered[response.headers["x-request-id"]] = (method, response.status_code)

            mine = {"X-Request-ID": "mine-1"}
            ask(
                "POST", "/v1/suggestions", json={"prefix": f"{SECRET} is", "session_id": SECRET}, headers=mine
            )
            ask("POST", "/v1/suggestions", json={"prefix": f"{SECRET} is", "user_id": SECRET})
            ask("POST", "/v1/suggestions", json={"prefix": SECRET, SECRET: SECRET})
            ask("POST", "/v1/suggestions", content=f'{{"prefix": "{SECRET}'.encode())
            ask(
                "POST",
                f"/v1/users/{SECRET}/messages",
                json={"text": f"Dear {SECRET}, thank you for the mail."},
            )
            ask("GET", f"/v1/users/{SECRET}")
            ask("GET", f"/v1/sessions/{SECRET}")
            ask("GET", f"/{SECRET}?text={SECRET}", headers={"X-Request-ID": f"{SECRET} with spaces"})
            ask("GET", "/metrics")
        address = httpx.URL(self.url)
        with socket.create_connection((address.host, address.port or 80)) as connection:
            connection.sendall(f"GET /{SECRET} HTTP/1.1\r\nHost: {SECRET}\r\n: {SECRET}\r\n\r\n".encode())
            assert b"400" in connection.recv(65536)
        self._process.send_signal(signal.SIGHUP)
        until(lambda: "bundle has not changed" in self.text)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(tmp_path_factory.mktemp("logs"))


def test_every_line_is_an_object_with_its_time_level_logger_and_message(session: Session) -> None:
    for line in session.lines:
        assert {"time", "level", "logger", "message"} <= set(line)
        assert time.strptime(line["time"], "%Y-%m-%dT%H:%M:%SZ")
        assert line["level"] in ("debug", "info", "warning", "error")
    assert {"inkling.access", "inkling.server"} <= {line["logger"] for line in session.lines}


def test_each_request_has_a_line_with_its_id_as_the_answer_carries_it(session: Session) -> None:
    access = [line for line in session.lines if line["logger"] == "inkling.access"]
    for line in access:
        assert {"method", "route", "status", "ms", "request_id"} <= set(line)
    told = {line["request_id"]: (line["method"], line["status"]) for line in access}
    assert session.answered.items() <= told.items()
    assert told["mine-1"] == ("POST", 200)
    assert len(told) == len(access) == len(session.answered) + 1, "and one that was no request of HTTP"
    assert {status for _, status in told.values()} >= {200, 400, 404, 422}


def test_no_line_holds_what_was_written(session: Session) -> None:
    assert session.text
    assert SECRET not in session.text
    assert session.printed == b"", "and nothing else is printed"
