"""The checkpoint of a run: all that it needs to resume exactly where it stopped, in one safetensors file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from inkling.models.files.whole_files import whole_file
from inkling.models.networks.config import ConfigError


@dataclass(slots=True)
class Progress:
    """A run's progress: counters, and the values for early stopping."""

    step: int = 0
    pieces: int = 0
    seconds: float = 0.0
    best_dev: float | None = None
    best_step: int = 0
    stale: int = 0
    mean_norm: float = 0.0
    norms_seen: int = 0
    skipped: int = 0


def save_checkpoint(
    path: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    state: Tensor,
    progress: Progress,
    identity: str,
) -> None:
    """Write the run whole; `identity` says which data and configuration it belongs to. Raises OSError."""
    tensors = {f"model.{name}": value.cpu().contiguous() for name, value in model.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value.cpu().contiguous() for name, value in values.items()}
    tensors["state"] = state.cpu().contiguous()
    tensors["random"] = torch.get_rng_state()
    if state.is_cuda:
        tensors["random_cuda"] = torch.cuda.get_rng_state()
    with whole_file(path) as partial:
        save_file(tensors, partial, metadata={"progress": json.dumps(asdict(progress)), "identity": identity})


def load_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, identity: str, device: torch.device
) -> tuple[Tensor, Progress]:
    """Restore model, optimizer and random state; returns the carried state and the progress.

    Raises ConfigError when the file is damaged or belongs to other data or another configuration.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise ConfigError(
            f"checkpoint {path}: cannot be read ({type(error).__name__}); delete it to start anew"
        ) from None
    if metadata.get("identity") != identity:
        raise ConfigError(
            f"checkpoint {path}: made by another configuration or other data; delete it to start anew"
        )
    model.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("model.")})
    saved = optimizer.state_dict()
    saved["state"] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".", 2)
            saved["state"].setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(saved)
    torch.set_rng_state(tensors["random"])
    if "random_cuda" in tensors and device.type == "cuda":
        torch.cuda.set_rng_state(tensors["random_cuda"])
    return tensors["state"].to(device), Progress(**json.loads(metadata["progress"]))
