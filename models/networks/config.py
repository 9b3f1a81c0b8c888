"""Sizes and kinds of a language model, and how it is trained; validated with clear messages."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

TRANSFORMER = "transformer"


class ConfigError(ValueError):
    """A configuration that cannot work; the message is one line that names the field."""


class CellKind(StrEnum):
    """Recurrent cells that a model may be stacked from."""

    RNN_TANH = "rnn_tanh"
    RNN_RELU = "rnn_relu"
    RNN_LEAKY_RELU = "rnn_leaky_relu"
    RNN_SIGMOID = "rnn_sigmoid"
    GRU = "gru"
    LSTM = "lstm"
    MINGRU = "mingru"

    @property
    def gates(self) -> int:
        """Products of the input that one unit needs."""
        return {CellKind.GRU: 3, CellKind.LSTM: 4, CellKind.MINGRU: 2}.get(self, 1)

    @property
    def parts(self) -> int:
        """Numbers that one unit keeps; the first is its output."""
        return 2 if self is CellKind.LSTM else 1

    @property
    def reads_state(self) -> bool:
        """Whether the gates see the state."""
        return self is not CellKind.MINGRU

    @property
    def bounded(self) -> bool:
        """Whether outputs lie in [-1, 1]."""
        return self not in (CellKind.RNN_RELU, CellKind.RNN_LEAKY_RELU)


class ContextKind(StrEnum):
    """How the context of a draft is read: its tokens before the draft's, or an encoder of its own."""

    LEADING = "leading"
    AVERAGE = "average"
    GRU = "gru"
    BIGRU = "bigru"


class Precision(StrEnum):
    """Arithmetic of the training step. `auto` chooses by the processor or the GPU."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
    described: ClassVar[str]
    """What it configures."""

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """Validate `values`; raises ConfigError with one line that names the first bad field."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            field = ".".join(map(str, first["loc"])) or cls.__name__
            message = str(first["msg"]).removeprefix("Value error, ")
            if first["type"] == "extra_forbidden":
                message = f"is no setting of {cls.described}"
            raise ConfigError(f"{field}: {message}") from None


class ModelConfig(_Config):
    """A stacked recurrent language model with a tied softmax.

    With `residual` the input of each layer but the first is added to its output (He et al., 2016).
    `context_encoder` is how the context is read: `leading`, as tokens before the draft's, or into one vector
    that is added to every input, which is the `average` of the embeddings or the last state of a `gru`, or of
    two that read in opposite directions (`bigru`). Dropout is a probability in [0, 1), applied to embeddings,
    between layers and before the output, in training only.
    """

    described = "a recurrent model"
    kind: Literal["recurrent"] = "recurrent"
    cell: CellKind = CellKind.GRU
    vocabulary_size: int = Field(default=8192, ge=270, le=65_536)
    embedding_size: int = Field(default=256, ge=1, le=4096)
    hidden_size: int = Field(default=512, ge=1, le=8192)
    layers: int = Field(default=2, ge=1, le=64)
    residual: bool = False
    context_encoder: ContextKind = ContextKind.LEADING
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)

    @property
    def made_of(self) -> str:
        """The name of its layers."""
        return str(self.cell)

    @property
    def width(self) -> int:
        """Numbers that a layer passes on for each token."""
        return self.hidden_size

    def identity(self) -> dict[str, Any]:
        """The settings that tell this model from others. Those that came later count where they are used.

        So a run that an earlier version began goes on.
        """
        later = {"kind", "residual", "context_encoder"}
        unused = {name for name in later if getattr(self, name) == type(self).model_fields[name].default}
        return self.model_dump(mode="json", exclude=unused)


class TransformerConfig(_Config):
    """A Transformer with a tied softmax: `layers` blocks of `heads` heads that see the last `memory` tokens.

    For dropout see `ModelConfig`.
    """

    described = "a Transformer"
    kind: Literal["transformer"] = "transformer"
    vocabulary_size: int = Field(default=8192, ge=270, le=65_536)
    embedding_size: int = Field(default=256, ge=2, le=4096)
    layers: int = Field(default=4, ge=1, le=64)
    heads: int = Field(default=4, ge=1, le=64)
    memory: int = Field(default=96, ge=1, le=4096)
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.embedding_size % (2 * self.heads):
            raise ValueError(f"embedding_size ({self.embedding_size}) must be a multiple of 2 * heads")
        return self

    @property
    def made_of(self) -> str:
        """The name of its layers."""
        return TRANSFORMER

    @property
    def width(self) -> int:
        """Numbers that a layer passes on for each token."""
        return self.embedding_size

    def identity(self) -> dict[str, Any]:
        """The settings that tell this model from others."""
        return self.model_dump(mode="json")


