"""Finds loads from other hosts in a built site: `python -m docs_build.loads FOLDER` fails if any."""

import re
import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

_OUTSIDE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
_IN_STYLES = re.compile(r"(?:url\(|@import\s)\s*[\"']?\s*((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
_SOURCES = frozenset(("src", "srcset", "poster", "data", "background", "action", "ping", "manifest"))
_LINKS = frozenset(("a", "area"))
# Addresses that tell where a page is and load nothing.
_IDLE = frozenset(("alternate", "author", "canonical", "license", "next", "prev"))
# Scripts that Material fetches only for pages with a drawing, or a workshop address, of this kind.
_AWAKENING = re.compile(r'class="[^"]*\bmermaid\b|"base":\s*"https?://|data-md-component="source"')


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            if name == "style":
                self.found += _IN_STYLES.findall(value)
            outside = any(_OUTSIDE.match(one) for one in value.split(","))
            if outside and (name in _SOURCES or (name in ("href", "xlink:href") and self._loads(tag, given))):
                self.found.append(value)

    @staticmethod
    def _loads(tag: str, given: dict[str, str]) -> bool:
        return tag not in _LINKS and not (tag == "link" and set(given.get("rel", "").split()) <= _IDLE)


def outside_loads(site: Path) -> Iterator[str]:
    """Each address of another host that a page or style of the site loads, with the file that names it."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".svg"):
            text = path.read_text(encoding="utf-8")
            parser = _Loads()
            parser.feed(text)
            found = [*parser.found, *_IN_STYLES.findall(text), *_AWAKENING.findall(text)]
        elif path.suffix == ".css":
            found = _IN_STYLES.findall(path.read_text(encoding="utf-8"))
        else:
            continue
        yield from (f"{path}: {one}" for one in sorted(set(found)))


def main(arguments: Sequence[str]) -> int:
    """Print loads from elsewhere. The exit status is 1 if there are any, or if there is no page."""
    site = Path(arguments[0])
    pages = sum(1 for _ in site.rglob("*.html"))
    found = list(outside_loads(site))
    for line in found:
        print(line, file=sys.stderr)
    print(f"{pages} pages in {site}, {len(found)} loads from other hosts")
    return 0 if pages and not found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
