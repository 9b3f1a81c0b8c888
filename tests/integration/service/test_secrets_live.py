"""No key, token or secret is in anything that a service says, whatever goes wrong."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.materials.bundles import make_bundle
from tests.materials.key_files import OTHER_SECRET, SECRET, bearer, key_file, key_line, secret_file

ROOT = Path(__file__).parents[3]
KEY, SUGGESTING_KEY, UNKNOWN_KEY, CLEAR_KEY = (
    f"secret-{name}-Qk7vXw2Zp9LmT4" for name in ("known", "suggesting", "unknown", "clear")
)
_HANG_SECONDS = 60  # only a service that hangs takes as long
DRAFT = "an unmistakable draft of nobody"


def _run(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "inkling.service", "--port", "0", *arguments],
            cwd=ROOT,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=log,
            stderr=log,
        )


def _said(folder: Path) -> str:
    return (folder / "log").read_text("utf-8", "replace")


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _HANG_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_a_service_says_no_secret_while_it_serves_and_fails(tmp_path: Path, log_format: str) -> None:
    make_bundle(tmp_path / "tiny")
    keys = key_file(tmp_path, key_line("acme", KEY), key_line("acme", SUGGESTING_KEY, "suggest"))
    secrets = secret_file(tmp_path, SECRET)
    answers: list[str] = []
    with _run(
        tmp_path,
        *("--bundle", str(tmp_path / "tiny"), "--profiles", str(tmp_path / "profiles.db")),
        *("--api-keys", str(keys), "--token-secrets", str(secrets), "--metrics-key"),
        *("--log-level", "debug", "--log-format", log_format),
    ) as process:
        try:
            _until(lambda: "ready at" in _said(tmp_path))
            url = "http" + _said(tmp_path).split("ready at http")[1].split(" ")[0]

            def ask(credential: str, method: str, path: str, **keywords: Any) -> httpx.Response:
                response = httpx.request(
                    method, url + path, headers=bearer(credential), timeout=60, **keywords
                )
                answers.append(f"{response.headers} {response.text}")
                return response

            given = ask(KEY, "POST", "/v1/tokens", json={"user_id": "u-1"})
            token = given.json()["token"]
            answers.clear()  # that one answer is the token
            for credential in (KEY, SUGGESTING_KEY, UNKNOWN_KEY, token, token[:-4] + "AAAA"):
                ask(credential, "POST", "/v1/suggestions", json={"prefix": DRAFT, "session_id": "s"})
                ask(credential, "POST", "/v1/suggestions", json={"prefix": DRAFT, "wrong": credential})
                ask(credential, "POST", "/v1/suggestions", content=b"{" + credential.encode())
                ask(credential, "GET", f"/v1/sessions/{credential}")
                ask(credential, "GET", f"/{credential}?key={credential}")
                ask(credential, "POST", "/v1/users/u-1/messages", json={"text": "One two three."})
                ask(credential, "PUT", "/v1/models")
                ask(credential, "GET", "/metrics")
            with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0)) as connection:
                connection.sendall(f"GET / HTTP/1.1\r\nAuthorization: Bearer {KEY}\r\n: \r\n\r\n".encode())
                answers.append(connection.recv(65536).decode())
            # A key in the clear is what people put into such a file by mistake.
            key_file(tmp_path, f"acme:{CLEAR_KEY}\n")
            secret_file(tmp_path, OTHER_SECRET[:20])
            process.send_signal(signal.SIGHUP)
            _until(lambda: _said(tmp_path).count("stay as they were") >= 2)
            worker = _child_of(process.pid)
            if worker is not None:
                os.kill(worker, signal.SIGKILL)
                ask(KEY, "POST", "/v1/suggestions", json={"prefix": DRAFT})
        finally:
            process.terminate()
            process.wait(60)
    said = _said(tmp_path) + "".join(answers)
    assert said.count("/v1/suggestions") >= 10
    for secret in (KEY, SUGGESTING_KEY, UNKNOWN_KEY, CLEAR_KEY, SECRET, OTHER_SECRET[:20], token, DRAFT):
        assert secret not in said, secret[:14]
    # Nor the part of a token that anybody could read, nor a key's hash.
    assert token.partition(".")[0] not in said
    assert key_line("", KEY).strip(":\n") not in said


def _child_of(pid: int) -> int | None:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


@pytest.mark.parametrize(
    ("keys", "secrets", "option"),
    [
        (f"acme:{CLEAR_KEY}\n", SECRET, "line 1 is not tenant:sha256"),
        (CLEAR_KEY + "\n", SECRET, "line 1 is not tenant:sha256"),
        (key_line("acme", KEY), OTHER_SECRET[:20], "line 1 is too weak"),
        (key_line("acme", KEY), "a" * 40, "line 1 is too weak"),
    ],
)
def test_a_file_that_is_refused_at_the_start_is_one_line_without_its_content(
    tmp_path: Path, keys: str, secrets: str, option: str
) -> None:
    with _run(
        tmp_path,
        *("--api-keys", str(key_file(tmp_path, keys))),
        *("--token-secrets", str(secret_file(tmp_path, secrets))),
    ) as process:
        assert process.wait(60) == 2
    said = _said(tmp_path)
    assert said.count("\n") == 1
    assert option in said
    assert CLEAR_KEY not in said
    assert secrets not in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--host", "0.0.0.0"], "--allow-anonymous"),
        (["--api-keys", "KEYS", "--allowed-origins", "*"], "name the origins"),
        (["--allowed-origins", "*"], "name the origins"),
        (["--trusted-proxies", "0.0.0.0/0"], "name your proxies"),
        (["--token-secrets", "SECRETS"], "--api-keys"),
        (["--metrics-key"], "--api-keys"),
        (["--api-keys", "OPEN"], "chmod 640"),
        (["--api-keys", "KEYS", "--token-secrets", "OPEN"], "chmod 640"),
    ],
)
def test_an_unsafe_setting_is_one_line_and_no_service(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    open_file = tmp_path / "open"
    open_file.write_text(key_line("acme", KEY))
    open_file.chmod(0o644)
    files = {
        "KEYS": str(key_file(tmp_path, key_line("acme", KEY))),
        "SECRETS": str(secret_file(tmp_path, SECRET)),
        "OPEN": str(open_file),
    }
    with _run(tmp_path, *(files.get(argument, argument) for argument in arguments)) as process:
        assert process.wait(60) == 2
    said = _said(tmp_path)
    assert said.count("\n") == 1, said
    assert reason in said
