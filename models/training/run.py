"""A whole training run: from mail to a bundle."""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from filelock import BaseFileLock

from inkling import models
from inkling.models.bundle.bundle import (
    MANIFEST,
    WEIGHTS,
    Bundle,
    BundleError,
    Manifest,
    load_bundle,
    load_weights,
    read_manifest,
    save_bundle,
)
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.networks.config import ConfigError, NetworkConfig, Precision, TrainingConfig
from inkling.models.networks.language_model import LanguageModel, make_language_model, restore_language_model
from inkling.models.networks.shapes import parameter_shapes
from inkling.models.search.confidence import IDENTITY, Calibration
from inkling.models.step import Floats
from inkling.models.training.checkpoint import Progress
from inkling.models.training.lock import lock_folder
from inkling.models.training.loop import Trainer
from inkling.models.training.phrase_estimation import remember_phrases
from inkling.models.training.precision import choose_precision
from inkling.models.training.preparation.author_counts import authorship_of, settled_least_authors
from inkling.models.training.preparation.documents import documents_languages
from inkling.models.training.preparation.preparation import Prepared, Tell, prepare_documents
from inkling.models.training.ranks import ALONE, Ranks
from inkling.models.training.scalars import plot_scalars
from inkling.models.training.verdict import unigram_perplexity
from inkling.models.training.warm_start import starts_from, warm_start

DEFAULT_THRESHOLD = 0.35
_PARAMETERS_A_WORD = 5


@dataclass(slots=True)
class Run:
    """One training run and the folder it keeps its state in, beside the bundle it will write."""

    folder: Path
    model_config: NetworkConfig
    training_config: TrainingConfig
    prepared: Prepared
    trainer: Trainer
    identity: str = ""
    lock: BaseFileLock | None = None

    @classmethod
    def open(
        cls,
        data: Sequence[Path],
        dev: Sequence[Path],
        out: Path,
        model_config: NetworkConfig,
        training_config: TrainingConfig,
        device: torch.device,
        tell: Tell = lambda _phase, _done, _total: None,
        *,
        start: Bundle | None = None,
        least_words: int = 0,
        ranks: Ranks = ALONE,
    ) -> "Run":
        """Prepare data and trainer. Resumes from the checkpoint in `<out>.run` if there is one.

        A new run begins with the weights and sizes of the bundle `start`. Mail of fewer than `least_words`
        words is refused. The run owns the folder until `close`. Of several processes (`ranks`) the first
        prepares the mail, and the others read what it prepared. Raises CorpusError, ConfigError, OSError.
        """
        ranks.share(training_config.batch_size)
        if start is not None:
            model_config = starts_from(model_config, start)
        folder, lock = folder_of(out), None
        if ranks.leads:
            folder, lock = open_folder(data, dev, out)
        else:
            ranks.wait()
        try:
            return cls._opened(
                data,
                dev,
                folder,
                model_config,
                training_config,
                device,
                tell,
                start,
                least_words,
                lock,
                ranks,
            )
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    @classmethod
    def _opened(
        cls,
        data: Sequence[Path],
        dev: Sequence[Path],
        folder: Path,
        model_config: NetworkConfig,
        training_config: TrainingConfig,
        device: torch.device,
        tell: Tell,
        start: Bundle | None,
        least_words: int,
        lock: BaseFileLock | None,
        ranks: Ranks,
    ) -> "Run":
        vocabulary = model_config.vocabulary_size
        prepared = prepare_documents(
            data,
            dev,
            folder,
            vocabulary_size=vocabulary,
            seed=training_config.seed,
            correct_spelling=training_config.correct_spelling,
            passes=training_config.tokenizer_passes or training_config.corpus_passes,
            least_words=least_words,
            tell=tell,
        )
        training_config = training_config.model_copy(
            update={"least_authors": settled_least_authors(training_config, prepared.train)}
        )
        model_config = model_config.model_copy(update={"vocabulary_size": prepared.tokenizer.vocabulary_size})
        if training_config.precision is Precision.AUTO:
            training_config = training_config.model_copy(
                update={"precision": settled_precision(folder, device)}
            )
        if ranks.leads:
            ranks.wait()
        torch.manual_seed(training_config.seed)
        model = make_language_model(model_config).to(device)
        if start is not None:
            warm_start(model, prepared.tokenizer, start)
        identity = run_identity(prepared, model_config, training_config, start)
        passes = _passes(prepared, training_config)
        trainer = open_trainer(model, prepared, training_config, folder, identity, data[0], passes, ranks)
        return cls(folder, model_config, training_config, prepared, trainer, identity, lock)

    def train(self, report: Callable[..., None]) -> Progress:
        """Train until finished or stopped, then draw the curve."""
        progress = self.trainer.run(report)
        if self.trainer.ranks.leads:
            plot_scalars(self.folder / "scalars.csv", self.folder / "curve.png")
        return progress

    def close(self) -> None:
        """Leave the folder to another training."""
        if self.lock is not None:
            self.lock.release()

    def kept_bundle(self, out: Path, *, name: str, licence: str, data_card: dict[str, Any]) -> Bundle | None:
        """The bundle at `out`, if `write_bundle` would write the same again, apart from later calibration."""
        if not self.trainer.finished:
            return None
        try:
            bundle = load_bundle(out)
        except BundleError:
            return None
        made_by = bundle.manifest.training.get("run")
        return bundle if made_by == self.mark(name, licence, data_card) else None

    def mark(self, name: str, licence: str, data_card: dict[str, Any]) -> str:
        """A hash of all inputs of `write_bundle`."""
        progress, config = self.trainer.progress, self.training_config
        shaping = [progress.step, progress.best_step, config.phrase_order, config.least_authors]
        shaping += [config.withhold_local] if config.withhold_local else []
        shaping += [config.max_phrase_bytes] if config.max_phrase_bytes else []
        text = json.dumps([self.identity, shaping, name, licence, data_card], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def best_weights(self) -> dict[str, Floats]:
        """The weights of the lowest dev perplexity, or the last ones without dev documents."""
        best = (self.folder / "best.safetensors").read_bytes()
        return load_weights(self.model_config, best, "best.safetensors")

    def record(self) -> dict[str, Any]:
        """The manifest's record of the training."""
        progress = self.trainer.progress
        return {
            "config": self.training_config.model_dump(mode="json"),
            "steps": progress.step,
            "pieces": progress.pieces,
            "best_step": progress.best_step or progress.step,
            "seconds": round(progress.seconds),
            "skipped_steps": progress.skipped,
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
        }

    def write_bundle(
        self,
        out: Path,
        *,
        name: str,
        licence: str,
        data_card: dict[str, Any],
        tell: Tell = lambda _phase, _done, _total: None,
    ) -> Manifest:
        """Write the best model of the run as a bundle; `data_card` is added to what was measured."""
        progress, prepared, weights = self.trainer.progress, self.prepared, self.best_weights()
        tell("phrases", 0, 0)
        phrases = remember_phrases(
            restore_language_model(self.model_config, weights),
            prepared.tokenizer,
            prepared.train,
            prepared.dev,
            self.training_config,
        )
        tell("phrases", 1, 1)
        tell("authors", 0, 0)
        least_authors = settled_least_authors(self.training_config, prepared.train)
        authorship = authorship_of(
            prepared.train,
            prepared.tokenizer,
            least_authors=least_authors,
            withhold_local=self.training_config.withhold_local,
        )
        tell("authors", 1, 1)
        unigram = unigram_perplexity(prepared.train, prepared.dev, prepared.tokenizer)
        metrics = {
            "dev_perplexity_per_word": progress.best_dev,
            "unigram_perplexity_per_word": unigram,
        }
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
                **self.record(),
                "run": self.mark(name, licence, data_card),
            },
            metrics={key: round(value, 3) for key, value in metrics.items() if value is not None},
            phrases=phrases,
            authorship=authorship,
            languages=documents_languages(prepared.train, prepared.tokenizer),
        )


