"""Chooses the arithmetic of training by what the processor or the card has."""

import torch

from inkling.models.networks.config import Precision
from inkling.models.networks.half_precision import multiplies_in_bfloat16


def choose_precision(device: torch.device) -> Precision:
    """bfloat16 where the device multiplies in it (two to three times as fast), float32 elsewhere.

    A machine has the same precision on every run, however busy it is.
    """
    return Precision.BFLOAT16 if multiplies_in_bfloat16(device) else Precision.FLOAT32
