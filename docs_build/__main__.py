"""Writes the reference pages that come from the code: `python -m docs_build`, or `make reference`."""

from docs_build.pages import PAGES


def main() -> None:
    """Write each page in its place under docs/."""
    for path, render in PAGES.items():
        path.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
