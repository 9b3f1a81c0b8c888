"""Skips or fails a test on a machine that lacks a tool."""

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip on a machine that lacks a tool for the next lines. Fail where every tool must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
