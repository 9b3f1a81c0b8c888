"""Stores the profiles of users who let the service learn from their sent mail."""
