"""A file is written whole or not at all. Any obstacle is an OSError."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from inkling.models.files.whole_files import whole_file
from inkling.models.ngram import estimate, save_ngram


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes, which fails as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_what_safetensors_cannot_write_is_an_oserror_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_text("old")
    with full_disk(1000), pytest.raises(OSError, match="weights cannot be written"), whole_file(path) as new:
        save_file({"a": np.zeros(10_000)}, new)
    assert [one.name for one in tmp_path.iterdir()] == ["weights"]
    assert path.read_text() == "old"


def test_an_interrupt_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_text("old")

    def interrupted() -> None:
        with whole_file(path) as new:
            new.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [one.name for one in tmp_path.iterdir()] == ["weights"]
    assert path.read_text() == "old"


def test_a_baseline_that_does_not_fit_is_an_oserror(tmp_path: Path) -> None:
    model = estimate([list(range(200))] * 3, vocabulary_size=300, tokenizer_digest="x")
    with full_disk(1000), pytest.raises(OSError, match="5gram"):
        save_ngram(model, tmp_path / "5gram")
    assert list(tmp_path.iterdir()) == []
