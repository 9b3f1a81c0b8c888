"""Readers of mail in any format."""
