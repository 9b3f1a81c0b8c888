"""The files of a bundle."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.fuzzing.target import Target
from inkling.models.bundle.bundle import MANIFEST, BundleError, load_bundle, load_weights, read_manifest
from inkling.models.networks.config import NetworkConfig
from inkling.models.ngram.backoff import PhraseModel
from inkling.models.search.rare_phrases import Authorship
from inkling.models.text.masking import NameLexicon
from inkling.models.text.tokenizer import Tokenizer
from tests.materials.bundles import make_bundle

_READERS: Mapping[str, Callable[[bytes, NetworkConfig], Any]] = {
    "weights.safetensors": lambda data, config: load_weights(config, data, "weights"),
    "tokenizer.model": lambda data, _: Tokenizer(data),
    "names.bin": lambda data, _: NameLexicon.from_bytes(data),
    "phrases.safetensors": lambda data, _: PhraseModel.from_bytes(data),
    "authors.safetensors": lambda data, _: Authorship.from_bytes(data),
}
"""What reads each file once its hash is known to be the manifest's."""


def manifest_target(folder: Path) -> Target:
    """The manifest of a small bundle, whose other files are whole."""
    bundle = _bundle(folder)
    changed = folder / "changed"
    shutil.copytree(bundle, changed, dirs_exist_ok=True)

    def parse(data: bytes) -> bool:
        (changed / MANIFEST).write_bytes(data)
        load_bundle(changed)
        return True

    return Target([(bundle / MANIFEST).read_bytes()], parse, (BundleError,))


def file_target(folder: Path, name: str) -> Target:
    """Another file of a small bundle, as if its hash were right. A ValueError becomes the bundle's error."""
    bundle = _bundle(folder)
    config, read = read_manifest(bundle).model, _READERS[name]

    def parse(data: bytes) -> bool:
        read(data, config)
        return True

    return Target([(bundle / name).read_bytes()], parse, (BundleError, ValueError))


def _bundle(folder: Path) -> Path:
    whole = folder / "bundle"
    if not whole.exists():
        make_bundle(whole, phrases=True, guarded=True)
    return whole
