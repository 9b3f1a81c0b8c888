"""The training loop: truncated backpropagation through time with carried state.

AdamW (Loshchilov & Hutter, 2019), gradient clipping by norm (Pascanu et al., 2013). Given the same
seed, data, threads and precision, the losses are the same, whether or not the run was interrupted.

Several processes (`Ranks`) share the lanes of a batch. Without dropout their losses are those of one
process, but for the rounding of sums. Only the first writes files.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from inkling.models.caches import passing_cache
from inkling.models.files.whole_files import whole_file
from inkling.models.networks.config import Precision, TrainingConfig
from inkling.models.networks.context_encoder import Contexts
from inkling.models.networks.language_model import encodes_contexts, read_sequence
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from inkling.models.training.dev_perplexity import TrainableModel, word_perplexity
from inkling.models.training.guard import GradientGuard
from inkling.models.training.loss import cross_entropy
from inkling.models.training.preparation.documents import Document, Lanes, join_documents
from inkling.models.training.ranks import ALONE, Ranks
from inkling.models.training.scalars import Scalars
from inkling.models.training.schedule import learning_rate


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did; `dev_perplexity` where it was measured, `taken` false where it was skipped."""

    step: int
    steps: int
    loss: float
    pieces_per_second: float
    dev_perplexity: float | None
    taken: bool


class _Losses(nn.Module):
    """A model with its loss, as one module: so that gradients of several processes are joined."""

    def __init__(self, model: TrainableModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, inputs: Tensor, state: Tensor, targets: Tensor, counted: Tensor, contexts: Contexts | None
    ) -> tuple[Tensor, Tensor]:
        features, state = read_sequence(self.model, inputs, state, contexts)
        weight, bias = self.model.embedding.weight, self.model.output_bias
        if counted.any():
            return cross_entropy(features[counted], weight, bias, targets[counted]), state
        # No gradient, but one for every parameter.
        return 0.0 * (features.sum() + weight.sum() + bias.sum()), state


