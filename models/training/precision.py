"""Chooses the arithmetic of training by measuring it."""

import time

import torch

from models.config import ModelConfig, Precision
from models.recurrent import RecurrentLanguageModel
from models.training.loss import cross_entropy

_ROWS, _LENGTH, _ROUNDS = 32, 16, 3
_WORTHWHILE = 0.9


def choose_precision(config: ModelConfig, device: torch.device) -> Precision:
    """The faster of float32 and bfloat16 for a training step of this model on this device.

    bfloat16 must win by a tenth. On CUDA it does where the device has it; on a CPU it depends on the
    cell and on the instructions the processor has.
    """
    if device.type == "cuda":
        return Precision.BFLOAT16 if torch.cuda.is_bf16_supported() else Precision.FLOAT32
    with torch.random.fork_rng():
        model = RecurrentLanguageModel(config).to(device)
        tokens = torch.randint(0, config.vocabulary_size, (_LENGTH, _ROWS), device=device)
    best = {precision: float("inf") for precision in (Precision.FLOAT32, Precision.BFLOAT16)}
    for _ in range(_ROUNDS):
        for precision in best:
            started = time.perf_counter()
            with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BFLOAT16):
                features, _ = model.features(tokens, model.initial_state(_ROWS))
                weight, bias = model.embedding.weight, model.output_bias
                loss = cross_entropy(features.flatten(0, 1), weight, bias, tokens.flatten())
            loss.backward()  # type: ignore[no-untyped-call]
            best[precision] = min(best[precision], time.perf_counter() - started)
    faster = best[Precision.BFLOAT16] < _WORTHWHILE * best[Precision.FLOAT32]
    return Precision.BFLOAT16 if faster else Precision.FLOAT32
