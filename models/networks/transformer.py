"""The Transformer, beside the recurrent models: same tokens, same training, same steps.

A decoder (Vaswani et al., 2017) with normalisation before each part, rotary positions (Su et al., 2021) and
the keys and values of earlier text as its state (Dai et al., 2019). Its state is hundreds of times as large
as a recurrent one. It stops growing only because its oldest part is dropped. The torch runtime serves it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inkling.models.networks.config import TransformerConfig
from inkling.models.networks.parameters import arrays_of
from inkling.models.step import Floats


class _Block(nn.Module):
    """Attention over the memory and the text so far, then a feed-forward layer."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        size = config.embedding_size
        self.heads = config.heads
        self.attend_norm, self.feed_norm = nn.LayerNorm(size), nn.LayerNorm(size)
        self.queries_keys_values = nn.Linear(size, 3 * size, bias=False)
        self.output = nn.Linear(size, size, bias=False)
        self.feed = nn.Sequential(nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor, memory: Tensor, hides: Tensor) -> tuple[Tensor, Tensor]:
        """`hidden` (B, T, E), `memory` (B, M, 2E) of keys and values; `hides` (B, 1, T, M + T).

        Returns the next layer's input and the memory after.
        """
        rows, length, size = hidden.shape
        queries, kept = torch.split(self.queries_keys_values(self.attend_norm(hidden)), [size, 2 * size], 2)
        memory = torch.cat((memory.to(kept.dtype), kept), 1)
        keys, values = torch.split(memory, size, 2)

        def by_head(value: Tensor) -> Tensor:
            return value.view(rows, -1, self.heads, size // self.heads).transpose(1, 2)

        total = memory.shape[1]
        attended = F.scaled_dot_product_attention(
            _rotated(by_head(queries), total - length), _rotated(by_head(keys), 0), by_head(values), ~hides
        )
        hidden = hidden + self.dropout(self.output(attended.transpose(1, 2).reshape(rows, length, size)))
        return hidden + self.dropout(self.feed(self.feed_norm(hidden))), memory


class TransformerLanguageModel(nn.Module):
    """The contract of `inkling.models.networks.recurrent.RecurrentLanguageModel`, with another state.

    A row of state (S,) holds the keys and values of the last `memory` tokens, layer by layer, and how
    many of them there are.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        size = config.embedding_size
        self.embedding = nn.Embedding(config.vocabulary_size, size)
        nn.init.normal_(self.embedding.weight, std=size**-0.5)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(size)
        self.output_bias = nn.Parameter(torch.zeros(config.vocabulary_size))
        self.dropout = nn.Dropout(config.dropout)

    @property
    def state_size(self) -> int:
        """Numbers in one row of state."""
        return 2 * self.config.layers * self.config.memory * self.config.embedding_size + 1

    def initial_state(self, rows: int) -> Tensor:
        """The state before anything is read: zeros (rows, state_size)."""
        return self.output_bias.new_zeros(rows, self.state_size)

    def features(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Read `tokens` (T, B); returns the softmax's input (T, B, E) and the state after (B, S)."""
        config = self.config
        length, rows = tokens.shape
        known = state[:, -1]
        memories = state[:, :-1].view(rows, config.layers, config.memory, 2 * config.embedding_size)
        hidden = self.dropout(self.embedding(tokens.T) * config.embedding_size**0.5)
        hides = self._hides(known, length)
        after = []
        for index, block in enumerate(self.blocks):
            hidden, memory = block(hidden, memories[:, index], hides)
            after.append(memory[:, -config.memory :].float())
        known = (known + length).clamp(max=config.memory)
        state = torch.cat((torch.stack(after, 1).flatten(1), known[:, None]), 1)
        return self.norm(hidden).transpose(0, 1), state

    def _hides(self, known: Tensor, length: int) -> Tensor:
        """The attention mask, true where a token must not look: (B, 1, T, M + T)."""
        memory = self.config.memory
        places = torch.arange(memory + length, device=known.device)
        empty = places[None] < (memory - known)[:, None]  # slots that hold nothing yet
        later = places[None] > torch.arange(memory, memory + length, device=known.device)[:, None]
        return empty[:, None, None] | later[None, None]

    def logits(self, features: Tensor) -> Tensor:
        """Unnormalised log-probabilities (..., V) of the next token from features (..., E)."""
        return F.linear(features, self.embedding.weight, self.output_bias)

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities (T, B, V) of the token after each of `tokens` (T, B), and the state after."""
        features, state = self.features(tokens, state)
        return F.log_softmax(self.logits(features).float(), -1), state

    def arrays(self) -> dict[str, Floats]:
        """The parameters in float32, by name; copies."""
        return arrays_of(self)


def _rotated(values: Tensor, first: int) -> Tensor:
    """Values (B, H, T, D) turned by their positions, which begin at `first`."""
    half = values.shape[-1] // 2
    positions = torch.arange(first, first + values.shape[2], device=values.device, dtype=torch.float32)
    frequencies = 10_000.0 ** (-torch.arange(half, device=values.device, dtype=torch.float32) / half)
    angles = positions[:, None] * frequencies
    cosines, sines = angles.cos().to(values.dtype), angles.sin().to(values.dtype)
    one, other = torch.split(values, half, -1)
    return torch.cat((one * cosines - other * sines, one * sines + other * cosines), -1)
