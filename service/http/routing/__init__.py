"""What routes are made of: how bodies are read, who may ask, what they take from the application."""
