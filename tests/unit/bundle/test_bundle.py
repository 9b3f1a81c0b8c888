"""A bundle that is not exactly what its manifest says is refused by name and reason."""

import contextlib
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from inkling.models.bundle.bundle import (
    AUTHORS,
    MAILBOX,
    MANIFEST,
    NAMES,
    PHRASES,
    TOKENIZER,
    WEIGHTS,
    BundleError,
    check_name,
    load_bundle,
)
from inkling.models.bundle.folder import exchange
from inkling.models.completer.loading import load_completer
from inkling.models.networks.config import parse_network
from inkling.models.networks.language_model import make_language_model, restore_language_model
from inkling.models.networks.shapes import parameter_shapes
from inkling.models.ngram.pruning import estimate_phrases
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.rare_phrases import estimate_authorship
from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.masking import NameLexicon
from tests.materials.bundles import make_bundle
from tests.materials.networks import EVERY_KIND


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "tiny"))


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads((folder / MANIFEST).read_text())
    change(values)
    (folder / MANIFEST).write_text(json.dumps(values))


def rehash(folder: Path, file: str) -> None:
    data = (folder / file).read_bytes()
    record = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    edit_manifest(folder, lambda values: values["files"].update({file: record}))


def test_an_intact_bundle_loads(folder: Path) -> None:
    bundle = load_bundle(folder)
    assert bundle.manifest.name == "tiny"
    assert bundle.manifest.parameters == sum(value.size for value in bundle.weights.values())
    assert all(value.dtype == np.float32 for value in bundle.weights.values())
    assert load_file(folder / WEIGHTS)["embedding.weight"].dtype == np.float16
    assert bundle.masker.mask("Dana,") != ("Dana,",)


LOGISTIC = {"kind": "logistic", "alone": [{}, {}, {}], "with_profile": [{}, {}, {}]}


@pytest.mark.parametrize("file", [WEIGHTS, TOKENIZER, NAMES])
def test_one_flipped_bit_is_found(folder: Path, file: str) -> None:
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / file).write_bytes(data)
    with pytest.raises(BundleError, match=f"{file} is damaged: its hash"):
        load_bundle(folder)


