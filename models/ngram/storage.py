"""Saving and loading an n-gram model as one safetensors file."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from inkling.models.files.regular_file import check_regular
from inkling.models.files.whole_files import whole_file
from inkling.models.ngram.kneser_ney import NgramLevel, NgramModel

_FORMAT = "inkling-ngram-1"


class NgramFileError(ValueError):
    """A file is not an n-gram model of this version, or is damaged; the message says which and why."""


def save_ngram(model: NgramModel, path: Path) -> None:
    """Write a model to `path`; the file is complete or not there at all. Raises OSError."""
    arrays: dict[str, NDArray[np.generic]] = {"unigram": model.unigram}
    for order, level in enumerate(model.levels, start=2):
        arrays[f"keys.{order}"] = level.keys
        arrays[f"shares.{order}"] = level.shares
        arrays[f"backoff.{order}"] = level.backoff
    description = {
        "format": _FORMAT,
        "order": str(model.order),
        "resets": json.dumps(model.resets),
        "tokenizer_digest": model.tokenizer_digest,
    }
    with whole_file(path) as partial:
        save_file(arrays, partial, metadata=description)


def load_ngram(path: Path) -> NgramModel:
    """Read a model written by `save_ngram`.

    Raises:
        NgramFileError: the file is missing, of another kind or version, or damaged.
    """
    try:
        check_regular(path)
        with safe_open(path, framework="numpy") as file:
            description = file.metadata() or {}
            if description.get("format") != _FORMAT:
                raise NgramFileError(f"{path} is not an n-gram model of this version: train it again")
            order = int(description["order"])
            resets = [int(token) for token in json.loads(description["resets"])]
            unigram: NDArray[np.float64] = file.get_tensor("unigram")
            levels = [
                NgramLevel(*(file.get_tensor(f"{name}.{n}") for name in ("keys", "shares", "backoff")))
                for n in range(2, order + 1)
            ]
    except OSError as error:
        raise NgramFileError(f"cannot read the n-gram model {path}: {error.strerror or error}") from error
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise NgramFileError(f"{path} is damaged or not an n-gram model: train it again") from error
    if not _is_consistent(unigram, levels, resets):
        raise NgramFileError(f"{path} is damaged: its tables do not fit each other; train it again")
    return NgramModel(
        unigram, levels, resets=resets, tokenizer_digest=description.get("tokenizer_digest", "")
    )


def _is_consistent(unigram: NDArray[np.float64], levels: list[NgramLevel], resets: list[int]) -> bool:
    size = unigram.size
    if unigram.ndim != 1 or not size or not levels or not bool(np.all(unigram > 0)):
        return False
    contexts = size
    for level in levels:
        keys = level.keys
        if keys.ndim != 1 or keys.dtype != np.int64 or level.shares.shape != keys.shape:
            return False
        if level.backoff.shape != (contexts,):
            return False
        if keys.size and (keys[0] < 0 or keys[-1] >= contexts * size or bool(np.any(np.diff(keys) <= 0))):
            return False
        contexts = keys.size
    return all(0 <= token < size for token in resets)
