"""Beam search over any step model, and the choice of what to show."""
