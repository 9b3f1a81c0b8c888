"""From a verified bundle to a completer on a runtime."""

from inkling.models.bundle.bundle import Bundle
from inkling.models.completer.completer import Completer
from inkling.models.networks.config import ModelConfig
from inkling.models.ngram.mixture import MixtureModel
from inkling.models.ngram.profile_table import Profiles
from inkling.models.runtime.batch import finish
from inkling.models.runtime.coverage import uncovered
from inkling.models.runtime.device import DeviceError, NoTorchError, may_have_cuda
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.search.word_filter import WordFilter
from inkling.models.step import StepModel

RUNTIMES = ("auto", "onnx", "torch")
DEVICES = ("auto", "cpu", "cuda")


def load_completer(
    bundle: Bundle,
    device: str = "auto",
    *,
    runtime: str = "auto",
    threads: int | None = None,
    words: WordFilter | None = None,
) -> Completer:
    """A completer of a bundle on `auto`, `cpu` or `cuda`; raises DeviceError.

    `runtime` is `onnx` (int8, CPU only), `torch`, or `auto`: torch on a CUDA device and for models that the
    int8 runtime does not compute, else onnx. `threads` is the number of threads of one computation. `words`
    decides which words are suggested; None means the filter that ships. torch is imported only where it is
    needed.
    """
    if runtime not in RUNTIMES:
        raise DeviceError(f"runtime {runtime!r}: must be one of {', '.join(RUNTIMES)}")
    if runtime == "onnx" and device == "cuda":
        raise DeviceError("runtime onnx computes on the CPU only; use --runtime torch for cuda")
    if device not in DEVICES:
        raise DeviceError(f"device {device!r}: must be one of {', '.join(DEVICES)}")
    left_out = uncovered(bundle.manifest.model)
    if left_out is not None:
        if runtime == "onnx":
            raise DeviceError(needs_torch(bundle.manifest.name, left_out))
        return _ready(_torch_alone(bundle, device, threads, words, left_out))
    completer = None
    if runtime == "torch" or device == "cuda" or (runtime == device == "auto" and may_have_cuda()):
        completer = _on_torch(bundle, device, runtime, threads, words)
    if completer is None:
        from inkling.models.runtime.onnx import OnnxRuntime

        config = bundle.manifest.model
        assert isinstance(config, ModelConfig)
        model = OnnxRuntime(config, bundle.weights, threads=threads or 1)
        completer = _completer(bundle, model, "onnx int8", words)
    return _ready(completer)


def needs_torch(name: str, left_out: str) -> str:
    """What to say of a bundle of a model that the int8 runtime does not compute (see `uncovered`)."""
    return (
        f"bundle {name}: {left_out} is served by the torch runtime: install inkling[torch] "
        "and give --runtime torch or auto"
    )


def _ready(completer: Completer) -> Completer:
    # The first search includes the start-up costs of the libraries. No request should pay for them.
    finish(completer.run, completer.complete(Draft(""), SearchOptions()))
    return completer


def _torch_alone(
    bundle: Bundle, device: str, threads: int | None, words: WordFilter | None, left_out: str
) -> Completer:
    """A completer of a model that only torch computes. `left_out` says what it is."""
    try:
        completer = _on_torch(bundle, device, "torch", threads, words)
    except NoTorchError:
        raise DeviceError(needs_torch(bundle.manifest.name, left_out)) from None
    assert completer is not None
    return completer


def _on_torch(
    bundle: Bundle, device: str, runtime: str, threads: int | None, words: WordFilter | None
) -> Completer | None:
    """A completer on torch; None where `auto` finds no CUDA device and onnx is the better choice."""
    try:
        import torch
    except ModuleNotFoundError:
        if runtime == device == "auto":
            return None
        raise NoTorchError(
            "runtime torch: torch is not installed; install inkling with its extra 'torch'"
        ) from None

    from inkling.models.networks.language_model import restore_language_model
    from inkling.models.networks.recurrent import RecurrentLanguageModel
    from inkling.models.runtime.torch import TorchRuntime, choose_device
    from inkling.models.runtime.transformer_step import TransformerRuntime

    found = choose_device(device)
    if runtime == "auto" and found.type == "cpu":
        return None
    if threads is not None:
        torch.set_num_threads(threads)
    network = restore_language_model(bundle.manifest.model, bundle.weights)
    model: StepModel = (
        TorchRuntime(network, found)
        if isinstance(network, RecurrentLanguageModel)
        else TransformerRuntime(network, found)
    )
    return _completer(bundle, model, f"torch {found.type}", words)


def _completer(bundle: Bundle, model: StepModel, runtime: str, words: WordFilter | None) -> Completer:
    """The bundle's model, mixed with its phrases (if it has any) and with profiles."""
    tokenizer, profiles = bundle.tokenizer, Profiles()
    resets = (tokenizer.body_id, tokenizer.subject_id, tokenizer.previous_id)
    weight = 0.0 if bundle.manifest.phrases is None else bundle.manifest.phrases.weight
    mixed = MixtureModel(
        model, bundle.phrases, weight, mailbox=bundle.mailbox, profiles=profiles, resets=resets
    )
    return Completer(bundle, mixed, runtime=runtime, words=words, profiles=profiles)
