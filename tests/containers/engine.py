"""The container engine that tests use."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.missing import missing

ROOT = Path(__file__).parents[2]
PIP_OPTIONS = f"PIP_OPTIONS={os.environ.get('PIP_OPTIONS', '')}"


def docker(*arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    """What a docker command did, its output and errors together."""
    return _run(["docker", *arguments], stdin)


def done(*arguments: str, stdin: str | None = None) -> str:
    """The output of a docker command that must succeed."""
    return _checked(docker(*arguments, stdin=stdin))


def compose(*arguments: str, **variables: str) -> str:
    """The output of a Compose command that must succeed, by the plugin or the older program."""
    plugin = docker("compose", "version").returncode == 0
    program = ["docker", "compose"] if plugin else ["docker-compose"]
    return _checked(_run([*program, *arguments], None, variables))


def needs_engine() -> None:
    """Skip the test where no engine answers."""
    if shutil.which("docker") is None or docker("info").returncode:
        missing("no container engine answers: install docker, or set DOCKER_HOST")


def needs_compose() -> None:
    """Skip the test where there is no Compose either."""
    needs_engine()
    if docker("compose", "version").returncode and shutil.which("docker-compose") is None:
        missing("docker compose is not installed")


def build(tag: str, *options: str) -> None:
    """Build the image under a name."""
    done("build", "--network", "host", "--build-arg", PIP_OPTIONS, *options, "--tag", tag, str(ROOT))


def _run(
    command: list[str], stdin: str | None, variables: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
        check=False,
        env=os.environ | (variables or {}),
    )


def _checked(result: "subprocess.CompletedProcess[str]") -> str:
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout
