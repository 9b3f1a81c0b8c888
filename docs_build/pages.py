"""The pages that are written from the code, and the function that writes each."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from docs_build.cli_page import cli_page
from docs_build.http_page import http_page
from docs_build.metrics_page import metrics_page
from docs_build.study import study_images, study_page

_DOCS = Path(__file__).parents[1] / "docs"
_REFERENCE = _DOCS / "reference"

PAGES: Mapping[Path, Callable[[], str]] = {
    _REFERENCE / "http.md": http_page,
    _REFERENCE / "cli.md": cli_page,
    _REFERENCE / "metrics.md": metrics_page,
    _DOCS / "explanation" / "study.md": partial(study_page, _DOCS / "study"),
    **study_images(_DOCS / "study", _DOCS / "images"),
}
"""The text of each page by the file that holds it."""
