"""The HTTP service: the application, its server and what guards it."""