def _kind_of(values: Any) -> Any:
    """The kind of a model. A manifest of before there were several kinds names none."""
    if isinstance(values, dict):
        return values.get("kind", "recurrent")
    return getattr(values, "kind", None)


NetworkConfig = Annotated[
    Annotated[ModelConfig, Tag("recurrent")] | Annotated[TransformerConfig, Tag("transformer")],
    Discriminator(_kind_of),
]
"""The sizes of a language model of any kind."""


def parse_network(values: dict[str, Any]) -> NetworkConfig:
    """Validate the settings of a model of any kind. `cell` may name the kind.

    Raises ConfigError with one line that names the first bad field.
    """
    if values.get("cell") == TRANSFORMER:
        values = {name: value for name, value in values.items() if name != "cell"} | {"kind": TRANSFORMER}
    if values.get("kind") == TRANSFORMER:
        return TransformerConfig.parse(values)
    return ModelConfig.parse(values)


class TrainingConfig(_Config):
    """How a model is trained.

    `batch_size` lanes of `sequence_length` tokens make one step of truncated backpropagation. The learning
    rate warms up linearly over `warmup_steps`, or over all steps but one where there are fewer. Then it
    falls along a cosine to `final_rate_share` of its peak at `steps`. With `decay_share` it stays at its
    peak and falls linearly in that last share of the steps. `steps` None means `epochs` passes over the
    data.

    Each part of a message's context (the previous message, the time, the recipient) is hidden with the
    probability `context_dropout`, the subject with `subject_dropout`. A subject that is shown often is
    learned as a key to the messages of its thread. It then misleads where it is new.

    A source named in `corpus_passes` is read that many times in an epoch, every other source once. The
    tokenizer's training counts sources in the same way, or by `tokenizer_passes` where they are given. A
    second stage that reads other shares of the same mail so keeps the tokenizer of the first.
    `correct_spelling` corrects misspellings that a dictionary knows. With `withhold_local`, words that
    belong to one source alone are not suggested. That is right for strangers and wrong for one's own mail.

    Phrases of up to `phrase_order` tokens (1: none) are remembered beside the model if at least
    `least_authors` people wrote them. Phrases of fewer people are not suggested. None means 1 where one or
    two people wrote nearly all of the mail, and 2 elsewhere. The least certain phrases are left out until
    the others take at most `max_phrase_bytes`; None means no bound.
    """

    described = "a training"
    seed: int = Field(default=0, ge=0, lt=2**31)
    batch_size: int = Field(default=64, ge=1, le=4096)
    sequence_length: int = Field(default=64, ge=2, le=4096)
    epochs: float = Field(default=1.0, gt=0.0, le=1000.0)
    steps: int | None = Field(default=None, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0.0, le=1.0)
    final_rate_share: float = Field(default=0.05, ge=0.0, le=1.0)
    decay_share: float | None = Field(default=None, gt=0.0, le=1.0)
    warmup_steps: int = Field(default=200, ge=0)
    weight_decay: float = Field(default=0.01, ge=0.0, le=1.0)
    clip_norm: float = Field(default=1.0, gt=0.0)
    explosion_factor: float = Field(default=20.0, gt=1.0)
    context_dropout: float = Field(default=0.2, ge=0.0, le=1.0)
    subject_dropout: float = Field(default=0.85, ge=0.0, le=1.0)
    precision: Precision = Precision.AUTO
    dev_interval: int = Field(default=500, ge=1)
    patience: int = Field(default=4, ge=1)
    checkpoint_minutes: float = Field(default=5.0, gt=0.0)
    phrase_order: int = Field(default=5, ge=1, le=6)
    max_phrase_bytes: int | None = Field(default=None, ge=10_000)
    least_authors: int | None = Field(default=None, ge=1, le=1000)
    corpus_passes: dict[str, Annotated[float, Field(ge=0.0, le=100.0)]] = Field(default_factory=dict)
    tokenizer_passes: dict[str, Annotated[float, Field(ge=0.0, le=100.0)]] = Field(default_factory=dict)
    correct_spelling: bool = False
    withhold_local: bool = False
