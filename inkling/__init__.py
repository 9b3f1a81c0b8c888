"""Inkling, a self-hosted Smart Compose. The folders `models` and `service` are its two floors."""
