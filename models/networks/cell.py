"""What the recurrent cells have in common."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Cell(nn.Module, ABC):
    """One recurrent layer. Shapes: T time steps, B rows, I inputs, H hidden, G gates, P parts."""

    gates: int
    parts: int = 1
    reads_state: bool = True
    """Whether the gates see the state. If not, the cell has no weights of the hidden side."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        bound = hidden_size**-0.5
        width = self.gates * hidden_size
        self.weight_input = nn.Parameter(torch.empty(width, input_size))
        if self.reads_state:
            self.weight_hidden = nn.Parameter(torch.empty(width, hidden_size))
        self.bias_input = nn.Parameter(torch.empty(width))
        if self.reads_state:
            self.bias_hidden = nn.Parameter(torch.empty(width))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    @property
    def state_size(self) -> int:
        """Numbers in one row of state."""
        return self.parts * self.hidden_size

    @abstractmethod
    def step(self, from_input: Tensor, from_hidden: Tensor, state: Tensor) -> Tensor:
        """One time step from the two affine products.

        `from_input` is x W_i^T + b_i (B, G*H), `from_hidden` is h W_h^T + b_h (B, G*H), or empty (B, 0)
        where the cell does not read its state, `state` (B, P*H); returns the next state (B, P*H).
        """

    def forward(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Read `inputs` (T, B, I) from `state` (B, P*H); returns outputs (T, B, H) and the last state."""
        from_inputs = F.linear(inputs, self.weight_input, self.bias_input)
        outputs = []
        for from_input in from_inputs:
            hidden = state[:, : self.hidden_size]
            from_hidden = F.linear(hidden, self.weight_hidden, self.bias_hidden)
            state = self.step(from_input, from_hidden, state)
            outputs.append(state[:, : self.hidden_size])
        return torch.stack(outputs), state

    def _weights(self) -> list[Tensor]:
        return [self.weight_input, self.weight_hidden, self.bias_input, self.bias_hidden]
