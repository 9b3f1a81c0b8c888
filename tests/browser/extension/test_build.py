"""What `make extensions` writes."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.browser.extension.installed import BUILT, ROOT
from tests.missing import missing


def build(folder: Path) -> dict[str, bytes]:
    """The archives of a fresh build, by name."""
    if shutil.which("node") is None or not (ROOT / "widget" / "node_modules" / "esbuild").exists():
        missing("the widget's tools are not installed: run `make extensions`, which needs Node.js")
    subprocess.run(
        ["node", str(ROOT / "extensions" / "build.mjs"), str(folder)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {one.name: one.read_bytes() for one in (folder / "dist").iterdir()}


@pytest.mark.lengthy
def test_two_builds_have_the_same_bytes_and_no_word_of_this_machine(tmp_path: Path) -> None:
    first, second = build(tmp_path / "a"), build(tmp_path / "elsewhere" / "b")
    assert first == second
    assert {name.rpartition(".")[2] for name in first} == {"zip", "xpi"}
    for content in first.values():
        assert str(ROOT).encode() not in content
        assert str(tmp_path).encode() not in content


@pytest.mark.lengthy
def test_an_archive_can_be_read_and_is_what_was_built(tmp_path: Path) -> None:
    for name in build(tmp_path):
        folder = tmp_path / "build" / "webmail" / ("firefox" if name.endswith("xpi") else "chromium")
        with zipfile.ZipFile(tmp_path / "dist" / name) as archive:
            assert archive.testzip() is None
            for path in archive.namelist():
                assert archive.read(path) == (folder / path).read_bytes()
            assert sorted(archive.namelist()) == archive.namelist()
            assert {"manifest.json", "LICENSE", "background.js", "content.js"} <= set(archive.namelist())


def test_both_browsers_have_the_same_scripts() -> None:
    if not BUILT.is_dir():
        missing("the extension is not built: run `make extensions`, which needs Node.js")
    for file in BUILT.iterdir():
        if file.is_file() and file.name != "manifest.json":
            assert file.read_bytes() == (BUILT.parent / "firefox" / file.name).read_bytes()
