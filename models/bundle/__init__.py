"""The folder of files that a model is served from."""
