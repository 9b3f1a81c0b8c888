"""How large the study is: a quick one of minutes, and a full one of hours."""

from collections.abc import Mapping
from dataclasses import dataclass

from inkling.models.networks.config import CellKind, Precision, TrainingConfig
from inkling.models.study.contenders import TRANSFORMER, Contender, Sizes

_FAST = 2.0
_NEVER = 1e9


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes, seeds and lengths of every experiment.

    `steps` of `batch_size` lanes of `sequence_length` tokens train a model, at the learning rate that `rates`
    has for its kind. `budget_seconds` are the training time where time is what is equal.
    `depths` are numbers of layers, trained for `depth_steps`. `context_steps` train models that read a
    context, `blank_steps` those that fill blanks, `short_steps` those of which only gradients and units are
    looked at. `replay_characters` are typed again, `dev_words` read for perplexity.

    `speed_tokens` are trained on in each timing, in sequences of `lengths`. A step is timed `timings` times
    after each of `prefixes`. The recall task trains models of `recall_sizes` for `recall_steps` of
    `recall_batch` sequences, and asks at `distances`. `probes` is how many places of held-out mail are looked
    at where one place costs several readings. `temperatures` are those of the softmax.
    """

    name: str
    seeds: tuple[int, ...]
    vocabulary_size: int
    sizes: Sizes
    steps: int
    batch_size: int
    sequence_length: int
    rates: Mapping[str, float]
    budget_seconds: float
    short_steps: int
    replay_characters: int
    dev_words: int
    depths: tuple[int, ...]
    depth_steps: int
    context_steps: int
    blank_steps: int
    speed_tokens: int
    lengths: tuple[int, ...]
    prefixes: tuple[int, ...]
    timings: int
    recall_sizes: Sizes
    recall_steps: int
    recall_batch: int
    distances: tuple[int, ...]
    probes: int
    temperatures: tuple[float, ...]

    def training(self, contender: Contender, seed: int, steps: int | None = None) -> TrainingConfig:
        """How a contender is trained: all in the same way, but for the learning rate of its kind.

        A contender under another name, such as a GRU of six layers, has the GRU's rate.
        """
        count = self.steps if steps is None else steps
        return TrainingConfig(
            seed=seed,
            batch_size=self.batch_size,
            sequence_length=self.sequence_length,
            steps=count,
            learning_rate=self.rates.get(contender.name, self.gated_rate),
            warmup_steps=max(1, count // 10),
            # All in one arithmetic. Some cells are ten times slower in bfloat16 on a CPU.
            precision=Precision.FLOAT32,
            checkpoint_minutes=1.0,
        )

    def short_training(
        self, contender: Contender, seed: int, *, fast: bool, clipped: bool = True
    ) -> TrainingConfig:
        """A training of `short_steps`, where `fast` at twice the usual rate. No step is left out.

        Without clipping, gradients of any size are followed.
        """
        usual = self.training(contender, seed, self.short_steps)
        changes = {
            "learning_rate": min(1.0, _FAST * usual.learning_rate) if fast else usual.learning_rate,
            "clip_norm": usual.clip_norm if clipped else _NEVER,
            "explosion_factor": _NEVER,
        }
        return usual.model_copy(update=changes)

    @property
    def gated_rate(self) -> float:
        """The learning rate of the GRU, which models that are made of GRUs have too."""
        return self.rates[CellKind.GRU.value]

    @property
    def tokens(self) -> int:
        """Tokens that the longest training of a fixed length reads."""
        return self.steps * self.batch_size * self.sequence_length


QUICK = Plan(
    name="quick",
    seeds=(0, 1, 2),
    vocabulary_size=512,
    sizes=Sizes(embedding=32, layers=2, blocks=2, heads=2, memory=64),
    steps=40,
    batch_size=8,
    sequence_length=32,
    rates={**{cell.value: 1e-2 for cell in CellKind}, TRANSFORMER: 3e-3},
    budget_seconds=0.5,
    short_steps=16,
    replay_characters=100,
    dev_words=600,
    depths=(1, 3),
    depth_steps=40,
    context_steps=40,
    blank_steps=30,
    speed_tokens=1024,
    lengths=(16, 64, 256),
    prefixes=(16, 64, 256),
    timings=5,
    recall_sizes=Sizes(embedding=16, layers=1, blocks=2, heads=2, memory=64),
    recall_steps=40,
    recall_batch=16,
    distances=(5, 10, 20, 40),
    probes=12,
    temperatures=(0.0, 0.5, 1.0),
)

_FULL_RATES = {
    CellKind.RNN_TANH.value: 1e-3,
    CellKind.RNN_RELU.value: 1e-2,
    CellKind.RNN_LEAKY_RELU.value: 3e-3,
    CellKind.RNN_SIGMOID.value: 1e-2,
    CellKind.LSTM.value: 1e-2,
    CellKind.GRU.value: 1e-2,
    CellKind.MINGRU.value: 1e-2,
    TRANSFORMER: 3e-3,
}
"""The best of those tried for each kind, in 600 or 1,000 steps (docs/experiments.md)."""

FULL = Plan(
    name="full",
    seeds=(0, 1, 2),
    vocabulary_size=2048,
    sizes=Sizes(embedding=96, layers=2, blocks=4, heads=4, memory=96),
    steps=1000,
    batch_size=8,
    sequence_length=64,
    rates=_FULL_RATES,
    budget_seconds=20.0,
    short_steps=192,
    replay_characters=3000,
    dev_words=20_000,
    depths=(1, 2, 3, 4, 5, 6),
    depth_steps=500,
    context_steps=600,
    blank_steps=1000,
    speed_tokens=8192,
    lengths=(16, 32, 64, 128, 256, 512, 1024),
    prefixes=(16, 32, 64, 128, 256, 512, 1024),
    timings=15,
    recall_sizes=Sizes(embedding=32, layers=1, blocks=2, heads=2, memory=512),
    recall_steps=800,
    recall_batch=32,
    distances=(5, 10, 20, 50, 100, 200, 500),
    probes=300,
    temperatures=(0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5),
)
