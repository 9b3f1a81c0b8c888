"""The study: every kind of model side by side, measured in small experiments."""
