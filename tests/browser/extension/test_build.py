"""What `make extensions` writes."""

import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.browser.extension.installed import BUILT, ROOT
from tests.missing import missing

FOLDERS = {
    "webmail-chromium": "webmail/chromium",
    "webmail-firefox": "webmail/firefox",
    "thunderbird": "thunderbird",
    "roundcube": "roundcube",
}
"""By a part of an archive's name, what it is made of."""


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
    assert {name.rpartition(".")[2] for name in first} == {"zip", "xpi", "gz"}
    for content in first.values():
        assert str(ROOT).encode() not in content
        assert str(tmp_path).encode() not in content


@pytest.mark.lengthy
def test_an_archive_can_be_read_and_is_what_was_built(tmp_path: Path) -> None:
    names = build(tmp_path)
    assert len(names) == 4
    for name in names:
        folder = tmp_path / "build" / next(part for key, part in FOLDERS.items() if key in name)
        found = members(tmp_path / "dist" / name)
        for path, content in found.items():
            assert content == (folder / path).read_bytes()
        assert sorted(found) == list(found)
        assert any(path.endswith("LICENSE") for path in found)
        if "roundcube" in name:
            assert {"inkling/inkling.php", "inkling/inkling.min.js", "inkling/composer.json"} <= set(found)
        else:
            assert {"manifest.json", "background.js", "options.js"} <= set(found)


def members(archive: Path) -> dict[str, bytes]:
    """The files of an archive, in its order."""
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as opened:
            files = {one.name: opened.extractfile(one) for one in opened}
            return {name: file.read() for name, file in files.items() if file is not None}
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def test_both_browsers_have_the_same_scripts() -> None:
    if not BUILT.is_dir():
        missing("the extension is not built: run `make extensions`, which needs Node.js")
    for file in BUILT.iterdir():
        if file.is_file() and file.name != "manifest.json":
            assert file.read_bytes() == (BUILT.parent / "firefox" / file.name).read_bytes()
