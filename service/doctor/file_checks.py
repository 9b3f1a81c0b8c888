"""Whether the files that the settings name can be used: the bundle, keys, secrets, words, profiles."""

import importlib.util
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inkling.models.bundle.bundle import BundleError, load_bundle, read_manifest
from inkling.models.files.writable import check_writable
from inkling.models.runtime.coverage import uncovered
from inkling.models.runtime.device import may_have_cuda
from inkling.models.search.word_filter import WordListError, default_filter
from inkling.service.doctor.finding import Finding, broken, doubtful, well
from inkling.service.http.access.api_keys import load_api_keys
from inkling.service.http.access.page_tokens import load_token_secrets
from inkling.service.http.access.secret_file import SecretFileError
from inkling.service.monitoring.trace_export import TracingError, exporters_named
from inkling.service.profiles.database import OPEN_TO_OTHERS, foreign_format
from inkling.service.settings import Settings, SettingsError, bundle_path, knows_users, profiles_path

_MEBIBYTE = 1 << 20
_INSTALL = "run pip install 'inkling[torch]'"
_LEAST_ROOM, _GOOD_ROOM = 16 * _MEBIBYTE, 256 * _MEBIBYTE


def check_bundle(settings: Settings) -> Finding:
    """Whether the bundle is whole: every hash, version and shape."""
    try:
        folder = bundle_path(settings)
        manifest = load_bundle(folder, remembering=False).manifest
    except (BundleError, SettingsError, OSError) as error:
        return broken(str(error), "name a whole bundle with --bundle, or install this one again")
    size = sum(record.bytes for record in manifest.files.values()) / 1e6
    return well(f"{manifest.name} in {folder} is intact, {size:.1f} MB")


def check_runtime(settings: Settings) -> Finding:
    """Whether the library and the device that compute are there."""
    if settings.device == "cuda" and not may_have_cuda():
        return broken("--device cuda is asked for, and this machine shows no CUDA device", "say --device cpu")
    if (left_out := _left_out(settings)) is not None:
        if importlib.util.find_spec("torch") is None:
            return broken(
                f"the bundle is {left_out}, which torch computes, and torch is not installed", _INSTALL
            )
        if settings.runtime == "onnx":
            return broken(f"the bundle is {left_out}, which torch computes", "leave out --runtime onnx")
        return well(f"torch computes, for the bundle is {left_out}")
    if settings.device == "cuda" or settings.runtime == "torch":
        if importlib.util.find_spec("torch") is None:
            return broken("torch computes, and is not installed", _INSTALL)
        return well("torch computes")
    if settings.device == "auto" and settings.runtime == "auto" and may_have_cuda():
        return well("torch computes where it finds a CUDA device, else ONNX Runtime")
    return well("ONNX Runtime computes")


def _left_out(settings: Settings) -> str | None:
    """What of the bundle the int8 runtime does not compute; None for a bundle that cannot be read, too."""
    try:
        return uncovered(read_manifest(bundle_path(settings)).model)
    except (BundleError, SettingsError, OSError):
        return None


def check_keys(settings: Settings) -> Finding:
    """Whether the file of API keys can be used."""
    if settings.api_keys is None:
        return well("no API keys are asked for")
    return _secrets(settings.api_keys, load_api_keys, "API keys")


def check_secrets(settings: Settings) -> Finding:
    """Whether the file of token secrets can be used."""
    if settings.token_secrets is None:
        return well("no tokens are given")
    return _secrets(settings.token_secrets, load_token_secrets, "token secrets")


def _secrets(path: Path, load: Callable[[Path], Any], what: str) -> Finding:
    try:
        held = load(path)
    except SecretFileError as error:
        return broken(str(error), f"mend the file of {what}; the deployment guide shows its lines")
    return well(f"{path} holds {len(held)} {what}")


def check_words(settings: Settings) -> Finding:
    """Whether the list of words that are never suggested can be read."""
    try:
        default_filter(settings.blocked_words)
    except WordListError as error:
        return broken(str(error), "name a file of words, one a line, with --blocked-words")
    return well(f"{settings.blocked_words or 'the list that ships'} can be read")


def check_traces(settings: Settings) -> Finding:
    """Whether the spans that are asked for can be made, and sent somewhere."""
    if not settings.traces:
        return well("no spans are made")
    try:
        exporters_named()
    except TracingError as error:
        return broken(str(error), "or leave out --traces")
    return well("spans go where OTEL_TRACES_EXPORTER says")


def check_profiles(settings: Settings) -> Finding:
    """Whether what users let it learn can be kept, by this user and for no other to read."""
    if not knows_users(settings):
        return well("none are kept: everybody could claim to be anybody")
    if settings.redis_profiles is not None:
        return well("they are kept in the Redis of --redis-profiles")
    path = profiles_path(settings)
    try:
        if path.exists():
            return _kept_profiles(path)
        _check_new(path)
    except OSError as error:
        found, remedy = (
            f"profiles cannot be kept: {error}",
            "name a file that this user can write: --profiles",
        )
        # A file that nobody named is made only when there is something to keep.
        return broken(found, remedy) if settings.profiles is not None else doubtful(found, remedy)
    return well(f"{path} can be made when there is something to keep")


def _kept_profiles(path: Path) -> Finding:
    with open(path, "r+b") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            return broken(f"{path} is no file", "name another one with --profiles")
        if found := foreign_format(file.read(100)):
            return broken(f"{path} {found}", "update Inkling, or name another file with --profiles")
    check_writable(path.parent)  # SQLite writes files beside it
    if mode & OPEN_TO_OTHERS:
        return doubtful(f"{path} is open to other users of this machine", f"run chmod 600 {path}")
    return well(f"{path} can be written, and only its owner can read it")


def _check_new(path: Path) -> None:
    folder = _existing(path.parent)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    check_writable(folder)


def check_disk(settings: Settings) -> Finding:
    """Whether there is room for what users let it learn."""
    if not knows_users(settings):
        return well("nothing is written")
    if settings.redis_profiles is not None:
        return well("nothing is written on this machine")
    folder = _existing(profiles_path(settings).parent)
    free = shutil.disk_usage(folder).free
    told = f"{free // _MEBIBYTE:,} MiB are free in {folder}"
    if free < _LEAST_ROOM:
        return broken(f"{told}: messages cannot be learned", "make room, or name another place: --profiles")
    if free < _GOOD_ROOM:
        return doubtful(told, "make room, or name another place: --profiles")
    return well(told)


def _existing(path: Path) -> Path:
    """The path, or the nearest above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
