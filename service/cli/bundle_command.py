"""`inkling bundle`: inspects and verifies a bundle."""

import json
from pathlib import Path

import click

from inkling.service.cli.options import PATH, SHARE


@click.command()
@click.argument("folder", type=PATH, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the whole manifest as one JSON line.")
@click.option("--threshold", type=SHARE, help="Write another default min_confidence into the manifest.")
def command(folder: Path | None, as_json: bool, threshold: float | None) -> None:
    """Verify the bundle in FOLDER (or the one that ships) and print its description."""
    from rich.console import Console
    from rich.table import Table

    from inkling.models.bundle.bundle import BundleError, load_bundle, write_manifest
    from inkling.service.settings import SettingsError, bundle_path, load_settings

    try:
        folder = bundle_path(load_settings(bundle=folder))
        bundle = load_bundle(folder)
        manifest = bundle.manifest
        if threshold is not None:
            manifest = manifest.model_copy(update={"threshold": threshold})
            write_manifest(folder, manifest)
    except (BundleError, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False))
        return
    table = Table(title=f"{manifest.name}: intact", show_header=False)
    for key, value in {
        "created": manifest.created,
        "licence": manifest.licence,
        "model": f"{manifest.model.made_of}, {manifest.model.layers} x {manifest.model.width}",
        "parameters": f"{manifest.parameters:,}",
        "vocabulary": f"{manifest.model.vocabulary_size:,} tokens",
        "phrases": "none" if bundle.phrases is None else f"{bundle.phrases.grams:,}",
        "phrases of a mailbox": "none" if bundle.mailbox is None else f"{bundle.mailbox.grams:,}",
        "size": f"{sum(record.bytes for record in manifest.files.values()) / 1e6:.1f} MB",
        "threshold": manifest.threshold,
        "calibration": manifest.calibration.kind.value,
        **{f"metric: {name}": value for name, value in manifest.metrics.items()},
    }.items():
        table.add_row(str(key), str(value))
    Console().print(table)
    click.echo(json.dumps({"bundle": str(folder), "name": manifest.name, "intact": True}))
