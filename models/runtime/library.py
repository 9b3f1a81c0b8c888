"""ONNX Runtime with its telemetry off. No other module imports it.

When it is imported without this variable, it looks up a host of its maker and writes a device id into the
user's cache folder.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

# A program that imported it earlier has its telemetry on: nothing more is sent from here on.
if hasattr(onnxruntime, "disable_telemetry_events"):
    onnxruntime.disable_telemetry_events()

__all__ = ["onnxruntime"]
