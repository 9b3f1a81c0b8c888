"""The parameters of a language model, by name and shape, without the model."""

from inkling.models.networks.config import ContextKind, ModelConfig, NetworkConfig, TransformerConfig

Shapes = dict[str, tuple[int, ...]]


def parameter_shapes(config: NetworkConfig) -> Shapes:
    """Shapes by the names that a model's parameters have."""
    return _recurrent(config) if isinstance(config, ModelConfig) else _transformer(config)


def _recurrent(config: ModelConfig) -> Shapes:
    size, embedding, vocabulary = config.hidden_size, config.embedding_size, config.vocabulary_size
    gates = config.cell.gates * size
    shapes: Shapes = {
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
    return shapes | _context(config)


def _context(config: ModelConfig) -> Shapes:
    size = config.embedding_size
    readers = {ContextKind.GRU: 1, ContextKind.BIGRU: 2}.get(config.context_encoder, 0)
    if config.context_encoder is ContextKind.LEADING:
        return {}
    shapes: Shapes = {"context.projection.weight": (size, max(readers, 1) * size)}
    for reader in range(readers):
        for side in ("input", "hidden"):
            shapes[f"context.cells.{reader}.weight_{side}"] = (3 * size, size)
            shapes[f"context.cells.{reader}.bias_{side}"] = (3 * size,)
    return shapes


def _transformer(config: TransformerConfig) -> Shapes:
    size, vocabulary = config.embedding_size, config.vocabulary_size
    shapes: Shapes = {
        "embedding.weight": (vocabulary, size),
        "norm.weight": (size,),
        "norm.bias": (size,),
        "output_bias": (vocabulary,),
    }
    for layer in range(config.layers):
        block = {
            "attend_norm.weight": (size,),
            "attend_norm.bias": (size,),
            "feed_norm.weight": (size,),
            "feed_norm.bias": (size,),
            "queries_keys_values.weight": (3 * size, size),
            "output.weight": (size, size),
            "feed.0.weight": (4 * size, size),
            "feed.0.bias": (4 * size,),
            "feed.2.weight": (size, 4 * size),
            "feed.2.bias": (size,),
        }
        shapes |= {f"blocks.{layer}.{name}": shape for name, shape in block.items()}
    return shapes
