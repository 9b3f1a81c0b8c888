"""`inkling compare`: every kind of model side by side, measured on mail."""

import json
from pathlib import Path

import click
import torch
from rich.console import Console

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.networks.config import ConfigError
from inkling.models.runtime.device import DeviceError
from inkling.models.runtime.torch import choose_device
from inkling.models.study.computer import all_described, described
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.invented_mail import write_invented_mail
from inkling.models.study.material import Material, load_material
from inkling.models.study.plan import FULL, QUICK, Plan
from inkling.models.study.study_page import study_page
from inkling.models.study.study_run import (
    PlannedUnit,
    StudyResults,
    collected,
    estimate,
    planned,
    remaining,
    run_study,
)
from inkling.models.study.unit_results import ResultsFolder, write_tables
from inkling.models.study.workshop import Workshop
from inkling.models.training.lock import lock_folder
from inkling.service.cli.consoles.progress import Phases
from inkling.service.cli.destinations import check_folder
from inkling.service.cli.options import PATH

_REPORT = "index.html"


@click.command(short_help="Measure kinds of models side by side.")
@click.option(
    "--out",
    type=PATH,
    required=True,
    help="Folder for the report, its tables (CSV) and all that is needed to go on.",
)
@click.option(
    "--quick/--full",
    default=True,
    show_default=True,
    help="Minutes on small models, or hours on models large enough to compare.",
)
@click.option(
    "--data",
    type=PATH,
    multiple=True,
    help="Mail to train on, as for inkling train. May be repeated. Default: invented mail.",
)
@click.option(
    "--dev", type=PATH, multiple=True, help="Held-out mail to measure on; default: a twentieth of --data."
)
@click.option(
    "--only",
    type=click.Choice(list(EXPERIMENTS)),
    multiple=True,
    help="Do this experiment alone. May be repeated.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option(
    "--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="CPU threads of torch."
)
def command(
    out: Path,
    quick: bool,
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    only: tuple[str, ...],
    device: str,
    threads: int,
) -> None:
    """Measure every kind of model side by side: quality, speed, memory, gradients, and what each is good for.

    The same command resumes an interrupted study after its last finished unit. A changed setting measures
    anew what depends on it. The last line is JSON. The report loads nothing from elsewhere.
    """
    try:
        if dev and not data:
            raise ConfigError("--dev: held-out mail needs --data to train on")
        check_folder(out)
        chosen = choose_device(device)
        torch.set_num_threads(threads)
        out.mkdir(parents=True, exist_ok=True)
        lock = lock_folder(out)
        try:
            _compare(out, FULL if not quick else QUICK, data, dev, only, chosen)
        finally:
            lock.release()
    except (ConfigError, CorpusError, DeviceError, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _compare(
    out: Path,
    plan: Plan,
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    only: tuple[str, ...],
    device: torch.device,
) -> None:
    console = Console(stderr=True)
    with Phases(console) as phases:
        material = _material(out, plan, data, dev, phases)

        def tell(phase: str, done: int, total: int) -> None:
            phases.tell("unit", done, total, phase)

        workshop = Workshop(plan, material, device, out / "models", tell)
        results = ResultsFolder(out)
        everything = planned(list(EXPERIMENTS.values()), workshop)
        units = [unit for unit in everything if not only or unit.experiment.name in only]
        left = remaining(units, results)
        phases.say(
            f"{len(units)} units, {len(units) - len(left)} of them done before; "
            f"about {estimate(left) / 60:,.0f} minutes on one core for what is left"
        )
        try:
            run_study(units, workshop, results, lambda *told: phases.tell("study", *told))
        except KeyboardInterrupt:
            _write(out, plan, everything, results, device)
            phases.say(f"stopped; {out / _REPORT} has what is done, and the same command goes on from there")
            raise
    found = _write(out, plan, everything, results, device)
    failed = sum(1 for unit in found.units if unit["failure"])
    console.print(f"report: {out / _REPORT}", markup=False, highlight=False, soft_wrap=True)
    click.echo(json.dumps({"report": str(out / _REPORT), "units": len(found.units), "failed": failed}))


def _material(
    out: Path, plan: Plan, data: tuple[Path, ...], dev: tuple[Path, ...], phases: Phases
) -> Material:
    if not data:
        train, held_out = write_invented_mail(out / "mail")
        data, dev = (train,), (held_out,)
    for path in (*data, *dev):
        if not path.exists():
            raise CorpusError(path, "does not exist")
    return load_material(data, dev, out / "mail", plan, phases.tell)


def _write(
    out: Path,
    plan: Plan,
    units: list[PlannedUnit],
    results: ResultsFolder,
    device: torch.device,
) -> StudyResults:
    """Write the report and the tables of what is done, now or earlier."""
    found = collected(units, results)
    machine = {"plan": plan.name, **all_described(found.machines, described(device))}
    pairs = [(one, found.rows.get(name, [])) for name, one in EXPERIMENTS.items()]
    write_tables(out, pairs, found.units, machine)
    page = study_page(plan.name, pairs, found.units, machine)
    (out / _REPORT).write_text(page, encoding="utf-8")
    return found
