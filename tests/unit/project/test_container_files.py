"""The container files, without a container engine: read as data, and their command run as it stands."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from inkling.service.settings import Settings
from tests.missing import missing

ROOT = Path(__file__).parents[3]
FILES = ("Dockerfile", "docker-compose.yml", ".dockerignore", "deploy/api-keys.yml")
START_SECONDS = 60


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: its keyword and its argument, continued lines joined."""

    keyword: str
    argument: str

    @property
    def exec_form(self) -> list[str]:
        words: list[str] = json.loads(self.argument)
        assert all(isinstance(word, str) for word in words)
        return words


def read_dockerfile() -> list[Instruction]:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#")).replace("\\\n", " ")
    split = (line.split(None, 1) for line in text.splitlines() if line.strip())
    return [Instruction(keyword.upper(), argument.strip()) for keyword, argument in split]


DOCKERFILE = read_dockerfile()
LAST_STAGE = DOCKERFILE[max(at for at, found in enumerate(DOCKERFILE) if found.keyword == "FROM") :]


def arguments(keyword: str, stage: list[Instruction] = DOCKERFILE) -> list[str]:
    return [instruction.argument for instruction in stage if instruction.keyword == keyword]


def only(keyword: str) -> Instruction:
    (found,) = (instruction for instruction in LAST_STAGE if instruction.keyword == keyword)
    return found


def image_environment() -> dict[str, str]:
    pairs = (pair for argument in arguments("ENV", LAST_STAGE) for pair in shlex.split(argument))
    return dict(pair.split("=", 1) for pair in pairs)


def entry_command() -> list[str]:
    return [*only("ENTRYPOINT").exec_form, *only("CMD").exec_form]


def health_command() -> list[str]:
    options, command = only("HEALTHCHECK").argument.split("CMD", 1)
    assert set(re.findall(r"--([a-z-]+)=", options)) == {"interval", "timeout", "start-period", "retries"}
    words: list[str] = json.loads(command)
    return words


def compose(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return content


def inkling(name: str = "docker-compose.yml") -> dict[str, Any]:
    (service,) = compose(name)["services"].values()
    return dict(service)


def is_ignored(path: str) -> bool:
    """Whether .dockerignore keeps `path` out of the build.

    The last pattern that matches it or a folder above it decides.
    """
    ignored = False
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    folders = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 2)]
    for line in (line.strip() for line in lines if line.strip() and not line.startswith("#")):
        pattern = line.removeprefix("!")
        names = [name.rpartition("/")[2] for name in folders] if pattern.startswith("**/") else folders
        if any(
            fnmatch.fnmatchcase(name, pattern.removeprefix("**/")) and ("/" not in name or pattern != "*")
            for name in names
        ):
            ignored = not line.startswith("!")
    return ignored


def test_image_runs_as_a_fixed_unprivileged_user() -> None:
    user, group = (int(number) for number in only("USER").argument.split(":"))
    assert user >= 10000
    assert group >= 10000
    keywords = [instruction.keyword for instruction in LAST_STAGE]
    assert "RUN" not in keywords[keywords.index("USER") :]


def test_nothing_is_fetched_but_by_pip() -> None:
    assert arguments("ADD") == []
    for command in arguments("RUN"):
        assert not re.search(r"\b(curl|wget|git|apt-get|apt)\b", command)
    for image in arguments("FROM"):
        assert image.split()[0] == "python:3.11-slim"


def test_copied_paths_exist_and_are_not_ignored() -> None:
    for argument in arguments("COPY"):
        *sources, _ = argument.split()
        if sources[0].startswith("--from="):
            continue
        for source in sources:
            # The form `NAME*` means: where there is one.
            found = source.endswith("*") or (ROOT / source).exists()
            assert found, f"{source} is not in the repository"
            assert not is_ignored(source.rstrip("/*")), f"{source} is ignored"


def test_every_install_obeys_the_constraints_and_the_build_argument() -> None:
    assert arguments("ARG") == ['PIP_OPTIONS=""', 'EXTRAS=""']
    installs = [command for command in arguments("RUN") if "pip install" in command]
    assert len(installs) == 2
    for command in installs:
        assert "--constraint constraints.txt" in command
        assert "pip install ${PIP_OPTIONS} " in command
    assert any("PIP_NO_CACHE_DIR=1" in argument for argument in arguments("ENV"))
    assert any(
        "pyproject.toml" in argument and "constraints.txt" in argument for argument in arguments("COPY")
    )


def test_entry_command_is_the_console_script() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    name, command = entry_command()
    assert name in scripts
    module, _, function = scripts[name].partition(":")
    imported = __import__(module, fromlist=[function])
    assert callable(getattr(imported, function))
    assert command in imported.COMMANDS


def test_ports_agree() -> None:
    port = image_environment()["INKLING_PORT"]
    assert only("EXPOSE").argument == port
    (published,) = inkling()["ports"]
    assert re.fullmatch(rf"127\.0\.0\.1:\$\{{PORT:-{port}\}}:{port}", published)
    assert f"127.0.0.1:{port}/livez" in inkling()["healthcheck"]["test"][-1]


