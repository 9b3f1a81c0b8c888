"""ONNX Runtime, with its telemetry off: the only place that may import it.

Since version 1.28 its wheels report to their maker: they look up a host, and keep a device id and a
database in the home folder. The variable stops both when it is set before the first import. A program that
imported ONNX Runtime before Inkling has to set it itself; its events are switched off here all the same.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

onnxruntime.disable_telemetry_events()

__all__ = ["onnxruntime"]
