"""Each check of `inkling doctor`, where all is well and where it is not."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.trials.small_disk import small_disk
from inkling.service.cli import main
from inkling.service.control_groups import ControlGroups
from inkling.service.doctor import examination
from inkling.service.doctor.finding import Finding, Verdict
from inkling.service.doctor.machine_checks import check_clock, check_cores, check_memory
from inkling.service.profiles.sqlite import SqliteProfileStore
from inkling.service.settings import Settings
from tests.materials.bundles import make_bundle
from tests.materials.key_files import SECRET, key_file, key_line, secret_file
from tests.materials.networks import TORCH

Examine = Callable[..., dict[str, Finding]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def examine(bundle: Path, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """The findings by name, of settings under which all is well unless a test gives others."""
    for name in [name for name in os.environ if name.startswith("INKLING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))

    def examined(**given: Any) -> dict[str, Finding]:
        running = given.pop("running", False)
        return dict(examination.examine({"bundle": bundle, "port": port, **given}, running=running))

    return examined


def test_all_is_well_with_a_bundle_and_a_free_port(examine: Examine) -> None:
    findings = examine()
    assert list(findings) == ["settings", *examination.CHECKS]
    assert [name for name, one in findings.items() if one.verdict is Verdict.FAIL] == []
    assert all(not one.remedy for one in findings.values() if one.verdict is Verdict.OK)


def assert_fails(finding: Finding, *words: str) -> None:
    assert finding.verdict is Verdict.FAIL, finding
    assert finding.remedy
    assert all(word in finding.found for word in words), finding.found


def assert_warns(finding: Finding, *words: str) -> None:
    assert finding.verdict is Verdict.WARN, finding
    assert finding.remedy
    assert all(word in finding.found for word in words), finding.found


def test_settings_that_cannot_be_used_are_all_that_is_told(examine: Examine) -> None:
    findings = examine(host="0.0.0.0")
    assert list(findings) == ["settings"]
    assert_fails(findings["settings"], "--api-keys")


def test_a_misspelt_variable_is_found(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKLING_PROT", "8000")
    assert_fails(examine()["settings"], "INKLING_PROT", "INKLING_PORT")


@pytest.mark.parametrize("fault", ["changed", "missing", "no folder"])
def test_a_broken_bundle(examine: Examine, tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "broken"
    if fault != "no folder":
        make_bundle(folder)
        weights = folder / "weights.safetensors"
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.unlink()
        if fault == "changed":
            weights.write_bytes(content)
    findings = examine(bundle=folder)
    assert_fails(findings["bundle"], str(folder))
    assert findings["port"].verdict is Verdict.OK, "the other checks go on"


def test_a_device_that_is_not_there(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkling.service.doctor.file_checks.may_have_cuda", lambda: False)
    assert_fails(examine(device="cuda")["runtime"], "CUDA")


def test_a_library_that_is_not_there(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert_fails(examine(runtime="torch")["runtime"], "torch")


def test_a_bundle_that_only_torch_computes(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_bundle(tmp_path / "other", sizes=TORCH["transformer"])
    assert examine(bundle=folder)["runtime"].verdict is Verdict.OK
    assert_fails(examine(bundle=folder, runtime="onnx")["runtime"], "Transformer")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert_fails(examine(bundle=folder)["runtime"], "torch is not installed")


def test_files_of_keys_and_secrets(examine: Examine, tmp_path: Path) -> None:
    keys, secrets = key_file(tmp_path, key_line("ada", "k" * 40)), secret_file(tmp_path, SECRET)
    findings = examine(api_keys=keys, token_secrets=secrets)
    assert findings["api keys"].verdict is findings["secrets"].verdict is Verdict.OK
    keys.chmod(0o644)
    secrets.write_text("short\n")
    findings = examine(api_keys=keys, token_secrets=secrets)
    assert_fails(findings["api keys"], "chmod 640")
    assert_fails(findings["secrets"], "weak")
    assert "short" not in str(findings)
    assert_fails(examine(api_keys=tmp_path / "none")["api keys"], "No such file")


def test_a_list_of_words_that_cannot_be_read(examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "words").write_bytes(b"\xff\xfe\xff")
    assert_fails(examine(blocked_words=tmp_path / "words")["words"], "UTF-8")


def test_spans_that_have_nowhere_to_go(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_TRACES_EXPORTER", raising=False)
    assert_fails(examine(traces=True)["traces"], "nowhere")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert examine(traces=True)["traces"].verdict is Verdict.OK


def test_profiles_that_can_be_kept(examine: Examine, tmp_path: Path) -> None:
    path = tmp_path / "profiles.db"
    assert examine(profiles=path)["profiles"].verdict is Verdict.OK
    assert not path.exists()
    SqliteProfileStore(path, max_words=100).close()
    assert examine(profiles=path)["profiles"].verdict is Verdict.OK
    path.chmod(0o644)
    assert_warns(examine(profiles=path)["profiles"], "open to other users")
    public = {"host": "0.0.0.0", "allow_anonymous": True}
    assert "none are kept" in examine(profiles=path, **public)["profiles"].found


def test_profiles_in_a_folder_that_cannot_be_written(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path("/proc") if os.geteuid() == 0 else tmp_path / "shut"
    if os.geteuid():
        folder.mkdir(mode=0o500)
    assert_fails(examine(profiles=folder / "profiles.db")["profiles"], "cannot be written")
    # One that nobody named is no reason not to start.
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    assert_warns(examine()["profiles"], "cannot be written")


@pytest.mark.parametrize("content", [b"no database at all", "another", "newer"])
def test_a_file_that_holds_no_profiles_of_ours(
    examine: Examine, tmp_path: Path, content: bytes | str
) -> None:
    path = tmp_path / "profiles.db"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        pragma = "application_id = 77" if content == "another" else "user_version = 99"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (a)")
        connection.execute(f"PRAGMA {pragma}")
        connection.commit()
        connection.close()
    path.chmod(0o600)
    assert_fails(examine(profiles=path)["profiles"], str(path))
    (tmp_path / "folder").mkdir()
    assert_fails(examine(profiles=tmp_path / "folder")["profiles"], "directory")


def test_a_disk_without_room(examine: Examine) -> None:
    with small_disk() as disk:
        if not disk.is_mounted:
            pytest.skip("this machine may not mount a tmpfs")
        assert_fails(examine(profiles=disk.folder / "profiles.db")["disk"], "1 MiB", "cannot be learned")


def test_more_threads_than_processors(examine: Examine) -> None:
    assert_warns(examine(threads=256)["cores"], "256")
    assert_warns(examine(replicas=256)["cores"], "256")


def test_more_memory_than_there_is(examine: Examine) -> None:
    assert_warns(examine(session_bytes=1 << 50)["memory"], "MiB are free")


@pytest.mark.lengthy
@pytest.mark.parametrize(("handles", "verdict"), [(40, "fail"), (200, "warn"), (4096, "ok")])
def test_a_low_limit_of_file_handles(bundle: Path, tmp_path: Path, handles: int, verdict: str) -> None:
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({handles}, {handles}))\n"
        "from inkling.service.cli import main; main()"
    )
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-c", program, "doctor", "--json", "--running", "--bundle", str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == (1 if verdict == "fail" else 0), done.stderr
    (found,) = [one for one in json.loads(done.stdout)["checks"] if one["check"] == "handles"]
    assert found["verdict"] == verdict
    assert verdict == "ok" or "ulimit -n" in found["remedy"]


class Clocks:
    """A wall clock and a steady one, which a test moves."""

    def __init__(self, wall: float) -> None:
        self.wall, self.steady = wall, 100.0

    def check(self, *, jump: float = 0.0, steps: float = 0.25) -> Finding:
        def sleep(_seconds: float) -> None:
            self.wall += 0.25 + jump
            self.steady += steps

        return check_clock(Settings(), wall=lambda: self.wall, monotonic=lambda: self.steady, sleep=sleep)


def test_a_clock_that_is_wrong() -> None:
    now = time.mktime((2026, 11, 29, 12, 0, 0, 0, 0, 0))
    assert Clocks(now).check().verdict is Verdict.OK
    assert_fails(Clocks(0.0).check(), "1970")
    assert_fails(Clocks(now * 3).check(), "clock says")
    assert_warns(Clocks(now).check(jump=30.0), "jumps")
    assert_warns(Clocks(now).check(jump=-30.0), "jumps")
    assert_fails(Clocks(now).check(steps=-1.0), "goes back")


def test_a_port_that_is_taken(examine: Examine, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        for host in ("127.0.0.1", "localhost"):
            finding = examine(host=host)["port"]
            assert_fails(finding, str(port))
            assert "--running" in finding.remedy
        assert not {"port", "memory"} & set(examine(running=True))
    assert examine()["port"].verdict is Verdict.OK
    assert examine(port=0)["port"].verdict is Verdict.OK


def test_an_address_that_the_machine_does_not_have(examine: Examine) -> None:
    finding = examine(host="192.0.2.1", allow_anonymous=True)["port"]
    assert_fails(finding, "192.0.2.1")
    assert "--host" in finding.remedy


def test_no_name_is_looked_up(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_given: object, **_named: object) -> None:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert_warns(examine(host="inkling.example", allow_anonymous=True)["port"], "not tried")


def test_a_check_that_fails_by_itself_is_told_and_the_others_go_on(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_settings: Settings) -> Finding:
        raise KeyError("a secret")

    monkeypatch.setattr(examination, "CHECKS", {"odd": fail, **examination.CHECKS})
    findings = examine()
    assert_fails(findings["odd"], "KeyError")
    assert "a secret" not in str(findings)
    assert findings["port"].verdict is Verdict.OK


@pytest.mark.parametrize(
    "given", [{"allowed_origins": "*"}, {"trusted_proxies": "0.0.0.0/0"}], ids=["origins", "proxies"]
)
def test_settings_that_are_open_to_everybody_are_told(given: dict[str, str]) -> None:
    assert_fails(dict(examination.examine(given))["settings"], "name ")


# Control groups


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_s_limits_count(bundle: Path, tmp_path: Path, version: int) -> None:
    proc, mounts = tmp_path / "proc", tmp_path / "cgroup"
    lines = "0::/pod/me" if version == 2 else "4:memory:/pod/me\n2:cpu,cpuacct:/pod/me\n1:cpu:/pod/me"
    write(proc / "self", cgroup=lines)
    write(proc, meminfo="MemFree: 1 kB\nMemAvailable: 8000000 kB\n")
    groups = ControlGroups(proc, mounts)
    assert groups.cores() is groups.free_memory() is None
    if version == 2:
        write(mounts / "pod", cpu__max="50000 100000", memory__max="max", memory__current="9")
        write(mounts / "pod" / "me", cpu__max="max 100000", memory__max="100000000")
        write(mounts / "pod" / "me", memory__current="99000000", memory__stat="anon 5\ninactive_file 4000000")
    else:
        write(mounts / "cpu", cpu__cfs_quota_us="50000", cpu__cfs_period_us="100000")
        write(mounts / "cpu" / "pod" / "me", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
        write(mounts / "memory", memory__limit_in_bytes=str((1 << 63) - 4096), memory__usage_in_bytes="9")
        write(mounts / "memory" / "pod" / "me", memory__limit_in_bytes="100000000")
        write(mounts / "memory" / "pod" / "me", memory__usage_in_bytes="99000000")
        write(mounts / "memory" / "pod" / "me", memory__stat="inactive_file 4000000")
    assert groups.cores() == 0.5
    assert groups.free_memory() == 5_000_000
    settings = Settings(bundle=bundle, replicas=2)
    assert_warns(check_cores(settings, groups), "0.5")
    assert_fails(check_memory(settings, groups=groups, proc=proc), "4 MiB are free")


# The command


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(["doctor", *arguments])
    except SystemExit as ended:
        code = int(ended.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_command_prints_a_line_a_check(
    bundle: Path, port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--bundle", str(bundle), "--profiles", str(tmp_path / "profiles.db"), "--port", str(port)]
    code, out, err = run(capsys, *given)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 1 + len(examination.CHECKS)
    assert {line.split()[0] for line in out.splitlines()} <= {"ok", "warn"}
    with socket.create_server(("127.0.0.1", port)):
        code, out, err = run(capsys, *given)
    assert (code, err) == (1, "")
    (line,) = [line for line in out.splitlines() if line.startswith("fail")]
    assert line.split()[1] == "port"
    assert "ss -ltnp" in line


def test_the_command_prints_one_object(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json", "--bundle", str(bundle), "--runtime", "onnx", "--host", "192.0.2.1")
    assert code == 1
    told = json.loads(out)
    assert told["failed"] == 1
    assert [one["check"] for one in told["checks"]] == ["settings"]
    assert set(told["checks"][0]) == {"check", "verdict", "found", "remedy"}


def test_a_wrong_option_is_no_finding(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--prot", "8000")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
