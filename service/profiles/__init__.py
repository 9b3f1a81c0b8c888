"""What is kept of users who let the service learn from their sent mail."""
