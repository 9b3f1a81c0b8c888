"""Files named by a path: a pipe, a device or a folder is refused at once, wherever one is read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import (
    AUTHORS,
    MANIFEST,
    NAMES,
    PHRASES,
    TOKENIZER,
    WEIGHTS,
    BundleError,
    load_bundle,
)
from inkling.models.files.regular_file import check_regular, read_regular
from inkling.models.networks.config import ConfigError
from inkling.models.ngram.storage import NgramFileError, load_ngram
from inkling.models.search.word_filter import WordListError, default_filter
from inkling.service.cli.train_command import _read_card, _read_config
from tests.materials.bundles import make_bundle


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_regular_file_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link") == b"content"
    check_regular(tmp_path / "link")


def test_nothing_is_left_open(pipe: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = os.listdir("/proc/self/fd")
    for path in (pipe, tmp_path, Path("/dev/zero"), tmp_path / "none"):
        with pytest.raises(OSError):  # noqa: PT011 - each of its kinds
            read_regular(path)
    check_regular(tmp_path / "file")
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize(
    ("read", "failure"),
    [
        (default_filter, WordListError),
        (load_ngram, NgramFileError),
        (_read_card, ConfigError),
        (lambda path: _read_config(path, {}, {}), ConfigError),
    ],
)
def test_every_reader_refuses_a_pipe(
    pipe: Path, read: Callable[[Path], object], failure: type[Exception]
) -> None:
    with pytest.raises(failure) as caught:
        read(pipe)
    assert str(pipe) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", [MANIFEST, WEIGHTS, TOKENIZER, NAMES, PHRASES, AUTHORS])
def test_a_bundle_with_a_pipe_or_a_folder_in_it_is_refused(tmp_path: Path, file: str) -> None:
    folder = make_bundle(tmp_path / "tiny", phrases=True, guarded=True)
    path = folder / file
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BundleError, match=f"{file} cannot be read: not a regular file"):
        load_bundle(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(BundleError, match=f"{file} cannot be read"):
        load_bundle(folder)


def test_a_word_list_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("\ufeffgrommet\n", encoding="utf-8")
    assert not default_filter(path).for_draft("")("grommet")
