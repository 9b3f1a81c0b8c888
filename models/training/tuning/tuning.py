"""Tuning: makes a bundle that suits a mailbox from another bundle, and keeps its tokenizer.

The model is trained on the mailbox for a short time. Mail that it was not trained on then decides how much of
the result is used (`models.training.tuning.mixing`). Mail that took part in neither shows whether the result
is better.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from inkling import models
from inkling.models.bundle.bundle import (
    Bundle,
    MailboxRecord,
    Manifest,
    PhraseRecord,
    load_bundle,
    save_bundle,
)
from inkling.models.completer.loading import load_completer
from inkling.models.evaluation.comparison import Comparison, compare
from inkling.models.networks.config import ConfigError, NetworkConfig, Precision, TrainingConfig
from inkling.models.networks.language_model import restore_language_model
from inkling.models.search.rare_phrases import Authorship
from inkling.models.training.preparation.author_counts import hashed_texts, settled_least_authors
from inkling.models.training.preparation.documents import Document, documents_languages
from inkling.models.training.preparation.preparation import Tell
from inkling.models.training.run import (
    Run,
    confidence_record,
    open_folder,
    open_trainer,
    run_identity,
    settled_precision,
)
from inkling.models.training.tuning.common_phrases import common_phrases
from inkling.models.training.tuning.mailbox import Mailbox, prepare_mailbox
from inkling.models.training.tuning.mixing import Mixing, averaged, choose_mixing, mailbox_phrases
from inkling.models.training.warm_start import starts_from

_CANDIDATE = "candidate"
_TOKENS_TRAINED = ((60_000, 3.0), (150_000, 2.0))
"""Passes over mailboxes of up to so many tokens; over larger ones `_FEWEST_PASSES`."""

_FEWEST_PASSES = 1.5
_RATE = 4e-4
_LANES, _MANY_LANES, _MANY_TOKENS = 16, 32, 100_000
_WINDOW = 32
_WARM_UP = 0.05
_LOOKS_A_PASS = 2


_NOT_TUNED = ("corpus_passes", "tokenizer_passes", "withhold_local", "phrase_order", "max_phrase_bytes")
"""Settings that shape a model trained on mail of many; tuning reads a mailbox as it is."""


def tuning_config(given: TrainingConfig, tokens: int) -> TrainingConfig:
    """The configuration for a mailbox of this many tokens. Values in `given` are kept.

    Raises ConfigError for a setting that tuning would ignore.
    """
    for field in _NOT_TUNED:
        if field in given.model_fields_set:
            raise ConfigError(
                f"{field}: has no part in tuning a bundle that keeps its tokenizer; leave it out, "
                "or give --vocabulary-size to train with a new tokenizer"
            )
    passes = next((many for most, many in _TOKENS_TRAINED if tokens <= most), _FEWEST_PASSES)
    lanes = given.batch_size if "batch_size" in given.model_fields_set else _lanes(tokens)
    window = given.sequence_length if "sequence_length" in given.model_fields_set else _WINDOW
    steps = max(tokens // (lanes * window), 1)
    chosen: dict[str, Any] = {
        "batch_size": lanes,
        "sequence_length": window,
        "epochs": passes,
        "learning_rate": _RATE,
        "warmup_steps": max(round(_WARM_UP * steps * passes), 5),
        "dev_interval": max(steps // _LOOKS_A_PASS, 1),
    }
    return given.model_copy(
        update={name: value for name, value in chosen.items() if name not in given.model_fields_set}
    )


def _lanes(tokens: int) -> int:
    return _LANES if tokens < _MANY_TOKENS else _MANY_LANES


@dataclass(slots=True)
class Tuning:
    """A run that begins with a bundle and keeps its tokenizer, and the mailbox that it reads."""

    run: Run
    start: Bundle
    mailbox: Mailbox

    @classmethod
    def open(
        cls,
        data: Sequence[Path],
        dev: Sequence[Path],
        out: Path,
        start: Bundle,
        model_config: NetworkConfig,
        training_config: TrainingConfig,
        device: torch.device,
        tell: Tell = lambda _phase, _done, _total: None,
    ) -> "Tuning":
        """Prepare mailbox and trainer. Resumes from the checkpoint in `<out>.run` if there is one.

        The folder is this run's until `run.close`. Raises CorpusError, ConfigError, OSError.
        """
        starts_from(model_config, start)
        folder, lock = open_folder(data, dev, out)
        try:
            tuning_config(training_config, 0)  # it must refuse a setting before minutes of reading
            corrected = training_config.correct_spelling
            mailbox = prepare_mailbox(data, dev, start, tell, correct_spelling=corrected)
            prepared = mailbox.prepared
            tokens = sum(len(document.body) + 1 for document in prepared.train)
            training_config = tuning_config(training_config, tokens)
            changed: dict[str, Any] = {
                "least_authors": settled_least_authors(training_config, prepared.train)
            }
            if training_config.precision is Precision.AUTO:
                changed["precision"] = settled_precision(folder, device)
            training_config = training_config.model_copy(update=changed)
            sizes = start.manifest.model
            if "dropout" in model_config.model_fields_set:
                sizes = sizes.model_copy(update={"dropout": model_config.dropout})
            torch.manual_seed(training_config.seed)
            model = restore_language_model(sizes, start.weights).to(device)
            identity = run_identity(prepared, sizes, training_config, start)
            trainer = open_trainer(model, prepared, training_config, folder, identity, data[0])
        except BaseException:
            lock.release()
            raise
        run = Run(folder, sizes, training_config, prepared, trainer, identity, lock)
        return cls(run, start, mailbox)

    def candidate(
        self,
        *,
        name: str,
        licence: str,
        data_card: dict[str, Any],
        tell: Tell = lambda _phase, _done, _total: None,
    ) -> "Candidate":
        """The bundle that the finished run makes, in the run's folder, and how it compares with the start."""
        run, start, prepared = self.run, self.start, self.run.prepared
        least_authors = run.training_config.least_authors or 1
        trained = run.best_weights()
        mixing = choose_mixing(
            start, trained, prepared.train, prepared.dev, least_authors=least_authors, tell=tell
        )
        parts = self._parts(mixing, trained, least_authors)
        parts |= {
            "name": name,
            "licence": licence,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "inkling_version": models.__version__,
            "data_card": prepared.card | {"started_from": _card_of(start)} | data_card,
            "training": {
                **run.record(),
                "share": mixing.share,
                "phrase_factor": mixing.factor,
                "confidence": confidence_record(start.manifest.calibration, start.manifest.threshold),
                "run": run.mark(name, licence, data_card),
            },
        }
        folder = run.folder / _CANDIDATE
        save_bundle(folder, **parts, metrics={})
        before, after = (
            load_completer(one, "cpu", threads=torch.get_num_threads())
            for one in (start, load_bundle(folder))
        )
        shutil.rmtree(folder)
        return Candidate(parts, mixing, compare(before, after, self.mailbox.held_out, tell))

    def _parts(self, mixing: Mixing, trained: dict[str, Any], least_authors: int) -> dict[str, Any]:
        """The model's parts for `save_bundle`: those of the first bundle, and those of the mailbox."""
        start, prepared = self.start, self.run.prepared
        # The mail that chose may be remembered too. Only held-out mail has to stay unseen.
        documents = [*prepared.train, *prepared.dev]
        mailbox = start.mailbox, start.manifest.mailbox
        if mixing.factor is not None:
            own = mailbox_phrases(documents, start.tokenizer, mixing.factor, least_authors=least_authors)
            mailbox = own, MailboxRecord(least_authors=least_authors)
        phrases = None
        if start.phrases is not None and start.manifest.phrases is not None:
            least = start.manifest.phrases.least_authors
            phrases = start.phrases, PhraseRecord(weight=mixing.weight, least_authors=least)
        return {
            "config": self.run.model_config,
            "weights": averaged(start.weights, trained, mixing.share),
            "tokenizer": start.tokenizer,
            "lexicon": prepared.lexicon,
            "phrases": phrases,
            "mailbox": mailbox if mailbox[0] is not None else None,
            "authorship": self._authorship(documents, least_authors),
            "calibration": start.manifest.calibration,
            "threshold": start.manifest.threshold,
            "interruption_ms": start.manifest.interruption_ms,
            "languages": sorted(
                {*start.manifest.languages, *documents_languages(documents, start.tokenizer)}
            ),
        }

    def _authorship(self, documents: Sequence[Document], least_authors: int) -> Authorship | None:
        if self.start.authorship is None:
            return None
        texts = hashed_texts(documents, self.start.tokenizer)
        authors = [one.author for one in documents]
        common = common_phrases(documents, self.start.tokenizer, self.start.phrases)
        return self.start.authorship.joined(texts, authors, least_authors=least_authors, common=common)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bundle that is not yet at its place, and how it compares with the one it began with."""

    parts: dict[str, Any]
    mixing: Mixing
    comparison: Comparison

    def write(self, out: Path) -> Manifest:
        """Write the bundle at `out`. Raises OSError."""
        found = self.comparison
        figures = {
            "perplexity_per_word": found.perplexity,
            "net_time_saved": found.net_time,
            "characters_saved": found.saved,
        }
        metrics: dict[str, Any] = {
            "held_out_messages_typed": found.typed,
            "held_out_messages_read": found.read,
        }
        for name, figure in figures.items():
            metrics |= {name: round(figure.after, 3), f"{name}_before": round(figure.before, 3)}
        return save_bundle(out, **self.parts, metrics=metrics)


def _card_of(start: Bundle) -> dict[str, Any]:
    manifest = start.manifest
    return {"name": manifest.name, "licence": manifest.licence, "data_card": manifest.data_card}
