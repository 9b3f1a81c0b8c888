"""Messages that simulated writers type again."""
