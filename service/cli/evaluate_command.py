"""`inkling evaluate`: measure a bundle, and a 5-gram baseline beside it, on held-out mail."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from models.bundle.bundle import Bundle, BundleError, load_bundle
from models.completer.completer import Completer
from models.completer.loading import RUNTIMES, load_completer
from models.corpus.mail.corpus_error import CorpusError
from models.corpus.mail.readers import is_json_lines
from models.evaluation.baseline import train_baseline
from models.evaluation.exact_match import LENGTHS, match_at_coverage
from models.evaluation.held_out import load_messages
from models.evaluation.measure import Measurable, Measurement, measure, measure_likelihood
from models.evaluation.messages import HeldOutMessage, sample
from models.evaluation.personal import people_of
from models.evaluation.replay import Rule
from models.evaluation.report.numbers import PRECISIONS, Json, as_json
from models.evaluation.report.page import report_page, report_sections
from models.evaluation.typing_cost import READING_COSTS
from models.evaluation.variants import Variant
from models.ngram import NgramFileError, NgramModel, load_ngram, save_ngram
from models.runtime.device import DeviceError
from models.search.choice import NetTime
from models.search.suggestion import SearchOptions
from service.cli.destinations import check_file, check_folder
from service.cli.options import PATH, SHARE
from service.cli.progress import Phases

_SHOWN_COVERAGES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
_BASELINE = "5-gram"
_TRANSFORMER = "Transformer"
_TYPING, _SCORING = "typing replay", "perplexity"


@click.command(short_help="Measure a bundle on held-out mail.")
@click.option("--bundle", "folder", type=PATH, required=True, help="Folder of the bundle to measure.")
@click.option("--data", type=PATH, multiple=True, required=True, help="Held-out mail. May be repeated.")
@click.option("--out", type=PATH, help="Folder for the report (JSON) and the curves (PNG).")
@click.option(
    "--report",
    "report_folder",
    type=PATH,
    help="Folder for a page with tables, curves and replays, with and without context and profile. "
    "It shows held-out mail.",
)
@click.option("--baseline-data", type=PATH, multiple=True, help="Mail to train a 5-gram baseline on.")
@click.option("--baseline", type=PATH, help="A 5-gram baseline saved earlier.")
@click.option("--save-baseline", type=PATH, help="File to keep the trained baseline in.")
@click.option("--transformer", type=PATH, help="A Transformer baseline made by benchmarks.transformer.")
@click.option(
    "--messages",
    type=click.IntRange(min=1),
    help="Type so many messages again, each person in proportion; default: all, which takes long. "
    "Perplexity is always of all.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which messages are drawn.")
@click.option("--beam-width", type=click.IntRange(1, 16), default=4, show_default=True)
@click.option("--max-words", type=click.IntRange(1, 15), default=8, show_default=True)
@click.option("--threshold", type=SHARE, help="Confidence to show from; default: the bundle's.")
@click.option(
    "--interruption-ms",
    "interruption",
    type=click.FloatRange(0, 10_000),
    help="What the rule takes reading a suggestion to cost; default: the bundle's.",
)
@click.option(
    "--clean/--as-given",
    default=None,
    help="Clean the held-out mail like training mail, or only normalise its text; "
    "default: as given for JSON lines, clean for anything else.",
)
@click.option(
    "--runtime", type=click.Choice(RUNTIMES), default="auto", show_default=True, help="What computes."
)
@click.option("--device", default="cpu", show_default=True, help="auto, cpu or cuda.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="CPU threads.")
def command(
    folder: Path,
    data: tuple[Path, ...],
    out: Path | None,
    report_folder: Path | None,
    baseline_data: tuple[Path, ...],
    baseline: Path | None,
    save_baseline: Path | None,
    transformer: Path | None,
    messages: int | None,
    seed: int,
    beam_width: int,
    max_words: int,
    threshold: float | None,
    interruption: float | None,
    clean: bool | None,
    runtime: str,
    device: str,
    threads: int,
) -> None:
    """Measure a bundle on held-out mail: typing replay, exact match, perplexity, calibration.

    Ctrl-C ends it early; what was measured by then is reported as partial. A table goes to standard
    error, one line of JSON to standard output.
    """
    console = Console(stderr=True)
    try:
        _check(baseline_data, baseline, save_baseline)
        for made in (out, report_folder):
            if made is not None:
                check_folder(made)
        if save_baseline is not None and save_baseline.parent not in (out, report_folder):
            check_file(save_baseline)
        bundle = load_bundle(folder)
        completer = load_completer(bundle, device, runtime=runtime, threads=threads)
        other = None if transformer is None else _transformer(transformer, bundle, device)
        held_out = [
            one
            for path in data
            for one in load_messages(path, clean=not is_json_lines(path) if clean is None else clean)
        ]
        with Phases(console, transient=True) as phases:
            ngram = _baseline(bundle, baseline_data, baseline, save_baseline, phases)
        suggesters: list[Measurable] = [completer]
        if report_folder is not None:
            suggesters.append(Variant(completer, "no context", context=False))
        if ngram is not None:
            suggesters.append(Completer(bundle, ngram, runtime="n-gram", name=_BASELINE, remembers=False))
        if other is not None:
            suggesters.append(other)
        options = SearchOptions(max_words=max_words, beam_width=beam_width, min_confidence=0.0)
        interruption_ms = completer.interruption_ms if interruption is None else interruption
        at = Rule(
            completer.threshold if threshold is None else threshold, NetTime(interruption=interruption_ms)
        )
        drawn = sample(held_out, messages, seed=seed)
        results, partial = _measure(console, suggesters, at, held_out, drawn, options)
        reports = [as_json(result) for result in results]
        report: Json = {
            "bundle": str(folder),
            "data": [str(path) for path in data],
            "partial": partial,
            "seed": seed,
            "beam_width": beam_width,
            "max_words": max_words,
            "models": reports,
        }
        _show(console, results, reports, partial)
        if out is not None:
            _write(console, out, report, results)
        if report_folder is not None and partial:
            console.print(f"interrupted: no page was written into {report_folder}", soft_wrap=True)
        elif report_folder is not None:
            people = people_of(completer, held_out)
            personal: list[Measurement] = []
            if people:
                later = sample([one for person in people for one in person.later], messages, seed=seed)
                pair = [Variant(completer, "with profile"), Variant(completer, "no profile", profile=False)]
                personal, partial = _measure(console, pair, at, later, later, options)
                report["personal"] = [as_json(result) for result in personal]
                _show(console, personal, [as_json(result) for result in personal], partial)
            sections = report_sections(completer, results, personal, people)
            page = report_page(f"Inkling: {completer.name}", sections, drawn, seed=seed)
            report_folder.mkdir(parents=True, exist_ok=True)
            (report_folder / "index.html").write_text(page, encoding="utf-8")
            _write_json(report_folder, report)
    except (BundleError, CorpusError, DeviceError, NgramFileError, OSError, ValueError) as error:
        click.echo(f"inkling evaluate: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
    click.echo(json.dumps(report, allow_nan=False))
    if partial:
        sys.exit(130)


def _check(baseline_data: Sequence[Path], baseline: Path | None, save_baseline: Path | None) -> None:
    """Raise ValueError for options that contradict each other."""
    if baseline_data and baseline is not None:
        raise ValueError("give --baseline-data to train a baseline or --baseline to load one, not both")
    if save_baseline is not None and not baseline_data:
        raise ValueError("--save-baseline needs --baseline-data to train on")


def _transformer(file: Path, bundle: Bundle, device: str) -> Completer:
    try:
        from models.evaluation.transformer_file import load_transformer
        from models.runtime.torch import choose_device
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ValueError("--transformer needs torch; 'make train-tools' installs it") from None
    model = load_transformer(file, bundle.tokenizer, choose_device(device))
    return Completer(bundle, model, runtime="torch", name=_TRANSFORMER, remembers=False)


def _baseline(
    bundle: Bundle, data: Sequence[Path], file: Path | None, save: Path | None, phases: Phases
) -> NgramModel | None:
    """Return the baseline asked for, trained or loaded; None when none was."""
    if data:
        model = train_baseline(data, bundle.tokenizer, bundle.masker, tell=phases.tell)
        if save is not None:
            save.parent.mkdir(parents=True, exist_ok=True)
            save_ngram(model, save)
        return model
    if file is None:
        return None
    model = load_ngram(file)
    if model.tokenizer_digest != bundle.tokenizer.digest:
        raise NgramFileError(f"{file} was made for another tokenizer than this bundle's: train it again")
    return model


def _measure(
    console: Console,
    suggesters: Sequence[Measurable],
    rule: Rule,
    held_out: Sequence[HeldOutMessage],
    drawn: Sequence[HeldOutMessage],
    options: SearchOptions,
) -> tuple[list[Measurement], bool]:
    with Phases(console, transient=True) as phases:
        phases.tell(_TYPING, 0, len(suggesters) * sum(len(one.text) for one in drawn))
        results, partial = measure(
            [(one, rule) for one in suggesters],
            drawn,
            options,
            progress=lambda done: phases.advance(_TYPING, done),
        )
        if not partial:
            phases.tell(_SCORING, 0, len(held_out) * len(suggesters))
            partial = measure_likelihood(
                suggesters, held_out, results, progress=lambda done: phases.advance(_SCORING, done)
            )
    return results, partial


def _show(console: Console, results: Sequence[Measurement], reports: Sequence[Json], partial: bool) -> None:
    titles = [result.name for result in results]
    kind = "partial: interrupted" if partial else "complete"
    replayed = results[0].total()
    table = Table(
        title=f"{results[0].messages:,} messages, {replayed.words:,} words typed ({kind})",
        title_justify="left",
    )
    table.add_column("")
    for title in titles:
        table.add_column(title, justify="right")
    totals = [result.total() for result in results]
    for reading in READING_COSTS:
        label = f"net time saved, a reading costs {reading:g} s, %"
        table.add_row(label, *(_number(one.net_time(reading), 1) for one in results))
    table.add_row("showings per 100 words", *(f"{100 * one.showings_per_word:.1f}" for one in totals))
    table.add_row("mean length accepted, characters", *(_number(one.mean_accepted, 1) for one in totals))
    table.add_row(
        "accepts of two words and more per 100 words", *(f"{100 * one.long_per_word:.2f}" for one in totals)
    )
    table.add_row("perplexity per word", *(_number(one.likelihood.per_word, 1) for one in results))
    table.add_row("least confidence", *(f"{one.threshold:.2f}" for one in results))
    table.add_row("interruption, ms", *(f"{one.rule.worth.interruption:.0f}" for one in results))
    table.add_row("characters saved, %", *(_number(one.saved, 2) for one in totals))
    table.add_row("precision, %", *(_percent(one.precision) for one in totals))
    for level in PRECISIONS:
        label = f"most characters saved at {100 * level:.0f}% precision, %"
        table.add_row(label, *(_number(one.saved_at_precision(level), 2) for one in results))
    table.add_row("calibration error", *(_text(one["calibration_error"]) for one in reports))
    table.add_row("milliseconds a search", *(_text(one["milliseconds_per_search"]) for one in reports))
    console.print(table)

    matches = Table(
        title=f"exact match, %, at {len(results[0].columns[0]):,} word starts", title_justify="left"
    )
    matches.add_column("model")
    matches.add_column("words", justify="right")
    for coverage in _SHOWN_COVERAGES:
        matches.add_column(f"{100 * coverage:.0f}% shown", justify="right")
    for result in results:
        for length, column in zip(LENGTHS, result.columns, strict=True):
            shown = match_at_coverage(column, _SHOWN_COVERAGES)
            matches.add_row(result.name, str(length), *(_percent(one) for one in shown))
    console.print(matches)


def _write(console: Console, out: Path, report: Json, results: Sequence[Measurement]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    _write_json(out, report)
    try:
        from models.evaluation.report.plots import save_plots

        save_plots(results, out)
    except ImportError:
        console.print("no curves drawn: matplotlib is missing; pip install matplotlib")


def _write_json(folder: Path, report: Json) -> None:
    text = json.dumps(report, indent=1, allow_nan=False) + "\n"
    (folder / "evaluation.json").write_text(text, encoding="utf-8")


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _text(value: object) -> str:
    return "–" if value is None else str(value)
