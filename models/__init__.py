"""Inkling's language models: tokenizer, cells, beam, bundles, training and evaluation."""

__version__ = "0.1.0"
