"""Chooses the arithmetic of training by what the processor or the card has."""

import torch

from inkling.models.networks.config import Precision

_INSTRUCTIONS = ("avx512_bf16", "amx_bf16")


def choose_precision(device: torch.device) -> Precision:
    """bfloat16 where the device multiplies in it (two to three times as fast), float32 elsewhere.

    A machine has the same precision on every run, however busy it is.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        capabilities = torch.cpu.get_capabilities()
        native = any(capabilities.get(name, False) for name in _INSTRUCTIONS)
    return Precision.BFLOAT16 if native else Precision.FLOAT32
