"""How well confidence holds, and how it is fitted."""
