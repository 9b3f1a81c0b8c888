"""What a unit of the study works with: the plan, the mail, the device, and models that are trained once."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from inkling.models.files.whole_files import whole_file
from inkling.models.networks.config import TrainingConfig
from inkling.models.networks.language_model import LanguageModel
from inkling.models.study.contenders import Contender
from inkling.models.study.experiment import DivergedError
from inkling.models.study.material import Material
from inkling.models.study.plan import Plan
from inkling.models.training.loop import StepReport, Trainer
from inkling.models.training.preparation.documents import Document

_PROBE_STEPS = 12
_LEAST_STEPS = 5
_LARGEST = 1e300
"""Perplexities are cut off above this. Squares of such numbers overflow."""

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model, in evaluation mode, the tokens it read and the seconds that took."""

    model: LanguageModel
    tokens: int
    seconds: float


class Workshop:
    """Trains and keeps models in `folder`, so that experiments share them and a stopped study goes on."""

    def __init__(
        self,
        plan: Plan,
        material: Material,
        device: torch.device,
        folder: Path,
        tell: Tell = lambda _phase, _done, _total: None,
    ) -> None:
        self.plan, self.material, self.device = plan, material, device
        self._folder, self._tell = folder, tell

    def trained(self, contender: Contender, seed: int, training: TrainingConfig | None = None) -> Trained:
        """The contender trained as the plan says, or as `training` says; from the folder where it is known.

        Raises DivergedError where no step was finite.
        """
        config = self.plan.training(contender, seed) if training is None else training
        path = self._folder / f"{self._key(contender, config.model_dump_json())}.safetensors"
        return self._kept(contender, path) or self._train(contender, config, path)

    def trained_for(self, contender: Contender, seed: int, seconds: float) -> Trained:
        """The contender trained for about so many seconds on this machine."""
        config = self.plan.training(contender, seed)
        how = f"{seconds} s, {config.model_dump_json()}"
        path = self._folder / f"{self._key(contender, how)}.safetensors"
        kept = self._kept(contender, path)
        if kept is not None:
            return kept
        probe = path.with_suffix(".probe")
        for _ in range(2):  # the first training of a process is slow, and does not count
            tried = self._train(contender, self.plan.training(contender, seed, _PROBE_STEPS), probe)
        probe.unlink()
        steps = max(_LEAST_STEPS, int(seconds / tried.seconds * _PROBE_STEPS))
        return self._train(contender, config.model_copy(update={"steps": steps}), path)

    @property
    def clock(self) -> Callable[[], float]:
        """What tells seconds: on a CPU, the processor time of one thread, which other work hardly changes."""
        alone = self.device.type == "cpu" and torch.get_num_threads() == 1
        return time.process_time if alone else time.perf_counter

    @property
    def setting(self) -> str:
        """What of the machine results depend on: the device and the threads."""
        return f"{self.device.type}, {torch.get_num_threads()} threads"

    def told(self, phase: str, done: int, total: int) -> None:
        """Report that `done` of `total` of a phase is done."""
        self._tell(phase, done, total)

    def dev(self, words: int) -> list[Document]:
        """The first held-out documents that hold so many words in total, at least one."""
        ends = np.cumsum([one.words for one in self.material.dev])
        return self.material.dev[: int(np.searchsorted(ends, words)) + 1]

    def sequences(
        self, length: int, rows: int, random: int | np.random.Generator, *, train: bool = False
    ) -> Tensor:
        """Runs of held-out tokens, or of those to train on, (length, rows), on the device.

        Bodies are joined with their ends. Each run begins where `random`, or the seed, draws it.
        """
        joined = self._train_tokens if train else self._dev_tokens
        repeated = np.resize(joined, max(len(joined), 2 * length))
        starts = np.random.default_rng(random).integers(0, len(repeated) - length, rows)
        chosen = np.stack([repeated[start : start + length] for start in starts], 1)
        return torch.from_numpy(chosen.astype(np.int64)).to(self.device)

    @cached_property
    def _train_tokens(self) -> NDArray[np.uint16]:
        return self._joined(self.material.train)

    @cached_property
    def _dev_tokens(self) -> NDArray[np.uint16]:
        return self._joined(self.material.dev)

    def _joined(self, documents: Sequence[Document]) -> NDArray[np.uint16]:
        tokenizer = self.material.tokenizer
        ends = [np.array([token], np.uint16) for token in (tokenizer.body_id, tokenizer.end_id)]
        return np.concatenate([part for one in documents for part in (ends[0], one.body, ends[1])])

    def _key(self, contender: Contender, how: str) -> str:
        parts = [contender.as_json(), how, self.material.identity, self.setting]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]

    def _kept(self, contender: Contender, path: Path) -> Trained | None:
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata()
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        except (OSError, SafetensorError):
            return None
        model = contender.build(0, self.device)
        model.load_state_dict(weights)
        return Trained(model.eval(), int(metadata["tokens"]), float(metadata["seconds"]))

    def _train(self, contender: Contender, config: TrainingConfig, path: Path) -> Trained:
        run = path.with_suffix(".run")
        run.mkdir(parents=True, exist_ok=True)
        model = contender.build(config.seed, self.device)
        trainer = Trainer(model, self.material.tokenizer, self.material.train, [], config, run, path.stem)

        def report(step: StepReport) -> None:
            self._tell(f"train {contender.name}", step.step, step.steps)

        progress = trainer.run(report, self.clock)
        finite = all(torch.isfinite(value).all() for value in model.state_dict().values())
        if progress.skipped == progress.step or not finite:
            shutil.rmtree(run)
            raise DivergedError(
                f"diverged: {progress.skipped} of {progress.step} training steps were skipped"
            )
        weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
        metadata = {"tokens": str(progress.pieces), "seconds": repr(progress.seconds)}
        with whole_file(path) as partial:
            save_file(weights, partial, metadata)
        shutil.rmtree(run)
        return Trained(model.eval(), progress.pieces, progress.seconds)


def finite(value: float, what: str) -> float:
    """The value; raises DivergedError, naming `what`, where it is not finite or was cut off as too large."""
    if not abs(value) < _LARGEST:
        raise DivergedError(f"diverged: {what} is not finite")
    return value
