"""Texts that are drawn from the model's distribution."""
