"""ONNX Runtime with its telemetry off. No other module imports it.

When it is imported without this variable, it looks up a host of its maker and writes a device id into the
user's cache folder.
"""

import os
import sys
import warnings

_TOO_LATE = "onnxruntime" in sys.modules and os.environ.get("ORT_DISABLE_TELEMETRY") != "1"

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime  # noqa: E402

if _TOO_LATE:
    # The call stops only new events. The look-up that the import began goes on.
    if hasattr(onnxruntime, "disable_telemetry_events"):
        onnxruntime.disable_telemetry_events()
    warnings.warn(
        "onnxruntime was imported before inkling's models, with its telemetry on: "
        "import inkling.models first, or set ORT_DISABLE_TELEMETRY=1",
        RuntimeWarning,
        stacklevel=2,
    )

__all__ = ["onnxruntime"]
