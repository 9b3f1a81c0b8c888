"""`inkling evaluate`: measure a bundle, and a 5-gram baseline beside it, on held-out mail."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from inkling.models.bundle.bundle import Bundle, BundleError, load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import RUNTIMES, load_completer
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.readers import is_json_lines
from inkling.models.evaluation.baseline import train_baseline
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.measure import Measurable, Measurement, measure, measure_likelihood
from inkling.models.evaluation.messages import HeldOutMessage, sample
from inkling.models.evaluation.personal import people_of
from inkling.models.evaluation.replay import Rule
from inkling.models.evaluation.report.numbers import Json, as_json
from inkling.models.evaluation.report.page import report_page, report_sections
from inkling.models.evaluation.variants import Variant
from inkling.models.ngram import NgramFileError, NgramModel, load_ngram, save_ngram
from inkling.models.runtime.device import DeviceError
from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import SearchOptions
from inkling.models.step import StepModel
from inkling.service.cli.consoles.evaluation_tables import show_measurements
from inkling.service.cli.consoles.progress import Phases
from inkling.service.cli.destinations import check_file, check_folder
from inkling.service.cli.options import INTERRUPTION, PATH, SHARE

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
    type=INTERRUPTION,
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
@click.option(
    "--json",
    "as_line",
    is_flag=True,
    help="Print all results, the curves too, as one line on standard output.",
)
def command(as_line: bool, **given: Any) -> None:
    """Measure a bundle on held-out mail: typing replay, exact match, perplexity, calibration.

    Ctrl-C ends it early. The results so far are then reported as partial. The tables go to standard error.
    """
    try:
        report, interrupted = _Evaluation(**given).run(Console(stderr=True))
    except (BundleError, CorpusError, DeviceError, NgramFileError, OSError, ValueError) as error:
        click.echo(f"inkling evaluate: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
    if as_line:
        click.echo(json.dumps(report, allow_nan=False))
    if interrupted:
        sys.exit(130)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """The options of the command, and what it does."""

    folder: Path
    data: tuple[Path, ...]
    out: Path | None
    report_folder: Path | None
    baseline_data: tuple[Path, ...]
    baseline: Path | None
    save_baseline: Path | None
    transformer: Path | None
    messages: int | None
    seed: int
    beam_width: int
    max_words: int
    threshold: float | None
    interruption: float | None
    clean: bool | None
    runtime: str
    device: str
    threads: int

    def run(self, console: Console) -> tuple[Json, bool]:
        """Measure, print and write; the report, and whether it was interrupted.

        Raises:
            ValueError: options contradict each other.
            BundleError, CorpusError, DeviceError, NgramFileError, OSError: a file is not what it must be.
        """
        self._check()
        bundle = load_bundle(self.folder)
        completer = load_completer(bundle, self.device, runtime=self.runtime, threads=self.threads)
        held_out = self._held_out()
        suggesters: list[Measurable] = [completer]
        if self.report_folder is not None:
            suggesters.append(Variant(completer, "no context", context=False))
        suggesters += self._baselines(bundle, console)
        drawn = sample(held_out, self.messages, seed=self.seed)
        measuring = _Measuring(console, self._rule(completer), self._search_options())
        results, partial = measuring.run(suggesters, held_out, drawn)
        report = self._report(results, partial=partial)
        if self.out is not None:
            _write(console, self.out, report, results)
        if self.report_folder is None:
            return report, partial
        if partial:
            console.print(f"interrupted: no page was written into {self.report_folder}", soft_wrap=True)
            return report, True
        people = people_of(completer, held_out)
        personal: list[Measurement] = []
        if people:
            later = sample([one for person in people for one in person.later], self.messages, seed=self.seed)
            pair = [Variant(completer, "with profile"), Variant(completer, "no profile", profile=False)]
            personal, partial = measuring.run(pair, later, later)
            report["personal"] = [as_json(result) for result in personal]
        sections = report_sections(completer, results, personal, people)
        page = report_page(f"Inkling: {completer.name}", sections, drawn, seed=self.seed)
        self.report_folder.mkdir(parents=True, exist_ok=True)
        (self.report_folder / "index.html").write_text(page, encoding="utf-8")
        _write_json(self.report_folder, report)
        return report, partial

    def _check(self) -> None:
        """Check before long work that options fit together and that results can be written."""
        if self.baseline_data and self.baseline is not None:
            raise ValueError("give --baseline-data to train a baseline or --baseline to load one, not both")
        if self.save_baseline is not None and not self.baseline_data:
            raise ValueError("--save-baseline needs --baseline-data to train on")
        made = [folder for folder in (self.out, self.report_folder) if folder is not None]
        for folder in made:
            check_folder(folder)
        if self.save_baseline is not None and self.save_baseline.parent not in made:
            check_file(self.save_baseline)

    def _held_out(self) -> list[HeldOutMessage]:
        def cleans(path: Path) -> bool:
            return not is_json_lines(path) if self.clean is None else self.clean

        return [one for path in self.data for one in load_messages(path, clean=cleans(path))]

    def _rule(self, completer: Completer) -> Rule:
        """The display rule: the bundle's, with the changes that the options ask for."""
        threshold = completer.threshold if self.threshold is None else self.threshold
        cost = completer.interruption_ms if self.interruption is None else self.interruption
        return Rule(threshold, NetTime(interruption=cost))

    def _search_options(self) -> SearchOptions:
        return SearchOptions(max_words=self.max_words, beam_width=self.beam_width, min_confidence=0.0)

    def _report(self, results: Sequence[Measurement], *, partial: bool) -> Json:
        return {
            "bundle": str(self.folder),
            "data": [str(path) for path in self.data],
            "partial": partial,
            "seed": self.seed,
            "beam_width": self.beam_width,
            "max_words": self.max_words,
            "models": [as_json(result) for result in results],
        }

    def _baselines(self, bundle: Bundle, console: Console) -> list[Completer]:
        """The requested models beside the bundle's, each with the bundle's tokens and masking."""
        transformer = self._transformer(bundle)
        with Phases(console, transient=True) as phases:
            ngram = self._ngram(bundle, phases)
        models = ((_BASELINE, "n-gram", ngram), (_TRANSFORMER, "torch", transformer))
        return [
            Completer(bundle, model, runtime=runtime, name=name, remembers=False)
            for name, runtime, model in models
            if model is not None
        ]

    def _transformer(self, bundle: Bundle) -> StepModel | None:
        if self.transformer is None:
            return None
        try:
            from inkling.models.evaluation.transformer_file import load_transformer
            from inkling.models.runtime.torch import choose_device
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise ValueError("--transformer needs torch; 'make train-tools' installs it") from None
        return load_transformer(self.transformer, bundle.tokenizer, choose_device(self.device))

    def _ngram(self, bundle: Bundle, phases: Phases) -> NgramModel | None:
        """The requested 5-gram baseline, trained or loaded; None if none was requested."""
        if self.baseline_data:
            trained = train_baseline(self.baseline_data, bundle.tokenizer, bundle.masker, tell=phases.tell)
            if self.save_baseline is not None:
                self.save_baseline.parent.mkdir(parents=True, exist_ok=True)
                save_ngram(trained, self.save_baseline)
            return trained
        if self.baseline is None:
            return None
        loaded = load_ngram(self.baseline)
        if loaded.tokenizer_digest != bundle.tokenizer.digest:
            raise NgramFileError(
                f"{self.baseline} was made for another tokenizer than this bundle's: train it again"
            )
        return loaded


