"""Rules that keep what a message's own writer wrote."""
