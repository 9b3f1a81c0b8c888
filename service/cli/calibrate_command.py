"""`inkling calibrate`: fits a bundle's confidence and threshold on held-out mail."""

import dataclasses
import json
import sys
from pathlib import Path

import click
from rich.console import Console

from inkling.models.bundle.bundle import (
    FORMAT_VERSION,
    BundleError,
    load_bundle,
    read_manifest,
    write_manifest,
)
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.readers import is_json_lines
from inkling.models.evaluation.calibration.fitting import choose_threshold, fit_calibration, too_few
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.measure import Measurement, measure
from inkling.models.evaluation.messages import HeldOutMessage, sample
from inkling.models.evaluation.personal import people_of
from inkling.models.evaluation.replay import Rule
from inkling.models.evaluation.report.numbers import as_json
from inkling.models.files.writable import check_writable
from inkling.models.search.choice import NetTime
from inkling.models.search.confidence import IDENTITY
from inkling.models.search.suggestion import SearchOptions
from inkling.service.cli.consoles.progress import Phases
from inkling.service.cli.options import PATH, SHARE


@click.command(short_help="Fit a bundle's confidence and threshold.")
@click.option("--bundle", "folder", type=PATH, required=True, help="Folder; its manifest changes.")
@click.option(
    "--data",
    type=PATH,
    multiple=True,
    required=True,
    help="Held-out mail, not that of the final measurement. May be repeated.",
)
@click.option(
    "--messages",
    type=click.IntRange(min=1),
    default=250,
    show_default=True,
    help="Type so many messages again, and as many once more with profiles.",
)
@click.option(
    "--precision",
    type=SHARE,
    default=0.6,
    show_default=True,
    help="Least share of shown suggestions that shall be right at the threshold.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which messages are drawn.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="CPU threads.")
def command(
    folder: Path, data: tuple[Path, ...], messages: int, precision: float, seed: int, threads: int
) -> None:
    """Fit confidence to held-out mail, and choose the threshold from the curve of precision and saving.

    Give mail of people who were not in training. Use other mail to measure the result. Drafts with a profile
    get curves of their own if the mail has dates.
    """
    console = Console(stderr=True)
    try:
        bundle = load_bundle(folder)
        check_writable(folder)
        plain = dataclasses.replace(
            bundle, manifest=bundle.manifest.model_copy(update={"calibration": IDENTITY})
        )
        completer = load_completer(plain, "cpu", threads=threads)
        held_out = [one for path in data for one in load_messages(path, clean=not is_json_lines(path))]
        drawn = sample(held_out, messages, seed=seed)
        people = people_of(completer, held_out)
        later = sample([one for person in people for one in person.later], messages, seed=seed)
        alone = _measured(console, completer, drawn, "without profile")
        with_profile = _measured(console, completer, later, "with profile") if later else None
        calibration = fit_calibration(alone, with_profile)
        few = too_few(alone, with_profile)
        for line in few:
            console.print(line, highlight=False, soft_wrap=True)
        manifest = bundle.manifest.model_copy(
            update={"calibration": calibration, "format_version": FORMAT_VERSION}
        )
        # The threshold applies to the new confidence.
        calibrated = load_completer(dataclasses.replace(bundle, manifest=manifest), "cpu", threads=threads)
        after = _measured(console, calibrated, drawn, "calibrated")
        threshold = choose_threshold(after, precision)
        if threshold is None:
            raise ValueError(f"no threshold has a precision of {precision}; ask for less with --precision")
        if read_manifest(folder) != bundle.manifest:
            raise ValueError(f"bundle {folder}: was replaced meanwhile; nothing was changed")
        write_manifest(folder, manifest.model_copy(update={"threshold": threshold}))
    except KeyboardInterrupt:
        click.echo("inkling calibrate: interrupted; nothing was changed", err=True)
        sys.exit(130)
    except (BundleError, CorpusError, OSError, ValueError) as error:
        click.echo(f"inkling calibrate: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
    total = after.total(threshold)
    result = {
        "bundle": str(folder),
        "threshold": threshold,
        "saved": round(total.saved, 2),
        "precision": round(total.precision or 0.0, 4),
        "errors_before": as_json(alone)["calibration_errors"],
        "errors_after": as_json(after)["calibration_errors"],
        "too_few": few,
        "calibration": calibration.model_dump(mode="json"),
    }
    click.echo(json.dumps(result, allow_nan=False))


def _measured(console: Console, completer: Completer, drawn: list[HeldOutMessage], title: str) -> Measurement:
    """Type messages again. Raises KeyboardInterrupt if the replay was interrupted."""
    with Phases(console, transient=True) as phases:
        phases.tell(title, 0, sum(len(one.text) for one in drawn))
        results, partial = measure(
            [(completer, Rule(completer.threshold, NetTime(interruption=completer.interruption_ms)))],
            drawn,
            SearchOptions(min_confidence=0.0),
            progress=lambda done: phases.advance(title, done),
        )
    if partial:
        raise KeyboardInterrupt
    return results[0]