def open_trainer(
    model: LanguageModel,
    prepared: Prepared,
    config: TrainingConfig,
    folder: Path,
    identity: str,
    data: Path,
    passes: Sequence[float] | None = None,
    ranks: Ranks = ALONE,
) -> Trainer:
    """The trainer of a run, from its checkpoint where there is one.

    Raises ConfigError, and CorpusError about `data` where that is too little.
    """
    tokenizer, train, dev = prepared.tokenizer, prepared.train, prepared.dev
    try:
        return Trainer(model, tokenizer, train, dev, config, folder, identity, passes=passes, ranks=ranks)
    except ConfigError:
        raise
    except ValueError as error:
        raise CorpusError(data, str(error)) from None


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


def folder_of(out: Path) -> Path:
    """The folder of the run that writes the bundle `out`."""
    return out.with_name(out.name + ".run")


def open_folder(data: Sequence[Path], dev: Sequence[Path], out: Path) -> tuple[Path, BaseFileLock]:
    """The folder of a run, made and locked; raises CorpusError for mail that is not there, ConfigError."""
    for path in (*data, *dev):
        if not path.exists():
            raise CorpusError(path, "does not exist")
    folder = folder_of(out)
    folder.mkdir(parents=True, exist_ok=True)
    return folder, lock_folder(folder)


def least_words(config: NetworkConfig) -> int:
    """Words that a model of these sizes needs to learn a language from nothing.

    A million for the default size. With a million its perplexity is 876 (docs/experiments.md).
    """
    parameters = sum(math.prod(shape) for shape in parameter_shapes(config).values())
    return parameters // _PARAMETERS_A_WORD


def calibrated_bundle(out: Path) -> bool:
    """Whether `out` holds a bundle whose calibration or threshold was fitted since it was trained."""
    if not (out / MANIFEST).exists():
        return False
    try:
        manifest = read_manifest(out)
    except BundleError:
        return False
    written = manifest.training.get("confidence")
    if not isinstance(written, dict):
        return manifest.calibration != IDENTITY or manifest.threshold != DEFAULT_THRESHOLD
    return written != confidence_record(manifest.calibration, manifest.threshold)


def confidence_record(calibration: Calibration, threshold: float) -> dict[str, Any]:
    """The manifest's record of the confidence settings that a bundle was written with."""
    text = json.dumps([calibration.model_dump(mode="json"), threshold], sort_keys=True)
    return {"threshold": threshold, "hash": hashlib.sha256(text.encode()).hexdigest()}


def settled_precision(folder: Path, device: torch.device) -> Precision:
    """The precision chosen when the run began. A run that is resumed on another machine keeps it."""
    path = folder / "precision.txt"
    if path.exists():
        return Precision(path.read_text().strip())
    precision = choose_precision(device)
    path.write_text(f"{precision.value}\n")
    return precision


def run_identity(
    prepared: Prepared, model: NetworkConfig, training: TrainingConfig, start: Bundle | None
) -> str:
    """A hash of all that shapes a step."""
    # The length of a run may change when it is resumed. Settings that shape a step may not.
    shaping = training.model_dump(
        mode="json",
        exclude={
            *("epochs", "steps", "decay_share", "dev_interval", "patience", "checkpoint_minutes"),
            *("phrase_order", "max_phrase_bytes", "least_authors", "withhold_local", "tokenizer_passes"),
        },
    )
    before = None if start is None else start.manifest.files[WEIGHTS].sha256
    text = json.dumps([prepared.identity, model.identity(), shaping, before], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
