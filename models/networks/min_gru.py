"""The minGRU: a GRU whose gate and candidate see the input alone, read in parallel over time."""

import torch
from torch import Tensor
from torch.nn import functional as F

from inkling.models.networks.cell import Cell
from inkling.models.networks.scan import linear_recurrence


class MinGRUCell(Cell):
    """h' = (1 - z) h + z c, with z = sigmoid(W_z x + b_z) and c = tanh(W_c x + b_c).

    By Feng et al. ("Were RNNs all we needed?", 2024). Neither z nor c depends on h, so the state is a linear
    recurrence, and a scan reads a whole sequence at once.

    Two things differ from the paper. The candidate is a GRU's tanh, where the paper has a function without
    an upper bound. So the state stays in [-1, 1] whatever is read, half precision and bytes hold it without
    a scale of its own, and the start state of zeros is the middle. And the scan works on the numbers
    themselves, not on their logarithms (Heinsen, 2023). With coefficients in [0, 1] nothing overflows, while
    a long sum of logarithms loses digits: over 64 steps of saturated gates its error was 9e-5 against 3e-7.
    The scan is in float32 where the products are in half precision.
    """

    gates = 2
    reads_state = False

    def step(self, from_input: Tensor, from_hidden: Tensor, state: Tensor) -> Tensor:  # noqa: ARG002
        """See `Cell.step`; gates in the order update, new."""
        update, new = from_input.chunk(2, 1)
        return torch.lerp(state, torch.tanh(new), torch.sigmoid(update))

    def forward(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """See `Cell.forward`; all steps at once."""
        products = F.linear(inputs, self.weight_input, self.bias_input)
        whole = torch.promote_types(products.dtype, torch.float32)
        update, new = products.to(whole).chunk(2, 2)
        entering = torch.sigmoid(update) * torch.tanh(new)
        outputs = linear_recurrence(torch.sigmoid(-update), entering, state.to(whole))
        return outputs, outputs[-1]
