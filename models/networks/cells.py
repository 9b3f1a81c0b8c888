"""Recurrent cells: vanilla RNN (tanh, ReLU, leaky ReLU, sigmoid), GRU and LSTM; the minGRU stands apart.

A cell's state is one row of `parts * hidden_size` numbers whose first `hidden_size` are its output.
Each cell has two readings of the same parameters: `forward` over a whole sequence, for training, and
`step` for one time step, fused and free of the per-call weight layout that makes torch's sequence
operators slow one step at a time.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from inkling.models.networks.cell import Cell
from inkling.models.networks.config import CellKind
from inkling.models.networks.half_precision import multiplies_in_bfloat16
from inkling.models.networks.min_gru import MinGRUCell


class VanillaCell(Cell):
    """Elman RNN: h' = activation(W_i x + b_i + W_h h + b_h) (Elman, 1990)."""

    gates = 1

    def __init__(
        self, input_size: int, hidden_size: int, activation: Callable[[Tensor], Tensor], spectral: float
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.activation = activation
        # A rectifier does not saturate: start near the identity (Le, Jaitly & Hinton, 2015).
        if spectral:
            with torch.no_grad():
                self.weight_hidden.copy_(spectral * torch.eye(hidden_size))

    def step(self, from_input: Tensor, from_hidden: Tensor, state: Tensor) -> Tensor:  # noqa: ARG002
        """See `Cell.step`."""
        return self.activation(from_input + from_hidden)


class GRUCell(Cell):
    """Gated recurrent unit (Cho et al., 2014), with the reset gate after the product, as in torch."""

    gates = 3

    def step(self, from_input: Tensor, from_hidden: Tensor, state: Tensor) -> Tensor:
        """See `Cell.step`; gates in the order reset, update, new."""
        size = self.hidden_size
        reset, update = torch.sigmoid(from_input[:, : 2 * size] + from_hidden[:, : 2 * size]).chunk(2, 1)
        new = torch.tanh(torch.addcmul(from_input[:, 2 * size :], reset, from_hidden[:, 2 * size :]))
        return torch.lerp(new, state, update)

    def forward(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """See `Cell.forward`; torch's operator for whole sequences."""
        outputs, last = torch.gru(
            inputs, state[None].contiguous(), self._weights(), True, 1, 0.0, self.training, False, False
        )
        return outputs, last[0]


class LSTMCell(Cell):
    """Long short-term memory (Hochreiter & Schmidhuber, 1997; forget gate by Gers et al., 2000)."""

    gates = 4
    parts = 2

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        with torch.no_grad():  # remember by default (Jozefowicz et al., 2015)
            self.bias_input[hidden_size : 2 * hidden_size].fill_(1.0)

    def step(self, from_input: Tensor, from_hidden: Tensor, state: Tensor) -> Tensor:
        """See `Cell.step`; gates in the order input, forget, new, output."""
        size = self.hidden_size
        gates = from_input + from_hidden
        enter, forget = torch.sigmoid(gates[:, : 2 * size]).chunk(2, 1)
        new = torch.tanh(gates[:, 2 * size : 3 * size])
        leave = torch.sigmoid(gates[:, 3 * size :])
        memory = forget * state[:, size:] + enter * new
        return torch.cat((leave * torch.tanh(memory), memory), 1)

    def forward(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """See `Cell.forward`; torch's operator for whole sequences.

        It fails in bfloat16 on a processor that does not multiply in it, so there it stays in float32.
        """
        start = [part[None].contiguous() for part in torch.split(state, self.hidden_size, 1)]
        is_half = inputs.device.type == "cpu" and torch.is_autocast_enabled("cpu")
        if is_half and not multiplies_in_bfloat16(inputs.device):
            with torch.autocast("cpu", enabled=False):
                return self._read(inputs.float(), [part.float() for part in start])
        return self._read(inputs, start)

    def _read(self, inputs: Tensor, start: list[Tensor]) -> tuple[Tensor, Tensor]:
        outputs, hidden, memory = torch.lstm(
            inputs, start, self._weights(), True, 1, 0.0, self.training, False, False
        )
        return outputs, torch.cat((hidden[0], memory[0]), 1)


def make_cell(kind: CellKind, input_size: int, hidden_size: int) -> Cell:
    """Return a new cell of the given kind."""
    match kind:
        case CellKind.GRU:
            return GRUCell(input_size, hidden_size)
        case CellKind.LSTM:
            return LSTMCell(input_size, hidden_size)
        case CellKind.MINGRU:
            return MinGRUCell(input_size, hidden_size)
        case CellKind.RNN_TANH:
            return VanillaCell(input_size, hidden_size, torch.tanh, 0.0)
        case CellKind.RNN_RELU:
            return VanillaCell(input_size, hidden_size, torch.relu, 0.9)
        case CellKind.RNN_LEAKY_RELU:
            return VanillaCell(input_size, hidden_size, F.leaky_relu, 0.9)
        case CellKind.RNN_SIGMOID:
            return VanillaCell(input_size, hidden_size, torch.sigmoid, 0.0)
