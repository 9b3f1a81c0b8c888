"""A real service's doors: keys that change, foreign hosts, clients that leave, odd files."""

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.materials.bundles import make_bundle
from tests.programs.serving import assert_error

_ROOT = Path(__file__).parents[3]
_SERVE_FAKE = """
import sys
from functools import partial
import inkling.service.host
from inkling.service.cli import main
from tests.programs.serving import ServedFake, launch_fake

inkling.service.host.launch_worker = partial(launch_fake, ServedFake())
main(["serve", *sys.argv[1:]])
"""
_HANG_SECONDS = 60  # only a service that hangs takes as long


def _environment(**given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **given}


@dataclass
class Service:
    process: "subprocess.Popen[bytes]"
    log_file: Path
    urls: list[str]

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def address(self) -> tuple[str, int]:
        url = httpx.URL(self.urls[0])
        assert url.port is not None
        return url.host, url.port

    def exchange(self, head: str, body: bytes = b"") -> tuple[int, str]:
        """Status and body of the answer to a request as it stands, on a connection of its own."""
        with socket.create_connection(self.address, _HANG_SECONDS) as connection:
            lines = [*head.split("\n"), "Connection: close", f"Content-Length: {len(body)}", "", ""]
            connection.sendall("\r\n".join(lines).encode("latin-1") + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        first, _, text = answer.decode().partition("\r\n\r\n")
        return int(first.split()[1]), text


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _HANG_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def _serving(folder: Path, *arguments: str, program: list[str] | None = None) -> Iterator[Service]:
    log = folder / "log"
    command = [sys.executable, *(program or ["-c", _SERVE_FAKE]), "--port", "0", *arguments]
    with (
        log.open("wb") as stderr,
        subprocess.Popen(command, cwd=_ROOT, env=_environment(), stderr=stderr) as process,
    ):
        try:
            _until(lambda: "ready at" in log.read_text() or process.poll() is not None)
            match = re.search(r"ready at (.*) after", log.read_text())
            assert match is not None, log.read_text()
            yield Service(process, log, match[1].split(" and "))
        finally:
            process.terminate()
            process.wait(_HANG_SECONDS)


def _run(*arguments: str, prefix: str = "", **environment: str) -> tuple[int, list[str]]:
    """Exit code and lines of a command that does not serve."""
    command = " ".join([prefix, "exec", sys.executable, "-m", "inkling.service", "--port", "0", *arguments])
    ended = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=_ROOT,
        env=_environment(**environment),
        capture_output=True,
        text=True,
        timeout=_HANG_SECONDS,
        check=False,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr.splitlines()


def _line(name: str, key: str) -> str:
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}\n"


def _keys(folder: Path, text: str) -> Path:
    path = folder / "keys"
    path.touch(0o600)
    path.write_text(text)
    return path


def _is_logged(service: Service, text: str) -> bool:
    return text in service.log


