"""Reads and writes whole files: no reader finds half of one."""
