"""The parameters of a model as arrays, and a model from them."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import nn

from inkling.models.step import Floats

Network = TypeVar("Network", bound=nn.Module)


def arrays_of(model: nn.Module) -> dict[str, Floats]:
    """The parameters in float32, by name; copies."""
    return {name: value.detach().float().cpu().numpy().copy() for name, value in model.state_dict().items()}


def filled(make: Callable[[], Network], weights: Mapping[str, Floats]) -> Network:
    """What `make` makes, with these parameters in place of those it draws, in evaluation mode.

    Names and shapes must be the model's own. The state of torch's random numbers stays as it is.
    """
    # The device "meta" would draw nothing, but it imports a library of symbols, which takes seconds.
    with torch.random.fork_rng(devices=[]):
        model = make()
    parameters = {name: torch.from_numpy(value.copy()) for name, value in weights.items()}
    model.load_state_dict(parameters, assign=True)
    return model.eval()
