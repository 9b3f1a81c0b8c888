"""Rules that keep only the text that a message's own writer wrote."""
