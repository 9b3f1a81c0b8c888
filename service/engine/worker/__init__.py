"""The model's process: what runs beside the model."""
