"""Measures a decode step for 1 to 64 rows against the processor's limit.

    python -m benchmarks.step

The roofline of a step is the larger of two times measured in the same run: the time to read every weight
once, at the bandwidth of memory that is read again and again (weights of this size stay in a cache), and the
time of the multiply-adds, at the rate of a large integer product. Rounds are interleaved; medians are shown.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
import numpy as np

from benchmarks.reporting.extras import missing
from benchmarks.reporting.report import Report
from inkling.models.bundle.bundle import load_bundle
from inkling.models.networks.config import ModelConfig
from inkling.models.runtime.coverage import uncovered
from inkling.models.runtime.graph import FLOAT, Graph
from inkling.models.runtime.onnx import OnnxRuntime, open_session
from inkling.models.search.tail_spelling import Spelling
from inkling.models.step import Predictor, State, StepModel, Tokens
from inkling.service.settings import bundle_path, load_settings

ROWS = (1, 2, 4, 8, 16, 32, 64)
_SIDE = 1024


def seconds(work: Callable[[], object], calls: int) -> float:
    """Mean seconds of a call over `calls` of them."""
    began = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - began) / calls


def _step(model: StepModel, predict: Predictor, tokens: Tokens, state: State) -> None:
    predict(model.advance(tokens, state))


@click.command()
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle whose model steps.")
@click.option("--rounds", default=15, show_default=True)
@click.option("--calls", default=20, show_default=True, help="Calls in each round.")
@click.option("--torch", "with_torch", is_flag=True, help="Step with torch in fp32 beside it.")
def main(bundle: Path | None, rounds: int, calls: int, with_torch: bool) -> None:
    """Time decode steps beside their roofline."""
    loaded = load_bundle(bundle_path(load_settings(bundle=bundle)))
    config, groups = loaded.manifest.model, Spelling(loaded.tokenizer).groups
    left_out = uncovered(config)
    if left_out is not None or not isinstance(config, ModelConfig):
        raise click.ClickException(f"the int8 runtime is timed, which does not compute {left_out}")
    models: dict[str, StepModel] = {"int8": OnnxRuntime(config, loaded.weights)}
    if with_torch:
        try:
            import torch

            from inkling.models.networks.recurrent import restore
            from inkling.models.runtime.torch import TorchRuntime
        except ModuleNotFoundError:
            missing("torch", "torch")

        torch.set_num_threads(1)
        models["torch fp32"] = TorchRuntime(restore(config, loaded.weights), torch.device("cpu"))
    random = np.random.default_rng(0)
    weights = sum(value.size for name, value in loaded.weights.items() if value.ndim == 2)
    # The first layer's product with the embedding is a table: its weight is never read.
    weights -= loaded.weights["cells.0.weight_input"].size
    read = random.random(weights // 4, np.float32)
    square = _square_product(random)
    works: dict[tuple[str, int], Callable[[], object]] = {
        ("bandwidth", 0): lambda: np.maximum.reduce(read),
        ("multiply-adds", 0): square,
    }
    for name, model in models.items():
        predict = model.predictor(groups)
        for rows in ROWS:
            tokens = random.integers(0, config.vocabulary_size, rows)
            state = model.advance(tokens, np.repeat(model.initial_state(), rows, axis=0))

            works[name, rows] = partial(_step, model, predict, tokens, state)
    times: dict[tuple[str, int], list[float]] = {key: [] for key in works}
    for _ in range(rounds):
        for key, work in works.items():
            times[key].append(seconds(work, calls))
    middle = {key: float(np.median(found)) for key, found in times.items()}
    bandwidth = read.nbytes / middle["bandwidth", 0]
    rate = _SIDE**3 / middle["multiply-adds", 0]
    report = Report("step", ["runtime", "rows", "µs a step", "µs a row", "roofline µs", "times the roofline"])
    for name in models:
        for rows in ROWS:
            took = middle[name, rows] * 1e6
            roofline = max(weights / bandwidth, rows * weights / rate) * 1e6
            report.add(
                [name, rows, took, took / rows, roofline, took / roofline],
                {"runtime": name, "rows": rows, "microseconds": took, "roofline_microseconds": roofline},
            )
    report.show(
        weights=weights,
        read_gigabytes_per_second=bandwidth / 1e9,
        giga_multiply_adds_per_second=rate / 1e9,
    )


def _square_product(random: np.random.Generator) -> Callable[[], object]:
    """A large product of integers in the runtime that serves."""
    graph = Graph()
    weight = random.standard_normal((_SIDE, _SIDE)).astype(np.float32)
    (product,) = graph.bounded_products("left", weight, np.zeros(_SIDE, np.float32), [_SIDE])
    graph.add("Identity", product, out="right")
    shape = ["rows", _SIDE]
    session = open_session(graph.model([("left", FLOAT, shape)], [("right", FLOAT, shape)]))
    left = random.uniform(-1, 1, (_SIDE, _SIDE)).astype(np.float32)
    return lambda: session.run(None, {"left": left})


if __name__ == "__main__":
    main()
