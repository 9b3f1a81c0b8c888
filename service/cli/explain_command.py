"""`inkling explain`: why a text gets its suggestions."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from inkling.service.cli.options import INTERRUPTION, PATH, SHARE

_TOKENS = 64


@click.command()
@click.argument("prefix")
@click.option("--bundle", type=PATH, help="Folder of the model [the one that ships].")
@click.option("--subject", help="Subject of the message.")
@click.option("--previous", help="The message that is answered.")
@click.option("--recipient", help="Name of the recipient.")
@click.option(
    "--suggestions", type=click.IntRange(1, 5), default=3, show_default=True, help="How many at most."
)
@click.option(
    "--words", type=click.IntRange(1, 15), default=8, show_default=True, help="Words of each at most."
)
@click.option("--beam", type=click.IntRange(1, 16), default=4, show_default=True, help="Beam width.")
@click.option("--min-confidence", type=SHARE, help="Of the best [the bundle's].")
@click.option(
    "--interruption-ms",
    type=INTERRUPTION,
    help="What reading a suggestion costs [the bundle's].",
)
@click.option(
    "--runtime",
    type=click.Choice(["auto", "onnx", "torch"]),
    default="auto",
    show_default=True,
    help="What computes.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--svg", type=PATH, help="Write a picture into this file, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line.")
def command(
    prefix: str,
    bundle: Path | None,
    subject: str | None,
    previous: str | None,
    recipient: str | None,
    suggestions: int,
    words: int,
    beam: int,
    min_confidence: float | None,
    interruption_ms: float | None,
    runtime: str,
    device: str,
    svg: Path | None,
    as_json: bool,
) -> None:
    """Tell why PREFIX gets its suggestions.

    Prints the last tokens that are read with the gates of the cell, the next tokens step by step, the beam,
    and what became of each candidate. Spaces show as middle dots.
    """
    from rich.console import Console

    from inkling.models.bundle.bundle import BundleError, load_bundle
    from inkling.models.completer.loading import load_completer
    from inkling.models.explanation.explainer import Explainer
    from inkling.models.explanation.picture import draw
    from inkling.models.runtime.batch import finish
    from inkling.models.runtime.device import DeviceError
    from inkling.models.search.draft import Draft
    from inkling.models.search.suggestion import SearchOptions
    from inkling.models.text.context import Context
    from inkling.service.cli.consoles.explanation_console import show_explanation
    from inkling.service.cli.destinations import check_file
    from inkling.service.settings import SettingsError, bundle_path, load_settings

    for text in (prefix, subject, previous, recipient):
        if text is not None and any("\ud800" <= character <= "\udfff" for character in text):
            raise click.ClickException("the text is not valid Unicode; give it in the terminal's encoding")
    if svg is not None:
        check_file(svg)
    try:
        folder = bundle_path(load_settings(bundle=bundle))
        completer = load_completer(load_bundle(folder), device, runtime=runtime)
    except (BundleError, DeviceError, OSError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    draft = Draft(prefix, Context(subject, previous, recipient))
    options = SearchOptions(suggestions, words, beam, min_confidence, interruption_ms)
    told = finish(completer.run, Explainer(completer, most_tokens=_TOKENS).explain(draft, options))
    if svg is not None:
        svg.write_text(draw(told, prefix, completer.name), encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"model": completer.name, "explanation": asdict(told)}, ensure_ascii=False))
        return
    show_explanation(Console(highlight=False), told)
