"""What a study was measured on: the machine and the versions, without names of people or machines."""

import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from inkling import models

Machine = Mapping[str, str]
"""Names and values that describe a machine and what runs on it."""


def described(device: torch.device) -> dict[str, str]:
    """Names and values, in order."""
    found = {
        "processor": _processor(),
        "processors that may be used": str(
            len(os.sched_getaffinity(0)) if _has_affinity() else os.cpu_count()
        ),
        "threads of torch": str(torch.get_num_threads()),
        "device": device.type,
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "Inkling": models.__version__,
    }
    if device.type == "cuda":
        found["device"] = torch.cuda.get_device_name(device)
    return found


def all_described(machines: Sequence[Machine | None], this: Machine) -> dict[str, str]:
    """The machines that units were measured on, in order; `this` one where no unit tells its machine.

    Several machines have a number each before their names, and tell how many units were measured on them.
    Units that do not tell their machine (None) are counted apart.
    """
    counts = Counter(tuple(one.items()) for one in machines if one is not None)
    silent = sum(1 for one in machines if one is None)
    if len(counts) < 2:
        found = dict(next(iter(counts), tuple(this.items())))
    else:
        found = {
            f"machine {number}: {name}": value
            for number, (machine, count) in enumerate(counts.items(), 1)
            for name, value in (*machine, ("units", str(count)))
        }
    return found | ({"units that do not tell their machine": str(silent)} if silent else {})


def _has_affinity() -> bool:
    return hasattr(os, "sched_getaffinity")


def _processor() -> str:
    """The processor's name as Linux tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
