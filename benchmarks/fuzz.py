"""Gives changed inputs to every parser of foreign bytes. None may crash, hang, or raise what it does not say.

    python -m benchmarks.fuzz --inputs 200000
    python -m benchmarks.fuzz --target session --inputs 1000 --seed 7

Each parser runs in a process of its own. The exit code is 1 where an input did harm; the input is kept.
"""

import logging
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random

import click

from benchmarks.fuzzing.bodies import body_target
from benchmarks.fuzzing.bundles import file_target, manifest_target
from benchmarks.fuzzing.frames import frame_target
from benchmarks.fuzzing.mail import json_lines_target, mbox_target, message_target, table_target
from benchmarks.fuzzing.mutation import mutate
from benchmarks.fuzzing.stored_values import profile_target, session_target
from benchmarks.fuzzing.target import Target
from benchmarks.reporting.options import COUNT, POSITIVE, Benchmark
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import running

_FILES = (
    "weights.safetensors",
    "tokenizer.model",
    "names.bin",
    "phrases.safetensors",
    "authors.safetensors",
)
Make = Callable[[Path], Target]

TARGETS: Mapping[str, Make] = {
    "session": session_target,
    "profile": profile_target,
    "frame": frame_target,
    "mbox": mbox_target,
    "eml": message_target,
    "json lines": json_lines_target,
    "csv": table_target,
    "manifest": manifest_target,
    **{name: partial(file_target, name=name) for name in _FILES},
}
"""All but the bodies of requests, which need a service."""

_BODIES = "request body"
_LOOK_SECONDS = 0.2


class _Progress:
    """What a child tells its parent, in memory that both have."""

    def __init__(self) -> None:
        self.done, self.accepted = multiprocessing.Value("q", 0), multiprocessing.Value("q", 0)
        self.slowest = multiprocessing.Value("d", 0.0)


@click.command(cls=Benchmark)
@click.option("--target", "names", multiple=True, help="Parser to try; may be repeated. Default: all.")
@click.option("--inputs", type=COUNT, default=200_000, show_default=True, help="Inputs for each parser.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--hang", type=POSITIVE, default=20.0, show_default=True, help="Seconds that one input may take."
)
@click.option(
    "--kept", type=click.Path(path_type=Path), default=Path("fuzz"), help="Folder for harmful inputs."
)
def main(names: tuple[str, ...], inputs: int, seed: int, hang: float, kept: Path) -> None:
    """Try parsers with inputs that were valid and are changed at random."""
    unknown = set(names) - {*TARGETS, _BODIES}
    if unknown:
        raise click.BadParameter(
            f"there is no target {unknown.pop()}: take one of {', '.join([*TARGETS, _BODIES])}"
        )
    report = Report("fuzz", ["parser", "inputs", "accepted", "slowest ms", "inputs/s", "harm"])
    harmed = False
    for name in names or [*TARGETS, _BODIES]:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_memory())))
            make = TARGETS.get(name)
            if make is None:
                profiles = ("--profiles", str(folder / "profiles.db"), "--no-spare")
                service = stack.enter_context(running(None, None, *profiles))
                make = partial(body_target, url=service.url)
            began = time.monotonic()
            progress, harm = _try(name, make, folder, inputs, seed, hang, kept)
        done, seconds = progress.done.value, time.monotonic() - began
        row = {"parser": name, "inputs": done, "accepted": progress.accepted.value, "harm": harm}
        row |= {"slowest_ms": progress.slowest.value * 1000, "per_second": done / seconds}
        report.add([name, done, row["accepted"], row["slowest_ms"], row["per_second"], harm or "none"], row)
        harmed = harmed or bool(harm)
    report.show(seed=seed)
    sys.exit(int(harmed))


def _memory() -> str | None:
    """A file system in memory, where there is one: inputs are written often."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _try(
    name: str, make: Make, folder: Path, inputs: int, seed: int, hang: float, kept: Path
) -> tuple[_Progress, str]:
    """Run one parser in a child. Returns how far it came, and what harm was done, if any."""
    progress = _Progress()
    last = folder / "last-input"
    child = multiprocessing.get_context("fork").Process(
        target=_run, args=(make, folder, inputs, seed, progress, last), daemon=True
    )
    child.start()
    done, since, harm = -1, time.monotonic(), ""
    while child.is_alive():
        child.join(_LOOK_SECONDS)
        if progress.done.value != done:
            done, since = progress.done.value, time.monotonic()
        elif time.monotonic() - since > hang:
            harm = "hang"
            child.kill()
            child.join()
    if child.exitcode and not harm:
        harm = "error" if child.exitcode == 1 else f"ended with {child.exitcode}"
    if harm and last.exists():
        kept.mkdir(parents=True, exist_ok=True)
        place = kept / f"{name.replace(' ', '-')}-{seed}-{progress.done.value}"
        place.write_bytes(last.read_bytes())
        harm += f", see {place}"
    return progress, harm


def _run(make: Make, folder: Path, inputs: int, seed: int, progress: _Progress, last: Path) -> None:
    logging.disable()  # a line for each input that is refused would be the slowest part
    target, random = make(folder), Random(seed)
    try:
        for seed_input in target.seeds:
            if not target.parse(seed_input):
                raise AssertionError("a valid input is refused")
        for _ in range(inputs):
            data = mutate(random.choice(target.seeds), target.seeds, random)
            if target.reseal is not None and random.random() < 0.5:
                data = target.reseal(data)
            last.write_bytes(data)
            began = time.perf_counter()
            try:
                accepted = target.parse(data)
            except target.refusals:
                accepted = False
            progress.slowest.value = max(progress.slowest.value, time.perf_counter() - began)
            progress.accepted.value += accepted
            progress.done.value += 1
    except BaseException:
        traceback.print_exc()
        sys.exit(1)


if __name__ == "__main__":
    main()
