"""The reference pages of the HTTP API and the command line say what the code says."""

from pathlib import Path

import pytest

from docs_build.pages import PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_is_as_the_code_has_it(page: Path) -> None:
    assert page.read_text("utf-8") == PAGES[page](), f"run 'make reference' to write {page.name} anew"
