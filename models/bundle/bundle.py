"""A bundle: a folder with everything that a model needs to serve. It is checked before it is used.

manifest.json         format, versions, sizes, hashes, calibration, data card, licence
weights.safetensors   half precision
tokenizer.model       SentencePiece
names.bin             hashes of the names that are masked
phrases.safetensors   phrases that several people wrote (optional)
mailbox.safetensors   phrases of the mailbox to which the bundle was tuned (optional)
authors.safetensors   words and phrases that too few people wrote (optional)
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from inkling.models.bundle.folder import replace_files
from inkling.models.files.regular_file import read_regular
from inkling.models.files.whole_files import whole_file
from inkling.models.networks.config import NetworkConfig
from inkling.models.networks.shapes import parameter_shapes
from inkling.models.ngram.backoff import PhraseModel
from inkling.models.search.confidence import IDENTITY, Calibration
from inkling.models.search.rare_phrases import Authorship
from inkling.models.step import Floats
from inkling.models.text.masking import Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer

T = TypeVar("T")

FORMAT = "inkling-bundle"
FORMAT_VERSION = 6
MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
TOKENIZER = "tokenizer.model"
NAMES = "names.bin"
PHRASES = "phrases.safetensors"
MAILBOX = "mailbox.safetensors"
AUTHORS = "authors.safetensors"
NAME_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
_MAX_MANIFEST_BYTES = 1 << 20
_MAX_CARD_BYTES = _MAX_MANIFEST_BYTES * 3 // 4
_FILES = frozenset((MANIFEST, WEIGHTS, TOKENIZER, NAMES, PHRASES, MAILBOX, AUTHORS))


class BundleError(ValueError):
    """A bundle that must not be served; the message names the bundle and the reason, in one line."""


def check_name(name: str) -> str:
    """Return a bundle's name. Raises BundleError for a name that a manifest cannot hold."""
    if re.fullmatch(NAME_PATTERN, name) is None or not name.strip("."):
        raise BundleError(
            f"bundle name {name!r}: must be 1 to 64 letters, digits, '.', '_', '-'; give --name"
        )
    return name


def check_card(*parts: object) -> None:
    """Raise BundleError if a manifest cannot hold this data card or other text."""
    try:
        size = len(json.dumps(parts, ensure_ascii=False, indent=2).encode())
    except UnicodeEncodeError:
        raise BundleError("the data card or the licence is not valid Unicode") from None
    if size > _MAX_CARD_BYTES:
        raise BundleError(f"the data card is larger than {_MAX_CARD_BYTES:,} bytes: {size:,}")


class FileRecord(BaseModel):
    """What a file of the bundle must be."""

    model_config = ConfigDict(extra="forbid")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class PhraseRecord(BaseModel):
    """How the bundle's phrases are used: their weight in the mixture, and how many people wrote each."""

    model_config = ConfigDict(extra="forbid")
    weight: float = Field(ge=0.0, lt=1.0)
    least_authors: int = Field(ge=1)


class MailboxRecord(BaseModel):
    """How many people of the mailbox must have written a phrase before it is remembered."""

    model_config = ConfigDict(extra="forbid")
    least_authors: int = Field(ge=1)


class AuthorRecord(BaseModel):
    """How many people must have written a phrase before it may be suggested."""

    model_config = ConfigDict(extra="forbid")
    least_authors: int = Field(ge=1)


class Manifest(BaseModel):
    """The bundle's description of itself.

    `threshold` is the default `min_confidence`. `interruption_ms` is the default cost of reading a
    suggestion. `phrases`, `authors` and `mailbox` are None where the bundle has no such file. Format
    version 2 brought `phrases`, version 3 `authors`, version 4 `mailbox` and a calibration by length,
    version 5 further kinds of models, version 6 `languages`.
    `languages` are the codes (ISO 639) of those that the bundle has read; none where that is not known.
    `data_card` and `metrics` are for people.
    """

    model_config = ConfigDict(extra="forbid")
    format: str
    format_version: int
    name: str = Field(pattern=NAME_PATTERN)
    created: str
    inkling_version: str
    licence: str
    threshold: float = Field(ge=0.0, le=1.0)
    interruption_ms: float = Field(default=300.0, ge=0.0, le=10_000.0, allow_inf_nan=False)
    calibration: Calibration = IDENTITY
    phrases: PhraseRecord | None = None
    authors: AuthorRecord | None = None
    mailbox: MailboxRecord | None = None
    model: NetworkConfig
    parameters: int
    files: dict[str, FileRecord]
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...] = ()
    data_card: dict[str, Any]
    training: dict[str, Any]
    metrics: dict[str, Any]

    @property
    def digest(self) -> str:
        """Tells this bundle from any other, of the same name too: it holds the hashes of all files."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle, loaded; `weights` are float32, by their names in the model."""

    path: Path
    manifest: Manifest
    weights: Mapping[str, Floats]
    tokenizer: Tokenizer
    masker: Masker
    lexicon: NameLexicon
    phrases: PhraseModel | None = None
    authorship: Authorship | None = None
    mailbox: PhraseModel | None = None


