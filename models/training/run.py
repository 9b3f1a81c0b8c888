"""A whole training run: from mail to a bundle."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

import models
from models.bundle import WEIGHTS, Bundle, Manifest, load_weights, save_bundle
from models.config import ConfigError, ModelConfig, Precision, TrainingConfig
from models.corpus.errors import CorpusError
from models.recurrent import RecurrentLanguageModel, restore
from models.training.authorship import authorship_of
from models.training.checkpoint import Progress
from models.training.loop import Trainer
from models.training.phrases import remember_phrases
from models.training.precision import choose_precision
from models.training.preparation import Prepared, Tell, prepare_documents
from models.training.scalars import plot_scalars
from models.training.warm_start import starts_from, warm_start

DEFAULT_THRESHOLD = 0.35


@dataclass(slots=True)
class Run:
    """One training run and the folder it keeps its state in, beside the bundle it will write."""

    folder: Path
    model_config: ModelConfig
    training_config: TrainingConfig
    prepared: Prepared
    trainer: Trainer

    @classmethod
    def open(
        cls,
        data: Sequence[Path],
        dev: Sequence[Path],
        out: Path,
        model_config: ModelConfig,
        training_config: TrainingConfig,
        device: torch.device,
        tell: Tell = lambda _phase, _done, _total: None,
        *,
        start: Bundle | None = None,
    ) -> "Run":
        """Prepare data and trainer; goes on from the checkpoint in `<out>.run` if there is one.

        `start` is a bundle whose weights and sizes a new run begins with. Raises CorpusError, ConfigError.
        """
        if start is not None:
            model_config = starts_from(model_config, start)
        folder = out.with_name(out.name + ".run")
        for path in (*data, *dev):
            if not path.exists():
                raise CorpusError(path, "does not exist")
        folder.mkdir(parents=True, exist_ok=True)
        vocabulary = model_config.vocabulary_size
        prepared = prepare_documents(
            data,
            dev,
            folder,
            vocabulary_size=vocabulary,
            seed=training_config.seed,
            correct_spelling=training_config.correct_spelling,
            passes=training_config.corpus_passes,
            tell=tell,
        )
        if not prepared.train:
            raise CorpusError(data[0], "no message is left after cleaning: give more mail")
        model_config = model_config.model_copy(update={"vocabulary_size": prepared.tokenizer.vocabulary_size})
        if training_config.precision is Precision.AUTO:
            training_config = training_config.model_copy(
                update={"precision": _settled_precision(folder, model_config, device)}
            )
        torch.manual_seed(training_config.seed)
        model = RecurrentLanguageModel(model_config).to(device)
        if start is not None:
            warm_start(model, prepared.tokenizer, start)
        try:
            trainer = Trainer(
                model,
                prepared.tokenizer,
                prepared.train,
                prepared.dev,
                training_config,
                folder,
                _identity(prepared, model_config, training_config, start),
                passes=_passes(prepared, training_config),
            )
        except ConfigError:
            raise
        except ValueError as error:
            raise CorpusError(data[0], str(error)) from None
        return cls(folder, model_config, training_config, prepared, trainer)

    def train(self, report: Callable[..., None]) -> Progress:
        """Train until finished or stopped, then draw the curve."""
        progress = self.trainer.run(report)
        plot_scalars(self.folder / "scalars.csv", self.folder / "curve.png")
        return progress

    def write_bundle(self, out: Path, *, name: str, licence: str, data_card: dict[str, Any]) -> Manifest:
        """Write the best model of the run as a bundle; `data_card` is added to what was measured."""
        progress = self.trainer.progress
        best = (self.folder / "best.safetensors").read_bytes()
        weights = load_weights(self.model_config, best, "best.safetensors")
        prepared = self.prepared
        phrases = remember_phrases(
            restore(self.model_config, weights),
            prepared.tokenizer,
            prepared.train,
            prepared.dev,
            self.training_config,
        )
        authorship = authorship_of(
            prepared.train, prepared.tokenizer, least_authors=self.training_config.least_authors
        )
        dev = {} if progress.best_dev is None else {"dev_perplexity_per_word": round(progress.best_dev, 3)}
        return save_bundle(
            out,
            name=name,
            config=self.model_config,
            weights=weights,
            tokenizer=prepared.tokenizer,
            lexicon=prepared.lexicon,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            inkling_version=models.__version__,
            licence=licence,
            threshold=DEFAULT_THRESHOLD,
            data_card=prepared.card | data_card,
            training={
                "config": self.training_config.model_dump(mode="json"),
                "steps": progress.step,
                "pieces": progress.pieces,
                "best_step": progress.best_step or progress.step,
                "seconds": round(progress.seconds),
                "skipped_steps": progress.skipped,
                "torch": str(torch.__version__),
                "threads": torch.get_num_threads(),
            },
            metrics=dev,
            phrases=phrases,
            authorship=authorship,
        )


def _passes(prepared: Prepared, config: TrainingConfig) -> list[float] | None:
    """Passes over each source in an epoch, in the order of the documents' numbers; None for one of each.

    Raises ConfigError for a source that the mail does not hold.
    """
    if not config.corpus_passes:
        return None
    sources = list(prepared.card["sources"])
    unknown = sorted(set(config.corpus_passes) - set(sources))
    if unknown:
        raise ConfigError(
            f"corpus_passes: {unknown[0]} is no source of this mail, which has {', '.join(sources)}"
        )
    return [config.corpus_passes.get(source, 1.0) for source in sources]


def _settled_precision(folder: Path, config: ModelConfig, device: torch.device) -> Precision:
    """The precision measured when the run began: a resumed run must not choose anew."""
    path = folder / "precision.txt"
    if path.exists():
        return Precision(path.read_text().strip())
    precision = choose_precision(config, device)
    path.write_text(f"{precision.value}\n")
    return precision


def _identity(prepared: Prepared, model: ModelConfig, training: TrainingConfig, start: Bundle | None) -> str:
    # The length of a run may change when it is resumed; what shapes a step may not.
    shaping = training.model_dump(
        mode="json",
        exclude={
            *("epochs", "steps", "decay_share", "dev_interval", "patience", "checkpoint_minutes"),
            *("phrase_order", "least_authors"),
        },
    )
    before = None if start is None else start.manifest.files[WEIGHTS].sha256
    text = json.dumps([prepared.identity, model.model_dump(mode="json"), shaping, before], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
