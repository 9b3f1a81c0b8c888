"""Train the Transformer that a bundle is compared with, on the documents of the bundle's own run.

    python -m benchmarks.transformer --run bundles/inkling-en.run --out transformer.safetensors --steps 6000

goes on where it was interrupted. `inkling evaluate --transformer FILE` then measures it beside the bundle.
"""

import json
from pathlib import Path

import click
from rich.console import Console

from benchmarks.reporting.extras import missing
from inkling.models.networks.config import ConfigError, Precision, TrainingConfig, TransformerConfig
from inkling.service.cli.consoles.progress import Phases

try:
    import torch

    from inkling.models.evaluation.transformer_file import save_transformer
    from inkling.models.networks.transformer import TransformerLanguageModel
    from inkling.models.training.lock import lock_folder
    from inkling.models.training.loop import StepReport, Trainer
    from inkling.models.training.preparation.preparation import load_prepared
except ModuleNotFoundError:
    missing("torch", "train")

_PATH = click.Path(path_type=Path)
_PRECISIONS = [Precision.FLOAT32.value, Precision.BFLOAT16.value]


@click.command()
@click.option(
    "--run", "folder", type=click.Path(path_type=Path), required=True, help="OUT.run of a training."
)
@click.option("--out", type=_PATH, required=True, help="File to write.")
@click.option("--steps", type=click.IntRange(min=1), default=6000, show_default=True)
@click.option("--learning-rate", type=float, default=1e-3, show_default=True)
@click.option("--dropout", type=click.FloatRange(0, 0.9), default=0.1, show_default=True)
@click.option("--precision", type=click.Choice(_PRECISIONS), default="bfloat16", show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), help="CPU threads; default: torch's choice.")
def command(
    folder: Path,
    out: Path,
    steps: int,
    learning_rate: float,
    dropout: float,
    precision: str,
    threads: int | None,
) -> None:
    """Train a Transformer of the size of a bundle's model, on the same documents."""
    if threads:
        torch.set_num_threads(threads)
    prepared = load_prepared(folder)
    if prepared is None:
        raise click.ClickException(f"{folder} holds no prepared documents: train a bundle first")
    try:
        config = TransformerConfig.parse(
            {"vocabulary_size": prepared.tokenizer.vocabulary_size, "dropout": dropout}
        )
        how = TrainingConfig(
            batch_size=64,
            sequence_length=32,
            steps=steps,
            warmup_steps=min(500, steps - 1),
            learning_rate=learning_rate,
            precision=Precision(precision),
            patience=1000,
            dev_interval=1000,
        )
        torch.manual_seed(how.seed)
        state = out.with_name(out.name + ".run")
        state.mkdir(parents=True, exist_ok=True)
        lock = lock_folder(state)
        identity = json.dumps([prepared.identity, config.model_dump(), how.model_dump(mode="json")])
        trainer = Trainer(
            TransformerLanguageModel(config),
            prepared.tokenizer,
            prepared.train,
            prepared.dev,
            how,
            state,
            identity,
        )
    except (ConfigError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    console = Console(stderr=True)
    with Phases(console) as phases:
        phases.tell("train", trainer.progress.step, steps)

        def report(step: StepReport) -> None:
            if step.dev_perplexity is not None:
                phases.say(f"step {step.step}  dev perplexity {step.dev_perplexity:.1f}")
            phases.tell("train", step.step, steps, f"{step.pieces_per_second:,.0f} tokens/s")

        progress = trainer.run(report)
    model = trainer.model
    assert isinstance(model, TransformerLanguageModel)
    save_transformer(model, prepared.tokenizer, out)
    lock.release()
    click.echo(json.dumps({"file": str(out), "steps": progress.step, "dev": progress.best_dev}))


if __name__ == "__main__":
    command()
