"""The web process's end of the engine: asks the model's process, and minds it."""
