"""What the int8 runtime computes."""

from inkling.models.networks.config import ContextKind, NetworkConfig, TransformerConfig


def uncovered(config: NetworkConfig) -> str | None:
    """What of a model the int8 runtime does not compute, in words; None where it computes all.

    It computes stacks of every cell, with and without residuals.
    """
    if isinstance(config, TransformerConfig):
        return "a Transformer"
    if config.context_encoder is not ContextKind.LEADING:
        return f"a model with the context encoder {config.context_encoder.value}"
    return None
