"""The torch runtime, the reference: a step of plain matrix products on CPU or CUDA."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from inkling.models.networks.context_encoder import Contexts
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.runtime.device import DeviceError
from inkling.models.step import Distribution, Groups, Predictor, State, StepModel, Tokens


def choose_device(name: str) -> torch.device:
    """Device for `auto`, `cpu` or `cuda`; raises DeviceError when it is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    if name == "cuda":
        if not torch.cuda.is_available():
            raise DeviceError("device cuda: no CUDA device is available; use --device cpu or auto")
        return torch.device("cuda")
    raise DeviceError(f"device {name!r}: must be auto, cpu or cuda")


class TorchRuntime(StepModel):
    """A recurrent language model laid out for single steps; see `inkling.models.step.StepModel`.

    The first layer's input is one of V vectors, so its product is a table with a row per token. Weights are
    stored transposed for `addmm`. States are float32. Where the model encodes contexts, a state ends in the
    vector of the draft's context, which stays as it is while the draft is read.
    """

    @torch.inference_mode()
    def __init__(self, model: RecurrentLanguageModel, device: torch.device) -> None:
        model = model.to(device=device, dtype=torch.float32).eval()
        self.device = device
        self._cells = model.layers
        self._sizes = [cell.state_size for cell in self._cells]
        first = self._cells[0]
        embedding = model.embedding.weight
        self._input_table = torch.addmm(first.bias_input, embedding, first.weight_input.T).contiguous()
        self._input_weights = [cell.weight_input.T.contiguous() for cell in self._cells]
        self._hidden_weights = [
            cell.weight_hidden.T.contiguous() if cell.reads_state else None for cell in self._cells
        ]
        self._residual = model.config.residual
        self._encoder = model if model.context is not None else None
        self._vector_size = 0 if model.context is None else model.config.embedding_size
        self._projection = model.projection.weight.T.contiguous()
        self._projection_bias = model.projection.bias.clone()
        self._embedding = embedding.T.contiguous()
        self._output_bias = model.output_bias.clone()

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens."""
        return self._output_bias.shape[0]

    @property
    def state_size(self) -> int:
        """Numbers in one row of state."""
        return sum(self._sizes) + self._vector_size

    def initial_state(self, profile: int = 0) -> State:  # noqa: ARG002
        """Zeros (1, state_size)."""
        return np.zeros((1, self.state_size), np.float32)

    @torch.inference_mode()
    def begin(self, context: Sequence[int], profile: int = 0) -> tuple[State, Sequence[int]]:
        """See `StepModel.begin`; an encoder reads the whole context at once, and nothing of it is fed."""
        state = self.initial_state(profile)
        if self._encoder is None:
            return state, context
        contexts = Contexts.batch([context], torch.zeros((1, 1), dtype=torch.int64), self.device)
        state[:, -self._vector_size :] = self._encoder.context_vectors(contexts).cpu().numpy()
        return state, ()

    @torch.inference_mode()
    def advance(self, tokens: Tokens, state: State) -> State:
        """See `StepModel.advance`."""
        before = torch.from_numpy(np.ascontiguousarray(state)).to(self.device)
        from_input = self._input_table[torch.from_numpy(tokens).to(self.device)]
        *parts, vector = torch.split(before, [*self._sizes, self._vector_size], 1)
        if self._vector_size:
            from_input = torch.addmm(from_input, vector, self._input_weights[0])
        after: list[Tensor] = []
        for index, (cell, part) in enumerate(zip(self._cells, parts, strict=True)):
            if index:
                from_input = torch.addmm(cell.bias_input, self._output(after), self._input_weights[index])
            weight, from_hidden = self._hidden_weights[index], from_input[:, :0]
            if weight is not None:
                from_hidden = torch.addmm(cell.bias_hidden, part[:, : cell.hidden_size], weight)
            after.append(cell.step(from_input, from_hidden, part))
        result: State = torch.cat([*after, vector], 1).cpu().numpy()
        return result

    def _output(self, states: Sequence[Tensor]) -> Tensor:
        """What the last of these layers passes on, from their states: the sum of all with residuals."""
        size = self._cells[0].hidden_size
        output = states[-1][:, :size]
        if self._residual:
            for state in reversed(states[:-1]):
                output = output + state[:, :size]
        return output

    def predictor(self, groups: Groups) -> Predictor:
        """See `StepModel.predictor`."""
        members = torch.from_numpy(groups.astype(np.float32)).to(self.device)

        @torch.inference_mode()
        def predict(state: State) -> Distribution:
            read = torch.from_numpy(np.ascontiguousarray(state)).to(self.device)
            top = self._output(torch.split(read, [*self._sizes, self._vector_size], 1)[:-1])
            features = torch.addmm(self._projection_bias, top, self._projection)
            log_probs = torch.log_softmax(torch.addmm(self._output_bias, features, self._embedding), -1)
            group_log_probs = torch.log(log_probs.exp() @ members)
            return Distribution(
                log_probs.cpu().numpy(), np.zeros(len(state), np.float32), group_log_probs.cpu().numpy()
            )

        return predict