@pytest.mark.parametrize("file", [WEIGHTS, TOKENIZER, NAMES])
def test_a_truncated_or_missing_file_is_found(folder: Path, file: str) -> None:
    data = (folder / file).read_bytes()
    (folder / file).write_bytes(data[:-1])
    with pytest.raises(BundleError, match=f"{file} is damaged: {len(data) - 1} bytes instead of {len(data)}"):
        load_bundle(folder)
    (folder / file).unlink()
    with pytest.raises(BundleError, match=f"{file} cannot be read"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda v: v.update(format="other"), "foreign format"),
        (lambda v: v.update(format_version=7), "newer than 6"),
        (lambda v: v.update(languages=["English"]), "languages"),
        (lambda v: v.update(format_version=0), "format_version"),
        (lambda v: v.update(format_version="1"), "format_version"),
        (lambda v: v.update(threshold=1.5), "threshold"),
        (lambda v: v.update(surprise=1), "surprise"),
        (lambda v: v.update({"sur\nprise": 1}), "sur.prise"),
        (lambda v: v.update({"sur\ud800prise": 1}), "valid string"),
        (lambda v: v.update(name="../evil"), "name"),
        (lambda v: v["model"].update(cell="mamba"), "model.cell"),
        (lambda v: v["model"].update(hidden_size=7), "tensor"),
        (lambda v: v["model"].update(hidden_size=8192, layers=64), "tensor"),
        (lambda v: v["model"].update(vocabulary_size=9000), "tokenizer has"),
        (lambda v: v["files"].pop(WEIGHTS), "does not list"),
        (lambda v: v["files"][WEIGHTS].update(sha256="0" * 64), "hash differs"),
        (lambda v: v.update(calibration={"kind": "isotonic"}), "calibration.kind"),
        (lambda v: v.update(calibration={"kind": "logistic"}), "has 3 curves"),
        (lambda v: v.update(calibration=LOGISTIC | {"kind": "length"}), "has 2 curves"),
        (
            lambda v: v.update(calibration=LOGISTIC | {"alone": 3 * [{"per_character": -0.1}]}),
            "per_character",
        ),
        (lambda v: v.update(calibration=LOGISTIC | {"alone": 3 * [{"slope": 0}]}), "slope"),
        (lambda v: v.update(calibration=LOGISTIC | {"alone": 3 * [{"slope": "NaN"}]}), "slope"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    edit_manifest(folder, change)
    with pytest.raises(BundleError, match=reason) as caught:
        load_bundle(folder)
    assert str(caught.value).startswith(f"bundle {folder}: ")
    assert "\n" not in str(caught.value)


def test_no_manifest_not_json_or_huge(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=f"there is no {MANIFEST}"):
        load_bundle(tmp_path)
    (folder / MANIFEST).write_text("{")
    with pytest.raises(BundleError, match="not JSON"):
        load_bundle(folder)
    (folder / MANIFEST).write_bytes(b"\xff\xfe" * 10)
    with pytest.raises(BundleError, match="not JSON"):
        load_bundle(folder)
    (folder / MANIFEST).write_text("[" * 100_000)
    with pytest.raises(BundleError, match="not JSON"):
        load_bundle(folder)
    (folder / MANIFEST).write_text(" " * (1 << 21))
    with pytest.raises(BundleError, match="larger than"):
        load_bundle(folder)


def test_foreign_weights_with_a_right_hash_are_refused(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    save_file({**weights, "extra": np.zeros(1, np.float16)}, folder / WEIGHTS)
    rehash(folder, WEIGHTS)
    with pytest.raises(BundleError, match="tensor extra"):
        load_bundle(folder)
    weights["output_bias"][0] = float("nan")
    save_file(weights, folder / WEIGHTS)
    rehash(folder, WEIGHTS)
    with pytest.raises(BundleError, match="not finite"):
        load_bundle(folder)
    weights["output_bias"] = np.zeros(len(weights["output_bias"]), np.int64)
    save_file(weights, folder / WEIGHTS)
    rehash(folder, WEIGHTS)
    with pytest.raises(BundleError, match="output_bias is of int64"):
        load_bundle(folder)
    (folder / WEIGHTS).write_bytes(b"\x80\x04pickle")
    rehash(folder, WEIGHTS)
    with pytest.raises(BundleError, match="not safetensors"):
        load_bundle(folder)


def test_weights_too_large_for_half_precision_are_not_written(tmp_path: Path) -> None:
    def ruin(model: torch.nn.Module) -> None:
        with torch.no_grad():
            next(model.parameters()).fill_(1e6)

    with pytest.raises(BundleError, match="not finite in half precision"):
        make_bundle(tmp_path / "large", change=ruin)
    assert not (tmp_path / "large" / MANIFEST).exists()


@pytest.mark.lengthy
@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("layers", [1, 3])
def test_the_shapes_that_are_expected_are_the_models_own(kind: str, layers: int) -> None:
    config = parse_network({**EVERY_KIND[kind], "vocabulary_size": 300, "layers": layers})
    model = make_language_model(config)
    assert parameter_shapes(config) == {name: value.shape for name, value in model.arrays().items()}
    again = restore_language_model(config, model.arrays())
    assert all(np.array_equal(again.arrays()[name], value) for name, value in model.arrays().items())


def test_a_manifest_of_before_there_were_kinds_is_of_a_recurrent_model(folder: Path) -> None:
    before = load_bundle(folder).manifest.model
    assert before.kind == "recurrent"
    edit_manifest(folder, lambda values: [values["model"].pop(name) for name in ("kind", "residual")])
    edit_manifest(folder, lambda values: values.update(format_version=4))
    assert load_bundle(folder).manifest.model == before


def test_phrases_travel_with_the_bundle_and_are_mixed_in(tmp_path: Path) -> None:
    plain, mixed = make_bundle(tmp_path / "plain"), make_bundle(tmp_path / "mixed", phrases=True)
    bundle = load_bundle(mixed)
    assert bundle.phrases is not None
    assert bundle.phrases.grams > 100
    assert load_bundle(plain).phrases is None
    found = []
    for folder in (plain, mixed):
        completer = load_completer(load_bundle(folder), "cpu")
        options = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
        searching = completer.complete(Draft("Thank you for your hel"), options)
        found.append(finish(completer.run, searching).suggestions)
    assert found[0] != found[1]
    assert found[1][0].text.startswith("p")  # what both authors wrote


def test_phrases_of_a_mailbox_travel_with_the_bundle_and_are_mixed_in(tmp_path: Path) -> None:
    plain = make_bundle(tmp_path / "plain", phrases=True)
    own = make_bundle(tmp_path / "own", phrases=True, mailbox=["Please water the beehives on Sunday."] * 20)
    assert load_bundle(plain).mailbox is None
    bundle = load_bundle(own)
    assert bundle.mailbox is not None
    assert bundle.manifest.mailbox is not None
    assert bundle.manifest.mailbox.least_authors == 1
    completer = load_completer(bundle, "cpu")
    options = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
    searching = completer.complete(Draft("Please wat"), options)
    assert finish(completer.run, searching).suggestions[0].text.startswith("er the")
    (own / MAILBOX).write_bytes(b"x")
    with pytest.raises(BundleError, match=MAILBOX):
        load_bundle(own)


def test_phrases_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "mixed", phrases=True)
    data = (folder / PHRASES).read_bytes()
    (folder / PHRASES).write_bytes(data[:-1])
    with pytest.raises(BundleError, match="damaged"):
        load_bundle(folder)
    rehash(folder, PHRASES)
    with pytest.raises(BundleError, match="no phrases"):
        load_bundle(folder)
    (folder / PHRASES).write_bytes(estimate_phrases([[1, 2, 1, 2]], [0], vocabulary_size=9).to_bytes())
    rehash(folder, PHRASES)
    with pytest.raises(BundleError, match="of 9 tokens"):
        load_bundle(folder)
    edit_manifest(folder, lambda values: values["files"].pop(PHRASES))
    with pytest.raises(BundleError, match="does not list"):
        load_bundle(folder)


def test_authorship_travels_with_the_bundle_and_decides(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "guarded", guarded=True)
    bundle = load_bundle(folder)
    assert bundle.authorship is not None
    assert bundle.manifest.authors is not None
    assert bundle.manifest.authors.least_authors == 2
    assert load_bundle(make_bundle(tmp_path / "plain")).authorship is None
    # Nobody's words are suggested by a bundle that knows none.
    completer = load_completer(bundle, "cpu")
    options = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
    searching = completer.complete(Draft(""), options)
    assert list(finish(completer.run, searching).suggestions) == []


def test_authorship_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "guarded", guarded=True)
    (folder / AUTHORS).write_bytes(b"nothing")
    rehash(folder, AUTHORS)
    with pytest.raises(BundleError, match="no authorship"):
        load_bundle(folder)
    (folder / AUTHORS).write_bytes(estimate_authorship([], [], least_authors=5).to_bytes())
    rehash(folder, AUTHORS)
    with pytest.raises(BundleError, match="of 5 authors"):
        load_bundle(folder)