def save_bundle(
    folder: Path,
    *,
    name: str,
    config: NetworkConfig,
    weights: Mapping[str, Floats],
    tokenizer: Tokenizer,
    lexicon: NameLexicon,
    created: str,
    inkling_version: str,
    licence: str,
    threshold: float,
    data_card: dict[str, Any],
    training: dict[str, Any],
    metrics: dict[str, Any],
    phrases: tuple[PhraseModel, PhraseRecord] | None = None,
    authorship: Authorship | None = None,
    mailbox: tuple[PhraseModel, MailboxRecord] | None = None,
    calibration: Calibration = IDENTITY,
    interruption_ms: float = 300.0,
    languages: Sequence[str] = (),
) -> Manifest:
    """Write a bundle into `folder`, weights as float16. An older bundle in `folder` is replaced.

    Raises BundleError if the weights or the data card do not fit, OSError if the bundle cannot be written.
    """
    with np.errstate(over="ignore"):
        halves = {key: np.ascontiguousarray(value, np.float16) for key, value in weights.items()}
    if not all(np.isfinite(value).all() for value in halves.values()):
        raise BundleError(f"bundle {name}: weights are not finite in half precision; nothing was written")
    contents = {WEIGHTS: save_tensors(halves), NAMES: lexicon.to_bytes(), TOKENIZER: tokenizer.to_bytes()}
    if phrases is not None:
        contents[PHRASES] = phrases[0].to_bytes()
    if mailbox is not None:
        contents[MAILBOX] = mailbox[0].to_bytes()
    if authorship is not None:
        contents[AUTHORS] = authorship.to_bytes()
    manifest = Manifest(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        name=name,
        created=created,
        inkling_version=inkling_version,
        licence=licence,
        threshold=threshold,
        interruption_ms=interruption_ms,
        calibration=calibration,
        phrases=None if phrases is None else phrases[1],
        authors=None if authorship is None else AuthorRecord(least_authors=authorship.least_authors),
        mailbox=None if mailbox is None else mailbox[1],
        model=config,
        parameters=sum(value.size for value in halves.values()),
        files={
            file: FileRecord(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
            for file, data in sorted(contents.items())
        },
        languages=tuple(languages),
        data_card=data_card,
        training=training,
        metrics=metrics,
    )
    replace_files(folder, {**contents, MANIFEST: _manifest_bytes(manifest)}, MANIFEST, _FILES)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest alone, to record new metrics or another threshold. Raises OSError."""
    data = _manifest_bytes(manifest)
    with whole_file(folder / MANIFEST) as partial:
        partial.write_bytes(data)


def _manifest_bytes(manifest: Manifest) -> bytes:
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False, sort_keys=False)
    data = f"{text}\n".encode()
    if len(data) > _MAX_MANIFEST_BYTES:
        raise BundleError(
            f"{MANIFEST} would be larger than {_MAX_MANIFEST_BYTES} bytes: shorten the data card"
        )
    return data


def read_manifest(folder: Path) -> Manifest:
    """Read and check a manifest; raises BundleError."""
    path = folder / MANIFEST
    try:
        oversized = path.stat().st_size > _MAX_MANIFEST_BYTES
        content = b"" if oversized else read_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(f"bundle {folder}: not a bundle, there is no {MANIFEST}") from None
    except OSError as error:
        raise BundleError(f"bundle {folder}: {MANIFEST} cannot be read: {error.strerror}") from None
    if oversized:
        raise BundleError(f"bundle {folder}: {MANIFEST} is larger than {_MAX_MANIFEST_BYTES} bytes")
    try:
        values = json.loads(content)
    except (ValueError, RecursionError):
        raise BundleError(f"bundle {folder}: {MANIFEST} is not JSON") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise BundleError(f"bundle {folder}: foreign format, not an Inkling bundle")
    version = values.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise BundleError(f"bundle {folder}: format_version is missing or not a positive number")
    if version > FORMAT_VERSION:
        raise BundleError(
            f"bundle {folder}: format version {version} is newer than {FORMAT_VERSION}, "
            "the newest that this Inkling reads; update Inkling"
        )
    try:
        return Manifest.model_validate(values)
    except ValidationError as error:
        raise BundleError(f"bundle {folder}: {MANIFEST}: {_complaint(error)}") from None


def _complaint(error: ValidationError) -> str:
    """The first thing that is wrong, in one line, with its field where it has one."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = first["loc"]
    if place[:1] == ("model",):
        place = place[:1] + place[2:]  # the kind of a model is no field of it
    # A name with a damaged character is no field of its own: the error then stands for the whole manifest.
    field = ".".join(map(str, place))
    text = f"{field}: {first['msg']}" if field else first["msg"]
    return "".join(one if one.isprintable() else "?" for one in text)


def load_bundle(folder: Path, *, remembering: bool = True) -> Bundle:
    """Verify every file against the manifest, then load; raises BundleError with name and reason.

    Tokenizer and masker remember words that they have seen, unless `remembering` is False. Where strangers
    share a model, how fast it answers one must not tell what another has written.
    """
    manifest = read_manifest(folder)
    try:
        return _load(folder, manifest, remembering=remembering)
    except BundleError:
        newer = read_manifest(folder)
        if newer == manifest:
            raise
        return _load(folder, newer, remembering=remembering)  # another bundle took its place meanwhile


def _load(folder: Path, manifest: Manifest, *, remembering: bool) -> Bundle:
    contents = {file: _verified(folder, manifest, file) for file in (WEIGHTS, TOKENIZER, NAMES)}
    try:
        tokenizer = Tokenizer(contents[TOKENIZER], remembering=remembering)
        lexicon = NameLexicon.from_bytes(contents[NAMES])
    except ValueError as error:
        raise BundleError(f"bundle {folder}: {error}") from None
    if tokenizer.vocabulary_size != manifest.model.vocabulary_size:
        raise BundleError(
            f"bundle {folder}: the tokenizer has {tokenizer.vocabulary_size} tokens, "
            f"the model {manifest.model.vocabulary_size}"
        )
    weights = load_weights(manifest.model, contents[WEIGHTS], f"bundle {folder}: {WEIGHTS}")
    return Bundle(
        folder,
        manifest,
        weights,
        tokenizer,
        Masker(lexicon, None if remembering else tokenizer.whole_words()),
        lexicon,
        None if manifest.phrases is None else _load_phrases(folder, manifest, PHRASES),
        _load_authorship(folder, manifest),
        None if manifest.mailbox is None else _load_phrases(folder, manifest, MAILBOX),
    )


def _load_phrases(folder: Path, manifest: Manifest, file: str) -> PhraseModel:
    phrases = _part(folder, manifest, file, PhraseModel.from_bytes)
    if phrases.vocabulary_size != manifest.model.vocabulary_size:
        raise BundleError(
            f"bundle {folder}: {file} is of {phrases.vocabulary_size} tokens, "
            f"the model has {manifest.model.vocabulary_size}"
        )
    return phrases


def _load_authorship(folder: Path, manifest: Manifest) -> Authorship | None:
    if manifest.authors is None:
        return None
    authorship = _part(folder, manifest, AUTHORS, Authorship.from_bytes)
    if authorship.least_authors != manifest.authors.least_authors:
        raise BundleError(
            f"bundle {folder}: {AUTHORS} is of {authorship.least_authors} authors, "
            f"the manifest says {manifest.authors.least_authors}"
        )
    return authorship


def _part(folder: Path, manifest: Manifest, file: str, read: Callable[[bytes], T]) -> T:
    """Check a file of the bundle and read it. A ValueError of `read` becomes a BundleError."""
    data = _verified(folder, manifest, file)
    try:
        return read(data)
    except ValueError as error:
        raise BundleError(f"bundle {folder}: {file}: {error}") from None


def _verified(folder: Path, manifest: Manifest, file: str) -> bytes:
    record = manifest.files.get(file)
    if record is None:
        raise BundleError(f"bundle {folder}: the manifest does not list {file}")
    try:
        data = read_regular(folder / file)
    except OSError as error:
        raise BundleError(f"bundle {folder}: {file} cannot be read: {error.strerror}") from None
    if len(data) != record.bytes:
        raise BundleError(f"bundle {folder}: {file} is damaged: {len(data)} bytes instead of {record.bytes}")
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise BundleError(f"bundle {folder}: {file} is damaged: its hash differs from the manifest's")
    return data


def load_weights(config: NetworkConfig, data: bytes, what: str) -> dict[str, Floats]:
    """Weights in float32 from safetensors.

    Raises BundleError, naming `what`, for wrong names, shapes or types, before memory is taken for a model.
    """
    try:
        weights = load_tensors(data)
    except SafetensorError:
        raise BundleError(f"{what}: not safetensors") from None
    expected = parameter_shapes(config)
    found = {name: tuple(value.shape) for name, value in weights.items()}
    if expected != found:
        name = sorted(set(expected.items()) ^ set(found.items()))[0][0]
        raise BundleError(f"{what}: tensor {name} is {found.get(name)}, the model needs {expected.get(name)}")
    if other := next((name for name, value in weights.items() if value.dtype.kind != "f"), None):
        raise BundleError(
            f"{what}: tensor {other} is of {weights[other].dtype}, not of floating-point numbers"
        )
    if not all(np.isfinite(value).all() for value in weights.values()):
        raise BundleError(f"{what}: holds numbers that are not finite")
    return {name: value.astype(np.float32) for name, value in weights.items()}
