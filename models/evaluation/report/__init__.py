"""An evaluation's results as numbers, curves and a page."""
