"""What was measured, as numbers, curves and a page."""