def test_image_alone_refuses_to_serve_everybody() -> None:
    """Open to all is a choice made beside the port it is bound to, never in the image."""
    assert image_environment()["INKLING_HOST"] == "0.0.0.0"
    assert "INKLING_ALLOW_ANONYMOUS" not in image_environment()
    assert inkling()["environment"]["INKLING_ALLOW_ANONYMOUS"] == "true"


def test_compose_takes_every_privilege_away() -> None:
    service = inkling()
    assert service["read_only"] is True
    assert [mount.split(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "volumes", "user", "devices"} & set(service)
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["build"]["args"] == {"PIP_OPTIONS": "${PIP_OPTIONS:-}"}
    drain = Settings.model_fields["drain_seconds"].default
    assert int(service["stop_grace_period"].removesuffix("s")) > drain


def test_key_override_closes_the_service() -> None:
    environment = inkling("deploy/api-keys.yml")["environment"]
    (secret,) = inkling("deploy/api-keys.yml")["secrets"]
    assert environment["INKLING_ALLOW_ANONYMOUS"] == "false"
    assert environment["INKLING_API_KEYS"] == f"/run/secrets/{secret}"
    assert secret in compose("deploy/api-keys.yml")["secrets"]
    (volume,) = inkling("deploy/api-keys.yml")["volumes"]
    name, folder = volume.split(":")
    assert name in compose("deploy/api-keys.yml")["volumes"]
    assert Path(environment["INKLING_PROFILES"]).parent == Path(folder)
    assert f"-o 10001 -g 10001 {folder}" in (ROOT / "Dockerfile").read_text()
    assert list(compose("deploy/api-keys.yml")["services"]) == list(compose("docker-compose.yml")["services"])


@pytest.mark.parametrize("name", FILES)
def test_every_setting_named_exists(name: str) -> None:
    named = set(re.findall(r"INKLING_([A-Z_]+)", (ROOT / name).read_text()))
    assert named <= {field.upper() for field in Settings.model_fields}


@pytest.mark.parametrize("name", FILES)
def test_no_host_but_this_machine_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    assert set(re.findall(r"https?://([^/\s:'\"]+)", text)) <= {"127.0.0.1"}
    assert not re.search(r"\b[a-z0-9-]+\.(org|com|io|net|dev|cloud)\b", text)


@pytest.mark.parametrize(
    "path",
    [
        ".venv/bin/python",
        ".git/config",
        "tests/unit/test_text.py",
        "runs/1/loss.csv",
        ".env",
        "deploy/api-keys.txt",
        "models/__pycache__/text.cpython-311.pyc",
        "service/serve.log",
        "dist/inkling.whl",
    ],
)
def test_what_is_private_or_large_stays_out_of_the_build(path: str) -> None:
    assert is_ignored(path)


@pytest.mark.parametrize(
    "path",
    ["pyproject.toml", "constraints.txt", "README.md", "models/text/chunks.py", "service/static/index.html"],
)
def test_what_the_image_needs_goes_into_the_build(path: str) -> None:
    assert not is_ignored(path)


@contextmanager
def running(
    command: list[str], environment: dict[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` in `folder` with `environment` and nothing else of ours."""
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def status(url: str) -> int | None:
    """The HTTP status of `url`, or None while nobody listens."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.lengthy
def test_entry_and_health_commands_work_in_a_clean_environment(tmp_path: Path) -> None:
    """The image's own command, variables and health check, from an empty folder, with nothing inherited."""
    if not any((ROOT / "models" / "pretrained").glob("*/*.safetensors")):
        missing("no bundle in models/pretrained")
    binaries = str(Path(sys.executable).parent)
    command = entry_command()
    script = shutil.which(command[0], path=binaries)
    if script is None:
        missing(f"no {command[0]} in {binaries}: install the project into this environment")
    port = str(free_port())
    environment = {**image_environment(), **inkling()["environment"], "INKLING_PORT": port}
    environment["PATH"] = f"{binaries}{os.pathsep}{os.defpath}"
    health = [str(Path(binaries) / "python"), *health_command()[1:]]

    def is_healthy() -> bool:
        check = subprocess.run(
            health, env=environment, cwd=tmp_path, capture_output=True, timeout=10, check=False
        )
        return check.returncode == 0

    assert not is_healthy()
    with running([script, *command[1:]], environment, tmp_path) as process:
        deadline = time.monotonic() + START_SECONDS
        while (found := status(f"http://127.0.0.1:{port}/livez")) != 200:
            output = (tmp_path / "output.txt").read_text()
            assert process.poll() is None, output
            assert time.monotonic() < deadline, f"/livez gave {found} after {START_SECONDS} s: {output}"
            time.sleep(0.1)
        assert is_healthy()
    assert process.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["output.txt"]
