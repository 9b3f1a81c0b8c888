"""Prints a training's decisions, the report of cleaning, and progress."""

import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.table import Table

from inkling.models.training.loop import StepReport
from inkling.models.training.preparation.author_counts import main_authors
from inkling.models.training.run import Run
from inkling.service.cli.consoles.progress import Phases


def settled_lines(run: Run, newest: str = "the newest, since people are few or unequal") -> list[str]:
    """The settings that the data and the machine decided, a line each. `newest` describes mail held out by
    date.
    """
    config, card = run.training_config, run.prepared.card
    held_out = card["held_out"]
    how = {
        "people": "all mail of people who were drawn",
        "date": newest,
        "files": "as given",
    }[held_out["by"]]
    lines = [f"held out: {held_out['messages']:,} messages by {_people(held_out['people'])}, {how}"]
    authors = main_authors(run.prepared.train)
    lines.append(
        f"phrases: what at least {_people(config.least_authors or 1)} wrote (--least-authors); "
        f"95% of the words are by {_people(authors)}"
    )
    lines.append(
        f"training: {run.trainer.steps:,} steps in {config.precision.value} on {run.trainer.device.type}"
    )
    return lines


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def calibrated_message(out: Path) -> str:
    """Why a bundle that has been calibrated is not replaced."""
    return (
        f"{out}: its bundle has been calibrated, which training again would lose: "
        "give another --out, or --force to replace it"
    )


def show_cleaning(console: Console, rows: Sequence[Sequence[str]]) -> None:
    """Print the table of text that cleaning removed, its head row first."""
    head, *rest = rows
    table = Table(title="cleaning")
    for index, title in enumerate(head):
        table.add_column(title, justify="right" if index else "left")
    for row in rest:
        table.add_row(*row)
    console.print(table)


def train_until_stopped(console: Console, run: Run) -> bool:
    """Train with a progress bar. Returns true if the run is finished, false if a signal stopped it."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        run.trainer.request_stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Phases(console) as phases:
            dev = ""

            def report(step: StepReport) -> None:
                nonlocal dev
                if step.dev_perplexity is not None:
                    dev = f"  dev perplexity {step.dev_perplexity:,.1f}"
                    if not console.is_interactive:
                        phases.say(f"step {step.step}/{step.steps}  loss {step.loss:.3f}{dev}")
                note = f"{step.pieces_per_second:,.0f} tokens/s  loss {step.loss:.3f}{dev}"
                phases.tell("train", step.step, step.steps, note)

            phases.tell("train", run.trainer.progress.step, run.trainer.steps)
            run.train(report)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return run.trainer.finished
