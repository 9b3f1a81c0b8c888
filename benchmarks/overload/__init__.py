"""What a service does with far more requests than it can answer."""
