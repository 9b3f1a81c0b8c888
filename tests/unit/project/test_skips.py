"""A run that skips says so, and fails where it should have installed what was missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs.shipped import ROOT
from tests.skips import summary, unexpected

pytestmark = pytest.mark.lengthy


def run(folder: Path, reason: str, *, ci: bool) -> "subprocess.CompletedProcess[str]":
    (folder / "test_it.py").write_text(
        "import pytest\n"
        f"@pytest.mark.parametrize('n', range(3))\ndef test_a(n): pytest.skip({reason!r})\n"
        "def test_b(): pass\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "true" if ci else "false"}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.skips",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            ".",
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("reason", "ci", "code"),
    [
        ("no chromium on PATH", False, 0),
        ("no chromium on PATH", True, 1),
        ("no CUDA device on this machine", True, 0),
    ],
)
def test_a_run_says_what_it_skipped(tmp_path: Path, reason: str, ci: bool, code: int) -> None:
    result = run(tmp_path, reason, ci=ci)
    assert result.returncode == code, result.stdout
    assert f"3 skipped: {reason}" in result.stdout
    assert ("run: apt-get install chromium" in result.stdout) is ("chromium" in reason)
    assert ("must not be skipped here" in result.stdout) is (code == 1)


def test_reasons_are_grouped_and_the_most_frequent_come_first() -> None:
    lines = summary(["no curl", "x", "x"])
    assert [line.split("skipped: ")[1] for line in lines] == ["x", "no curl; run: apt-get install curl"]


def test_only_what_can_be_installed_is_unexpected() -> None:
    assert unexpected(["no CUDA device", "no openssl on PATH", "no openssl on PATH"]) == [
        "no openssl on PATH"
    ]
