"""A bundle is kept as it was, whatever becomes of its folder."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import BundleError, load_bundle, read_manifest
from inkling.models.files.regular_file import open_regular
from inkling.service.engine.client import kept_bundle
from inkling.service.engine.client.kept_bundle import KeptBundle
from tests.materials.bundles import make_bundle


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return make_bundle(folder / "first"), make_bundle(folder / "second", phrases=True)


@pytest.fixture
def source(tmp_path: Path, bundles: tuple[Path, Path]) -> Path:
    return Path(shutil.copytree(bundles[0], tmp_path / "served"))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_copy_is_whole_and_stays_as_it_was(
    source: Path, bundles: tuple[Path, Path], temporary: Path
) -> None:
    kept = KeptBundle(source)
    assert kept.why_not == ""
    assert kept.digest == read_manifest(bundles[0]).digest
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    for file in bundles[1].iterdir():  # written over, not replaced
        (source / file.name).write_bytes(file.read_bytes())
    assert load_bundle(kept.folder).manifest == load_bundle(bundles[0]).manifest
    shutil.rmtree(source)
    assert load_bundle(kept.folder).manifest.digest == kept.digest
    assert kept.public(f"bundle {kept.folder}: damaged") == f"bundle {source}: damaged"
    kept.remove()
    kept.remove()
    assert list(temporary.iterdir()) == []


def test_a_copy_is_gone_when_nobody_needs_it(source: Path, temporary: Path) -> None:
    kept = KeptBundle(source)
    assert len(list(temporary.iterdir())) == 1
    del kept
    assert list(temporary.iterdir()) == []


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not a bundle"):
        KeptBundle(tmp_path)


def test_without_room_the_bundle_itself_is_read(
    source: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_reading: object, _writing: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfileobj", full)
        kept = KeptBundle(source)
    assert kept.folder == source
    assert "space" in kept.why_not
    assert kept.digest == read_manifest(source).digest
    assert list(temporary.iterdir()) == []
    kept.remove()
    assert source.exists()


def test_a_copy_that_somebody_removed_is_not_read(source: Path) -> None:
    kept = KeptBundle(source)
    shutil.rmtree(kept.folder)
    assert kept.folder == source


def test_a_bundle_that_changes_meanwhile_is_copied_again(
    source: Path, bundles: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def open_slowly(path: Path) -> int:
        seen.append(path)
        if len(seen) == 2:
            for file in bundles[1].iterdir():
                (source / file.name).write_bytes(file.read_bytes())
        return open_regular(path)

    monkeypatch.setattr(kept_bundle, "open_regular", open_slowly)
    kept = KeptBundle(source)
    assert load_bundle(kept.folder).manifest == read_manifest(bundles[1])
    assert kept.digest == read_manifest(bundles[1]).digest


def test_the_copy_of_a_killed_service_is_removed_and_that_of_a_living_one_stays(
    source: Path, temporary: Path
) -> None:
    living = KeptBundle(source)
    program = (
        "import sys, tempfile\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "from pathlib import Path\n"
        "from inkling.service.engine.client.kept_bundle import KeptBundle\n"
        "kept = KeptBundle(Path(sys.argv[2]))\n"
        "print(kept.folder, flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(temporary), str(source)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        assert process.stdout is not None
        forsaken = Path(process.stdout.readline().strip())
        assert {forsaken, living.folder} == set(temporary.iterdir())
        process.send_signal(signal.SIGKILL)
    assert forsaken.exists()
    newer = KeptBundle(source)
    assert {newer.folder, living.folder} == set(temporary.iterdir())
