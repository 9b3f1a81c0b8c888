"""From a verified bundle to a completer on a runtime."""

from inkling.models.bundle.bundle import Bundle
from inkling.models.completer.completer import Completer
from inkling.models.ngram.mixture import MixtureModel
from inkling.models.ngram.profile_table import Profiles
from inkling.models.runtime.batch import finish
from inkling.models.runtime.device import DeviceError, may_have_cuda
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

    `runtime` is `onnx` (int8, CPU only), `torch`, or `auto`: torch on a CUDA device, else
    onnx. `threads` is the number of threads of one computation. `words` decides which words are suggested;
    None means the filter that ships. torch is imported only where it is needed.
    """
    if runtime not in RUNTIMES:
        raise DeviceError(f"runtime {runtime!r}: must be one of {', '.join(RUNTIMES)}")
    if runtime == "onnx" and device == "cuda":
        raise DeviceError("runtime onnx computes on the CPU only; use --runtime torch for cuda")
    if device not in DEVICES:
        raise DeviceError(f"device {device!r}: must be one of {', '.join(DEVICES)}")
    completer = None
    if runtime == "torch" or device == "cuda" or (runtime == device == "auto" and may_have_cuda()):
        completer = _on_torch(bundle, device, runtime, threads, words)
    if completer is None:
        from inkling.models.runtime.onnx import OnnxRuntime

        model = OnnxRuntime(bundle.manifest.model, bundle.weights, threads=threads or 1)
        completer = _completer(bundle, model, "onnx int8", words)
    # The first search includes the start-up costs of the libraries. No request should pay for them.
    finish(completer.run, completer.complete(Draft(""), SearchOptions()))
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
        raise DeviceError(
            "runtime torch: torch is not installed; install inkling with its extra 'torch'"
        ) from None

    from inkling.models.networks.recurrent import restore
    from inkling.models.runtime.torch import TorchRuntime, choose_device

    found = choose_device(device)
    if runtime == "auto" and found.type == "cpu":
        return None
    if threads is not None:
        torch.set_num_threads(threads)
    model = TorchRuntime(restore(bundle.manifest.model, bundle.weights), found)
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
