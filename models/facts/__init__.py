"""Dates, times, weekdays, amounts and numbers in text."""