@dataclass(frozen=True, slots=True)
class _Measuring:
    """Measures models under one rule, with its progress and its tables on a console."""

    console: Console
    rule: Rule
    options: SearchOptions

    def run(
        self,
        suggesters: Sequence[Measurable],
        held_out: Sequence[HeldOutMessage],
        drawn: Sequence[HeldOutMessage],
    ) -> tuple[list[Measurement], bool]:
        """Type the `drawn` messages again and score all; the flag says whether it was interrupted."""
        with Phases(self.console, transient=True) as phases:
            phases.tell(_TYPING, 0, len(suggesters) * sum(len(one.text) for one in drawn))
            results, partial = measure(
                [(one, self.rule) for one in suggesters],
                drawn,
                self.options,
                progress=lambda done: phases.advance(_TYPING, done),
            )
            if not partial:
                phases.tell(_SCORING, 0, len(held_out) * len(suggesters))
                partial = measure_likelihood(
                    suggesters, held_out, results, progress=lambda done: phases.advance(_SCORING, done)
                )
        show_measurements(self.console, results, partial=partial)
        return results, partial


def _write(console: Console, out: Path, report: Json, results: Sequence[Measurement]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    _write_json(out, report)
    try:
        from inkling.models.evaluation.report.plots import save_plots

        save_plots(results, out)
    except ImportError:
        console.print("no curves drawn: matplotlib is missing; pip install matplotlib")


def _write_json(folder: Path, report: Json) -> None:
    text = json.dumps(report, indent=1, allow_nan=False) + "\n"
    (folder / "evaluation.json").write_text(text, encoding="utf-8")
