"""The Transformer baseline in a file, and behind the search that bundles are measured with."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from inkling.models.files.regular_file import check_regular
from inkling.models.files.whole_files import whole_file
from inkling.models.networks.config import ConfigError, TransformerConfig
from inkling.models.networks.transformer import TransformerLanguageModel
from inkling.models.runtime.transformer_step import TransformerRuntime
from inkling.models.text.tokenizer import Tokenizer


class TransformerFileError(ValueError):
    """The file holds no Transformer for these tokens; the message says why, in one line."""


def save_transformer(model: TransformerLanguageModel, tokenizer: Tokenizer, path: Path) -> None:
    """Write a model, its sizes, and which tokenizer its tokens are of. Raises OSError."""
    metadata = {"config": json.dumps(model.config.model_dump()), "tokenizer": tokenizer.digest}
    tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
    with whole_file(path) as partial:
        save_file(tensors, partial, metadata)


def load_transformer(path: Path, tokenizer: Tokenizer, device: torch.device) -> TransformerRuntime:
    """Read what `save_transformer` wrote; raises TransformerFileError."""
    try:
        check_regular(path)
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        config = TransformerConfig.parse(json.loads(metadata["config"]))
        model = TransformerLanguageModel(config)
        model.load_state_dict(weights)
    except OSError as error:
        raise TransformerFileError(f"{path} cannot be read: {error.strerror}") from None
    except (SafetensorError, KeyError, ValueError, ConfigError, RuntimeError):
        raise TransformerFileError(f"{path} holds no Transformer baseline") from None
    if metadata.get("tokenizer") != tokenizer.digest:
        raise TransformerFileError(f"{path} was made for another tokenizer than the bundle's: train it again")
    return TransformerRuntime(model, device)
