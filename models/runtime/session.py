"""Sessions of ONNX Runtime."""

from typing import Any

import onnxruntime
from onnx import ModelProto


def open_session(model: ModelProto, threads: int = 1) -> Any:
    """A session of ONNX Runtime on the CPU that computes what the graph says."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The extended level fuses a product with a scale for each row into one with a scale for all.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
