"""Devices by name."""

from pathlib import Path

_NVIDIA = Path("/dev/nvidiactl")


class DeviceError(ValueError):
    """The device or runtime asked for is not there."""


class NoTorchError(DeviceError):
    """torch is needed, and is not installed."""


def may_have_cuda() -> bool:
    """Whether torch may find a CUDA device. Importing torch to ask takes seconds."""
    return _NVIDIA.exists()
