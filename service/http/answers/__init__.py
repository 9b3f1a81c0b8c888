"""What the HTTP service answers: the schemas of its bodies, and its errors."""