class Trainer:
    """Trains one model on documents, writing checkpoints and scalars into `folder`.

    `folder/best.safetensors` is the model with the lowest dev perplexity so far (or the last one,
    without dev documents), `folder/checkpoint.safetensors` the run itself.
    """

    def __init__(
        self,
        model: TrainableModel,
        tokenizer: Tokenizer,
        documents: list[Document],
        dev: list[Document],
        config: TrainingConfig,
        folder: Path,
        identity: str,
        passes: Sequence[float] | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        """`passes` over each corpus make an epoch, one where it is None.

        Raises ValueError when there is too little data, ConfigError for a foreign checkpoint."""
        self.model, self.tokenizer, self.config, self.folder = model, tokenizer, config, folder
        self._documents, self._dev, self._identity = documents, dev, identity
        self._passes, self.ranks = passes, ranks
        self._lanes_here = ranks.share(config.batch_size)
        self.device = model.output_bias.device
        # The first optimizer imports the compiler, which makes a folder for its cache; nothing is compiled.
        with passing_cache("TORCHINDUCTOR_CACHE_DIR"):
            self._optimizer = torch.optim.AdamW(
                model.parameters(),
                lr=config.learning_rate,
                weight_decay=config.weight_decay,
                betas=(0.9, 0.99),
                fused=True,
            )
        state = model.initial_state(config.batch_size)
        self.progress = Progress()
        self._stopping = False
        self._lanes = self._read_epoch(0, 0)
        self.steps = config.steps or max(1, math.ceil(self._lanes.steps * config.epochs))
        checkpoint = folder / "checkpoint.safetensors"
        if checkpoint.exists():
            state, self.progress = load_checkpoint(checkpoint, model, self._optimizer, identity, self.device)
        self._state = state[self._lanes_here]
        self._losses = ranks.parallel(_Losses(model))
        self._guard = GradientGuard(
            config.explosion_factor,
            mean_norm=self.progress.mean_norm,
            seen=self.progress.norms_seen,
            skipped=self.progress.skipped,
        )
        self._autocast = config.precision is Precision.BFLOAT16

    def _read_epoch(self, epoch: int, first_step: int) -> Lanes:
        stream = join_documents(
            self._documents,
            self.tokenizer,
            seed=self.config.seed,
            epoch=epoch,
            context_dropout=self.config.context_dropout,
            subject_dropout=self.config.subject_dropout,
            passes=self._passes,
            apart=encodes_contexts(self.model),
        )
        self._epoch, self._first_step = epoch, first_step
        return Lanes(stream, self.config.batch_size, self.config.sequence_length)

    def _batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs, targets and whether each counts, each (T, B / processes): the lanes of this process."""
        # Context dropout changes the length of an epoch, so epochs are walked, not divided.
        while step >= self._first_step + self._lanes.steps:
            self._lanes = self._read_epoch(self._epoch + 1, self._first_step + self._lanes.steps)
        parts = (part[:, self._lanes_here] for part in self._lanes.batch(step - self._first_step))
        inputs, targets, counted = (torch.from_numpy(part).contiguous().to(self.device) for part in parts)
        return inputs, targets, counted

    def _contexts(self, step: int) -> Contexts | None:
        """The contexts that hold in the batch of a step, where the model encodes them."""
        found = self._lanes.contexts(step - self._first_step, self._lanes_here)
        if found is None:
            return None
        contexts, places = found
        return Contexts.batch(contexts, torch.from_numpy(places), self.device)

    def _loss(
        self, inputs: Tensor, targets: Tensor, counted: Tensor, contexts: Contexts | None = None
    ) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._autocast):
            loss, state = self._losses(inputs, self._state, targets, counted, contexts)
        self._state = state.detach().float()
        assert isinstance(loss, Tensor)
        return loss

    def _step(self, step: int, rate: float) -> tuple[float, float, bool, int]:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        inputs, targets, counted = self._batch(step)
        contexts = self._contexts(step)
        before = self._state
        self._optimizer.zero_grad(set_to_none=True)
        if self.ranks.count > 1:  # dropout of its own in each, and the same after an interruption
            torch.manual_seed((self.config.seed << 32) + step * self.ranks.count + self.ranks.number)
        here = int(counted.sum())
        (pieces,) = self.ranks.total([here], self.device)
        loss = self._loss(inputs, targets, counted, contexts)
        # The mean over processes of these is the mean over all tokens that count.
        share = here / pieces if pieces else math.nan
        (loss * share * self.ranks.count).backward()  # type: ignore[no-untyped-call]
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm))
        value, norm = self.ranks.total([loss.item() * share, norm * self.ranks.leads], self.device)
        taken = self._guard.accepts(value, norm)
        if taken:
            self._optimizer.step()
        if not torch.isfinite(self._state).all():
            self._state = torch.nan_to_num(before, 0.0, 0.0, 0.0)
        return value, norm, taken, int(pieces)

    def _measure_dev(self) -> float | None:
        if not self._dev:
            return None
        measured = word_perplexity(self.model, self.tokenizer, self._dev) if self.ranks.leads else 0.0
        (perplexity,) = self.ranks.total([measured], self.device)
        progress = self.progress
        if progress.best_dev is None or perplexity < progress.best_dev:
            progress.best_dev, progress.best_step, progress.stale = perplexity, progress.step, 0
            self.save_best()
        else:
            progress.stale += 1
        return perplexity

    def save_best(self) -> None:
        """Keep the model as it is now as the run's best."""
        if not self.ranks.leads:
            return
        weights = {name: value.cpu().contiguous() for name, value in self.model.state_dict().items()}
        with whole_file(self.folder / "best.safetensors") as partial:
            save_file(weights, partial)

    def checkpoint(self) -> None:
        """Write the run, to be continued exactly."""
        guard, progress = self._guard, self.progress
        progress.mean_norm, progress.norms_seen, progress.skipped = guard.mean_norm, guard.seen, guard.skipped
        state = self.ranks.gather(self._state)
        if self.ranks.leads:
            path = self.folder / "checkpoint.safetensors"
            save_checkpoint(path, self.model, self._optimizer, state, progress, self._identity)

    def request_stop(self) -> None:
        """Stop after the step in progress; safe to call from a signal handler."""
        self._stopping = True

    @property
    def finished(self) -> bool:
        """Whether all steps are done or dev has stopped improving."""
        return self.progress.step >= self.steps or self.progress.stale >= self.config.patience

    def run(
        self,
        report: Callable[[StepReport], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Progress:
        """Train until `finished` or asked to stop, then leave a checkpoint of the last whole step.

        `clock` tells the seconds that steps are said to take.
        """
        leads = self.ranks.leads
        scalars = Scalars(self.folder / "scalars.csv", self.progress.step) if leads else None
        self.model.train()
        saved_at = time.monotonic()
        progress = self.progress
        while not self.finished:
            late = leads and time.monotonic() - saved_at > self.config.checkpoint_minutes * 60
            # A signal may reach the processes at different steps; they stop together.
            stopping, late_anywhere = self.ranks.total([self._stopping, late], self.device)
            if stopping:
                break
            if late_anywhere:
                self.checkpoint()
                saved_at = time.monotonic()
            started = clock()
            rate = learning_rate(self.config, progress.step, self.steps)
            loss, norm, taken, tokens = self._step(progress.step, rate)
            seconds = clock() - started
            progress.step += 1
            progress.pieces += tokens
            progress.seconds += seconds
            due = progress.step % self.config.dev_interval == 0 or progress.step == self.steps
            dev = self._measure_dev() if due else None
            if scalars is not None:
                scalars.append(
                    step=progress.step,
                    pieces=progress.pieces,
                    loss=f"{loss:.6f}",
                    learning_rate=f"{rate:.3e}",
                    gradient_norm=f"{norm:.4f}",
                    pieces_per_second=f"{tokens / seconds:.0f}",
                    skipped=self._guard.skipped,
                    dev_perplexity="" if dev is None else f"{dev:.4f}",
                )
            report(StepReport(progress.step, self.steps, loss, tokens / seconds, dev, taken))
        self.checkpoint()
        if not self._dev:
            self.save_best()
        return progress