def _status(service: Service, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{service.urls[0]}/v1/models", headers=headers).status_code


def test_a_revoked_key_is_refused_and_a_bad_file_keeps_the_keys(tmp_path: Path) -> None:
    path = _keys(tmp_path, _line("alice", "old"))
    with _serving(tmp_path, "--api-keys", str(path)) as service:
        assert _status(service, "old") == 200
        _keys(tmp_path, _line("alice", "old") + _line("alice", "new"))
        _until(lambda: _status(service, "new") == 200)
        assert _status(service, "old") == 200
        _keys(tmp_path, _line("alice", "new"))
        _until(lambda: _status(service, "old") == 401)
        _keys(tmp_path, "no key at all\n")
        _until(lambda: "the API keys stay as they were" in service.log)
        assert _status(service, "new") == 200
        service.process.send_signal(signal.SIGHUP)
        _until(lambda: service.log.count("the API keys stay as they were") == 2)
        _keys(tmp_path, _line("alice", "third"))
        _until(lambda: _status(service, "third") == 200)
        assert _status(service, "new") == 401
    assert service.process.returncode == 0


def test_a_hangup_ends_nothing_without_keys_either(tmp_path: Path) -> None:
    with _serving(tmp_path) as service:
        for _ in range(3):
            service.process.send_signal(signal.SIGHUP)
            assert httpx.get(f"{service.urls[0]}/livez").status_code == 200
    assert service.process.returncode == 0


def test_localhost_is_both_families_on_one_port(tmp_path: Path) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        families = ["127.0.0.1"]
    else:
        families = ["127.0.0.1", "::1"]
    with _serving(tmp_path, "--host", "localhost") as service:
        urls = [httpx.URL(url) for url in service.urls]
        assert [url.host for url in urls] == families
        assert len({url.port for url in urls}) == 1
        for url in service.urls:
            assert httpx.get(f"{url}/livez").status_code == 200


def test_a_client_that_leaves_in_its_body_is_no_failure(tmp_path: Path) -> None:
    with _serving(tmp_path) as service:
        for path in ("/v1/suggestions", "/v1/events"):
            lines = [
                f"POST {path} HTTP/1.1",
                "Host: a",
                "Content-Type: application/json",
                "Content-Length: 90",
            ]
            with socket.create_connection(service.address) as connection:
                connection.sendall("\r\n".join([*lines, "", '{"prefix": "half']).encode())
            _until(partial(_is_logged, service, f"POST {path} "))
            assert f"POST {path} 499" in service.log
        assert "inkling_client_disconnects_total 2" in httpx.get(f"{service.urls[0]}/metrics").text
    assert " ERROR " not in service.log


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


_CALLS: list[tuple[str, str, object]] = [
    ("POST", "/v1/suggestions", {"prefix": "a", "user_id": "ada"}),
    ("POST", "/v1/users/ada/messages", {"text": "One two three."}),
    ("GET", "/v1/users/ada", None),
    ("DELETE", "/v1/users/ada", None),
    ("PUT", "/v1/users/ada/forbidden-phrases", {"phrases": []}),
    ("PATCH", "/v1/users/ada/forbidden-phrases", {"add": []}),
]


def _ask(service: Service, method: str, path: str, content: object, *hosts: str) -> tuple[int, str]:
    lines = [f"{method} {path} HTTP/1.1", *(f"Host: {host}" for host in hosts)]
    body = b"" if content is None else json.dumps(content).encode()
    return service.exchange("\n".join([*lines, "Content-Type: application/json"]), body)


_FOREIGN: list[tuple[str, ...]] = [
    ("mail.example.org",),
    ("a{b}.evil.example",),
    ("evil.example:",),
    ("",),
    ("127.0.0.1:",),
    ("127.0.0.1:80:80",),
    ("evil.example@127.0.0.1",),
    ("127.0.0.1, evil.example",),
    ("localhost.evil.example",),
    ("[::1",),
    ("127.1",),
    ("evil\xe9.example",),
    ("127.0.0.1", "evil.example"),
    ("127.0.0.1/evil.example",),
]


def _serving_profiles(bundle: Path, folder: Path, *arguments: str) -> AbstractContextManager[Service]:
    profiles = str(folder / "profiles.db")
    given = ["--bundle", str(bundle), "--profiles", profiles, "--device", "cpu", *arguments]
    return _serving(folder, *given, program=["-m", "inkling.service"])


def test_only_this_machine_s_own_names_reach_a_profile(bundle: Path, tmp_path: Path) -> None:
    with _serving_profiles(bundle, tmp_path) as service:
        for hosts in _FOREIGN:
            for method, path, content in _CALLS:
                status, answer = _ask(service, method, path, content, *hosts)
                # The parser itself refuses some of these.
                assert status in (400, 403), (hosts, method, path, answer)
        for host in ("127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:8000", "127.0.0.1:1"):
            for method, path, content in _CALLS:
                status, answer = _ask(service, method, path, content, host)
                assert status in (200, 204, 404), (host, method, path, answer)
        # No profile, no guard: a suggestion without a user is everybody's.
        assert _ask(service, "POST", "/v1/suggestions", {"prefix": "a"}, "mail.example.org")[0] == 200
        assert service.exchange("GET /v1/users/ada HTTP/1.0")[0] == 403


def test_a_list_of_hosts_takes_the_place_of_this_machine_s(bundle: Path, tmp_path: Path) -> None:
    with _serving_profiles(bundle, tmp_path, "--allowed-hosts", "mail.example.org,::1") as service:
        for method, path, content in _CALLS:
            for host in ("Mail.Example.Org", "mail.example.org:443", "[::1]:8000"):
                assert _ask(service, method, path, content, host)[0] in (200, 204, 404)
            for host in ("127.0.0.1", "localhost", "evil.example", ""):
                status, answer = _ask(service, method, path, content, host)
                assert status == 403
                assert "allowed_hosts" in answer


def test_with_keys_every_host_may_ask_unless_there_is_a_list(bundle: Path, tmp_path: Path) -> None:
    keys = str(_keys(tmp_path, _line("alice", "key-a")))
    asked = ("GET", "/v1/users/ada", None)
    for arguments, statuses in (((), (404, 404)), (("--allowed-hosts", "a.example"), (404, 403))):
        with _serving_profiles(bundle, tmp_path, "--api-keys", keys, *arguments) as service:
            for host, status in zip(("a.example", "b.example"), statuses, strict=True):
                head = f"GET {asked[1]} HTTP/1.1\nHost: {host}\nAuthorization: Bearer key-a"
                assert service.exchange(head)[0] == status


@pytest.mark.parametrize("option", ["--api-keys", "--blocked-words", "--bundle"])
def test_a_pipe_as_a_file_is_one_line_at_once(bundle: Path, tmp_path: Path, option: str) -> None:
    pipe = tmp_path / "pipe"
    if option == "--bundle":
        for file in bundle.iterdir():
            (tmp_path / file.name).symlink_to(file)
        (tmp_path / "weights.safetensors").unlink()
        pipe = tmp_path / "weights.safetensors"
    os.mkfifo(pipe, 0o600)
    given = tmp_path if option == "--bundle" else pipe
    others = [] if option == "--bundle" else ["--bundle", str(bundle)]
    code, lines = _run(option, str(given), *others)
    assert code == 2
    assert len(lines) == 1, lines
    assert "not a regular file" in lines[0]


@pytest.mark.parametrize("host", ["a..b", "999.1.1.1"])
def test_what_is_no_address_is_one_line(host: str) -> None:
    code, lines = _run("--host", host, "--allow-anonymous")
    assert (code, len(lines)) == (2, 1)
    assert "must be an address" in lines[0]


def test_a_misspelt_variable_is_one_line() -> None:
    code, lines = _run(INKLING_PROT="9")
    assert code == 2
    assert lines == ["inkling: there is no setting INKLING_PROT: did you mean INKLING_PORT?"]


@pytest.mark.parametrize("mebibytes", [80, 200])
def test_too_little_memory_is_one_line(mebibytes: int) -> None:
    code, lines = _run(prefix=f"ulimit -v {mebibytes << 10};")
    assert (code, len(lines)) == (2, 1)
    assert "ulimit -v" in lines[0]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("MemoryError('a secret')", "there is not enough memory for the model"),
        ("RuntimeError('a secret')", "the model cannot be loaded: RuntimeError at "),
    ],
)
def test_a_model_that_cannot_be_loaded_is_one_line(
    bundle: Path, tmp_path: Path, failure: str, reason: str
) -> None:
    """The model's process fails in its own way, and `serve` tells why."""
    (tmp_path / "sitecustomize.py").write_text(
        f"""
import sys
if "--fd" in sys.orig_argv:
    import inkling.models.bundle.bundle
    def load_bundle(folder, **options):
        raise {failure}
    inkling.models.bundle.bundle.load_bundle = load_bundle
"""
    )
    paths = os.pathsep.join([str(_ROOT), str(tmp_path)])
    code, lines = _run("--bundle", str(bundle), PYTHONPATH=paths)
    assert (code, len(lines)) == (2, 1), lines
    assert lines[0].startswith(f"inkling: {reason}")
    assert "secret" not in lines[0]


def test_a_refused_host_is_told_in_the_one_shape(bundle: Path, tmp_path: Path) -> None:
    with _serving_profiles(bundle, tmp_path) as service:
        headers = {"Host": "mail.example.org"}
        for method, path, content in _CALLS:
            url = service.urls[0] + path
            assert_error(httpx.request(method, url, json=content, headers=headers), 403, "forbidden")
