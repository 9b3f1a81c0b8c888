"""Parsers of foreign bytes, and inputs that were changed at random: see `benchmarks.fuzz`."""
