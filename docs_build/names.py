"""Lets the long names of settings break between their words, where a table is narrow. A hook of MkDocs."""

import re
from typing import Any

_NAME = re.compile(r"<td><code>([A-Z]+(?:_[A-Z]+)+|--[a-z]+(?:-[a-z]+)+)</code></td>")
_WORD = re.compile(r"-*[A-Za-z]+[_-]?")


def on_page_content(text: str, **_given: Any) -> str:
    """The page's HTML with a possible break behind each word of such names, and nowhere else."""

    def broken(found: re.Match[str]) -> str:
        words = "<wbr>".join(f"<span>{word}</span>" for word in _WORD.findall(found[1]))
        return f'<td><code class="words">{words}</code></td>'

    return _NAME.sub(broken, text)
