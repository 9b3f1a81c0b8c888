"""The documentation site: its loads, its diagrams, its long names."""

from pathlib import Path

import pytest

from docs_build.diagrams import on_page_content
from docs_build.loads import main, outside_loads
from docs_build.names import on_page_content as broken

_PAGE = '<!doctype html><title>Page</title><link rel="stylesheet" href="site.css"><p>{}</p>'


def _site(folder: Path, body: str, style: str = "p { color: red }") -> Path:
    (folder / "index.html").write_text(_PAGE.format(body))
    (folder / "site.css").write_text(style)
    return folder


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<script src="//cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example/css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="https://images.example/a.png">',
        '<img src="a.png" srcset="a.png 1x, https://images.example/a.png 2x">',
        '<iframe src="http://video.example"></iframe>',
        '<p style="background: url(https://images.example/a.png)">a</p>',
        "<style>@import 'https://fonts.example/css';</style>",
        '<svg><image href="https://images.example/a.png"/></svg>',
        '<pre class="mermaid"><code>graph</code></pre>',
    ],
)
def test_whatever_is_loaded_from_elsewhere_is_found(tmp_path: Path, body: str) -> None:
    assert list(outside_loads(_site(tmp_path, body)))
    assert main([str(tmp_path)]) == 1


def test_a_font_in_a_style_sheet_is_found(tmp_path: Path) -> None:
    style = '@font-face { font-family: A; src: url("https://fonts.example/a.woff2") }'
    assert list(outside_loads(_site(tmp_path, "a", style)))


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://example.org">a link loads nothing</a>',
        '<img src="images/a.png"><script src="assets/a.js"></script>',
        '<link rel="canonical" href="https://example.org/page.html">',
        "<code>https://example.org/a.js</code>",
    ],
)
def test_what_is_not_loaded_is_no_fault(tmp_path: Path, body: str) -> None:
    assert list(outside_loads(_site(tmp_path, body))) == []
    assert main([str(tmp_path)]) == 0


def test_a_folder_without_pages_is_a_fault(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1


def test_a_diagram_is_set_inline_under_its_text(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "flow.svg").write_text(
        '<svg viewBox="0 0 1 1"><style>a{}</style><path d="M0 0"/></svg>'
    )
    page = '<p><img alt="A &amp; B" src="../images/flow.svg" /> <img alt="C" src="../images/photo.png" /></p>'
    inline = on_page_content(page, config={"docs_dir": str(tmp_path)})
    assert 'role="img" aria-label="A &amp; B"' in inline
    assert "<path" in inline
    assert "<style>" not in inline
    assert 'src="../images/photo.png"' in inline


@pytest.mark.parametrize(
    ("name", "words"),
    [("A_BC_D", ["A_", "BC_", "D"]), ("--no-such-name", ["--no-", "such-", "name"])],
)
def test_a_long_name_may_break_between_its_words(name: str, words: list[str]) -> None:
    spans = "<wbr>".join(f"<span>{word}</span>" for word in words)
    assert broken(f"<td><code>{name}</code></td>") == f'<td><code class="words">{spans}</code></td>'


def test_other_code_stays_whole() -> None:
    assert broken("<td><code>a_b</code></td>") == "<td><code>a_b</code></td>"
