"""Marks each test with its kind: the folder that it lies in. `slow` is said by the test itself."""

from pathlib import Path

import pytest

_ROOT = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_ROOT):
            item.add_marker(item.path.relative_to(_ROOT).parts[0])
