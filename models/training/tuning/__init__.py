"""Tunes a bundle to a mailbox."""
