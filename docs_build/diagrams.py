"""Sets diagrams inline, so that they take the page's own colours, light or dark. A hook of MkDocs."""

import html
import re
from pathlib import Path
from typing import Any

_IMAGE = re.compile(r'<img alt="([^"]*)" src="[^"]*?images/([\w-]+\.svg)"\s*/?>')
_STYLE = re.compile(r"<style>.*?</style>\s*", re.DOTALL)


def on_page_content(text: str, *, config: Any, **_given: Any) -> str:
    """The page's HTML with each SVG image replaced by the drawing itself, under its alternative text."""

    def drawing(found: re.Match[str]) -> str:
        source = (Path(config["docs_dir"]) / "images" / found[2]).read_text(encoding="utf-8")
        label = html.escape(html.unescape(found[1]))
        return _STYLE.sub("", source).replace(
            "<svg ", f'<svg class="diagram" role="img" aria-label="{label}" ', 1
        )

    return _IMAGE.sub(drawing, text)
