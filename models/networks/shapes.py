"""The parameters of a recurrent language model, by name and shape, without the model."""

from inkling.models.networks.config import ModelConfig


def parameter_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Shapes by the names of `inkling.models.networks.recurrent.RecurrentLanguageModel`'s parameters."""
    size, embedding, vocabulary = config.hidden_size, config.embedding_size, config.vocabulary_size
    gates = config.cell.gates * size
    shapes: dict[str, tuple[int, ...]] = {
        "embedding.weight": (vocabulary, embedding),
        "projection.weight": (embedding, size),
        "projection.bias": (embedding,),
        "output_bias": (vocabulary,),
    }
    for layer in range(config.layers):
        shapes |= {
            f"cells.{layer}.weight_input": (gates, size if layer else embedding),
            f"cells.{layer}.bias_input": (gates,),
        }
        if config.cell.reads_state:
            shapes |= {
                f"cells.{layer}.weight_hidden": (gates, size),
                f"cells.{layer}.bias_hidden": (gates,),
            }
    return shapes
