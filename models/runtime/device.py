"""Devices by name."""

from pathlib import Path

_NVIDIA = Path("/dev/nvidiactl")


class DeviceError(ValueError):
    """The device or runtime asked for is not there."""


def may_have_cuda() -> bool:
    """Whether it is worth the seconds of importing torch to ask it for a CUDA device."""
    return _NVIDIA.exists()
