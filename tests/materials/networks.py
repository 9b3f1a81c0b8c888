"""Small models of every kind that can be trained, bundled and served."""

from collections.abc import Mapping
from typing import Any

from inkling.models.networks.config import CellKind, ContextKind

Sizes = Mapping[str, Any]

_RECURRENT = {"embedding_size": 24, "hidden_size": 32, "layers": 2, "dropout": 0.0}
_TRANSFORMER = {"cell": "transformer", "embedding_size": 16, "heads": 2, "layers": 2, "memory": 24}

INT8: Mapping[str, Sizes] = {
    **{cell.value: {**_RECURRENT, "cell": cell.value} for cell in CellKind},
    "deep gru": {**_RECURRENT, "cell": "gru", "layers": 6, "residual": True},
    "deep mingru": {**_RECURRENT, "cell": "mingru", "layers": 6, "residual": True},
}
"""The kinds that the int8 runtime computes, by a name."""

TORCH: Mapping[str, Sizes] = {
    "transformer": {**_TRANSFORMER, "dropout": 0.0},
    **{
        f"context {kind.value}": {**_RECURRENT, "cell": "gru", "context_encoder": kind.value}
        for kind in ContextKind
        if kind is not ContextKind.LEADING
    },
}
"""The kinds that only torch computes."""

EVERY_KIND = {**INT8, **TORCH}
