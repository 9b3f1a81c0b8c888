"""Faults of storage and of processes, by the script that anybody can run."""

import json
from pathlib import Path

import pytest

from benchmarks.storage_faults import CASES, main
from tests.materials.bundles import make_bundle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc"),
]

_SLACK = "20"
"""Seconds are for the script; here only a hang fails, on the slowest machine."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_bundle(tmp_path_factory.mktemp("bundles") / "tiny"))


@pytest.mark.parametrize("case", CASES)
def test_what_must_hold_under_a_fault_holds(
    bundle: str, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--bundle", bundle, "--quick", "--slack", _SLACK, "--case", case])
    told = capsys.readouterr()
    assert ended.value.code == 0, told.err
    report = json.loads(told.out)
    assert len(report["rows"]) >= 3
    assert {row["case"] for row in report["rows"]} == {case}


def test_a_full_disk_is_stood_in_for_where_none_may_be_mounted(
    bundle: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SystemExit) as ended:
        main(["--bundle", bundle, "--quick", "--slack", _SLACK, "--case", "no room"])
    told = capsys.readouterr()
    assert ended.value.code == 0, told.err
    assert "RLIMIT_FSIZE" in json.loads(told.out)["disk"]


def test_what_does_not_hold_is_told_and_ends_in_1(bundle: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--bundle", bundle, "--quick", "--slack", "0", "--case", "deleted"])
    told = capsys.readouterr()
    assert ended.value.code == 1
    assert "FAILED" in told.err
    assert [row["passed"] for row in json.loads(told.out)["rows"]] == [False, True, True]
