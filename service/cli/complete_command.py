"""`inkling complete`: one completion from the command line."""

import json
from pathlib import Path

import click

from inkling.service.cli.options import PATH, SHARE


@click.command()
@click.argument("prefix")
@click.option("--bundle", type=PATH, help="Folder of the model [the one that ships].")
@click.option("--subject", help="Subject of the message.")
@click.option("--previous", help="The message that is answered.")
@click.option("--recipient", help="Name of the recipient.")
@click.option("--suffix", default="", help="The text behind the caret, in the same line.")
@click.option("--edits", is_flag=True, help="Mend a misspelled word at the end.")
@click.option(
    "--suggestions", type=click.IntRange(1, 5), default=3, show_default=True, help="How many at most."
)
@click.option(
    "--words", type=click.IntRange(1, 15), default=8, show_default=True, help="Words of each at most."
)
@click.option("--beam", type=click.IntRange(1, 16), default=4, show_default=True, help="Beam width.")
@click.option("--min-confidence", type=SHARE, default=0.0, show_default=True, help="Of the best.")
@click.option(
    "--runtime",
    type=click.Choice(["auto", "onnx", "torch"]),
    default="auto",
    show_default=True,
    help="What computes.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line.")
def command(
    prefix: str,
    bundle: Path | None,
    subject: str | None,
    previous: str | None,
    recipient: str | None,
    suffix: str,
    edits: bool,
    suggestions: int,
    words: int,
    beam: int,
    min_confidence: float,
    runtime: str,
    device: str,
    as_json: bool,
) -> None:
    """Complete PREFIX and print the suggestions with their confidence.

    They come in the order in which they would be shown: by the expected number of characters saved, which is
    confidence times length.
    """
    from inkling.models.bundle.bundle import BundleError, load_bundle
    from inkling.models.completer.loading import load_completer
    from inkling.models.explanation.wording import WHY_NONE
    from inkling.models.runtime.batch import finish
    from inkling.models.runtime.device import DeviceError
    from inkling.models.search.draft import Draft
    from inkling.models.search.suggestion import SearchOptions
    from inkling.models.text.context import Context
    from inkling.service.settings import SettingsError, bundle_path, load_settings

    for text in (prefix, subject, previous, recipient, suffix):
        if text is not None and any("\ud800" <= character <= "\udfff" for character in text):
            raise click.ClickException("the text is not valid Unicode; give it in the terminal's encoding")
    try:
        folder = bundle_path(load_settings(bundle=bundle))
        completer = load_completer(load_bundle(folder), device, runtime=runtime)
    except (BundleError, DeviceError, OSError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    draft = Draft(prefix, Context(subject, previous, recipient), suffix=suffix)
    options = SearchOptions(suggestions, words, beam, min_confidence, edits=edits)
    result = finish(completer.run, completer.complete(draft, options))
    if as_json:
        found = [
            {
                "text": one.text,
                "confidence": round(one.confidence, 4),
                "finish_reason": one.finish_reason.value,
                "replace": one.replace,
            }
            for one in result.suggestions
        ]
        answer: dict[str, object] = {"model": completer.name, "suggestions": found}
        if result.reason is not None:
            answer["reason"] = result.reason.value
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    for one in result.suggestions:
        stays = prefix[: len(prefix) - one.replace]
        click.echo(f"{one.confidence:6.1%}  {stays}{click.style(one.text, bold=True)}{suffix}")
    if result.reason is not None:
        click.echo(f"no suggestion: {WHY_NONE[result.reason]}", err=True)
