"""The Transformer behind the step contract, in torch."""

import numpy as np
import torch

from inkling.models.networks.transformer import TransformerLanguageModel
from inkling.models.step import Distribution, Groups, Predictor, State, StepModel, Tokens


class TransformerRuntime(StepModel):
    """See `inkling.models.step.StepModel`.

    A state is the model's own, the keys and values of the last tokens, followed by the features of the last
    token. A state that was never advanced has no features, and so no distribution.
    """

    def __init__(self, model: TransformerLanguageModel, device: torch.device) -> None:
        self._model = model.to(device).eval()
        self._device = device
        self._features = model.config.embedding_size

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens."""
        return self._model.config.vocabulary_size

    def initial_state(self, profile: int = 0) -> State:  # noqa: ARG002
        """Zeros (1, state_size)."""
        return np.zeros((1, self._model.state_size + self._features), np.float32)

    @torch.inference_mode()
    def advance(self, tokens: Tokens, state: State) -> State:
        """See `StepModel.advance`."""
        before = torch.from_numpy(np.ascontiguousarray(state[:, : -self._features])).to(self._device)
        fed = torch.from_numpy(tokens).to(self._device)[None]
        features, after = self._model.features(fed, before)
        joined: State = torch.cat((after, features[0].float()), 1).cpu().numpy()
        return joined

    def predictor(self, groups: Groups) -> Predictor:
        """See `StepModel.predictor`."""
        members = torch.from_numpy(groups.astype(np.float32)).to(self._device)

        @torch.inference_mode()
        def predict(state: State) -> Distribution:
            features = torch.from_numpy(np.ascontiguousarray(state[:, -self._features :])).to(self._device)
            log_probs = torch.log_softmax(self._model.logits(features).float(), -1)
            group_log_probs = torch.log(log_probs.exp() @ members)
            return Distribution(
                log_probs.cpu().numpy(), np.zeros(len(state), np.float32), group_log_probs.cpu().numpy()
            )

        return predict
