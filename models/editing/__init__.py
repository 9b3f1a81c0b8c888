"""Mends the word at the caret, and fits text into the middle of a line."""
