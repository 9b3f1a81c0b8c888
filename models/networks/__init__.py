"""The neural language models: their sizes, cells and layers."""