def test_whoever_reads_while_a_bundle_is_replaced_finds_the_old_one_or_the_new_one(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / PHRASES).write_bytes(b"of an older bundle")
    folder.chmod(0o750)
    ended = threading.Event()
    failures: list[BundleError] = []

    def watch() -> None:
        while not ended.is_set():
            try:
                load_bundle(folder)
            except BundleError as error:
                failures.append(error)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for seed in range(6):
        make_bundle(folder, seed=seed)
    ended.set()
    watcher.join()
    assert failures == []
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / PHRASES).exists()
    assert folder.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


class Killed(BaseException):
    """As if the process ended here."""


@pytest.mark.parametrize("point", range(1, 12))
def test_a_killed_writer_leaves_the_old_bundle_or_the_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    (folder / "notes.txt").write_text("mine")
    with monkeypatch.context() as patch:
        calls = 0

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls >= point:  # nothing more is done, not even to clear up
                    raise Killed
                return real(*arguments, **options)

            return call

        patch.setattr(os, "replace", counted(os.replace))
        patch.setattr(os, "fsync", counted(os.fsync))
        patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
        patch.setattr("inkling.models.bundle.folder.exchange", counted(exchange))
        with contextlib.suppress(Killed):
            make_bundle(folder, seed=8)
    load_bundle(folder)
    make_bundle(folder, seed=9)
    load_bundle(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_without_an_exchange_of_folders_the_files_are_replaced_one_by_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object) -> None:
        raise OSError("no such call")

    monkeypatch.setattr("inkling.models.bundle.folder.exchange", refused)
    (folder / PHRASES).write_bytes(b"of an older bundle")
    (folder / "notes.txt").write_text("mine")
    make_bundle(folder, phrases=True)
    assert load_bundle(folder).phrases is not None
    make_bundle(folder)
    assert not (folder / PHRASES).exists()
    assert (folder / "notes.txt").read_text() == "mine"


def test_behind_a_link_the_folder_is_replaced_and_the_link_stays(folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder.name)
    make_bundle(link, seed=8)
    assert link.is_symlink()
    assert load_bundle(folder).manifest == load_bundle(link).manifest
    assert load_bundle(folder).manifest.name == "link"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["link", "tiny"]


@pytest.mark.parametrize("name", [".", "..", "...", "", "a b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match="--name"):
        check_name(name)


def test_a_service_remembers_no_word_that_somebody_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time of an answer would tell whether another has written a word."""
    folder = make_bundle(tmp_path / "tiny")
    looked: list[str] = []

    def contains(_lexicon: NameLexicon, word: str) -> bool:
        looked.append(word)
        return False

    monkeypatch.setattr(NameLexicon, "contains", contains)
    for remembering, most in ((True, 1), (False, 2)):
        bundle = load_bundle(folder, remembering=remembering)
        encoded = []
        looked.clear()
        for _ in range(2):
            encoded.append(bundle.tokenizer.encode_chunk(" Zanzibar", line_start=False, masker=bundle.masker))
        assert looked.count("Zanzibar") == most
        assert encoded[0] == encoded[1]
        assert hasattr(bundle.tokenizer._encode_word, "cache_info") is remembering
