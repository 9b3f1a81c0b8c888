"""The parts of an SVG drawing, and the colours of all charts.

A drawing is 340 units wide, so its text stays readable on a telephone. It names classes, not colours: the
page around it decides what they look like. `standalone` puts the colours into the drawing itself.
"""

import html

WIDTH = 340
TEXT = 11
"""The height of the text, in units of the drawing."""

CHARACTER = 6.6
"""The width of a character of that text, as in a wide face."""

COLOURS = 8
"""Series that have a colour of their own; further ones repeat the colours with other dashes and markers."""

_LIGHT = ("#2563a8", "#b04a0c", "#2a7a41", "#7a4fa3", "#a8263a", "#0b7479", "#7c5628", "#5a6270")
_DARK = ("#82b5f0", "#f2a562", "#83d199", "#c8a6ee", "#f3929e", "#63d0d4", "#d6b283", "#b6bdc9")
_INK = ("#1c2430", "#e3e8ee")
_SOFT = ("#5b6675", "#a3aebc")
_GRID = ("#dfe4ea", "#303945")


def chart_style() -> str:
    """The style sheet of charts, light, and dark where the reader prefers that."""

    def variables(column: int, colours: tuple[str, ...]) -> str:
        named = {"ink": _INK[column], "soft": _SOFT[column], "grid": _GRID[column]}
        named |= {str(number): colour for number, colour in enumerate(colours)}
        return "".join(f"--chart-{name}:{colour};" for name, colour in named.items())

    rules = [
        f":root{{{variables(0, _LIGHT)}}}",
        f"@media (prefers-color-scheme: dark){{:root{{{variables(1, _DARK)}}}}}",
        f".ch-text{{font:{TEXT}px system-ui,sans-serif;fill:var(--chart-ink)}}",
        ".ch-soft{fill:var(--chart-soft)}",
        ".ch-grid{stroke:var(--chart-grid);stroke-width:1;fill:none}",
        ".ch-axis{stroke:var(--chart-soft);stroke-width:1;fill:none}",
    ]
    for number in range(COLOURS):
        colour = f"var(--chart-{number})"
        rules.append(f".ch-line{number}{{stroke:{colour};fill:none}}.ch-fill{number}{{fill:{colour}}}")
    return "\n".join(rules)


def standalone(drawing: str) -> str:
    """A drawing of `drawn` as a file, with its own style sheet."""
    head, rest = drawing.split(">", 1)
    return f"{head}>\n<style>{chart_style()}</style>\n{rest}\n"


def drawn(height: float, parts: list[str]) -> str:
    """The drawing as one SVG element."""
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}">\n{body}\n</svg>'


def text(x: float, y: float, content: str, *, anchor: str = "start", soft: bool = False) -> str:
    """A line of text whose base line is at `y`."""
    classes = "ch-text ch-soft" if soft else "ch-text"
    return (
        f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{html.escape(content, quote=False)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str, width: float = 1.0, dash: str = "") -> str:
    """A straight line of the class `kind`."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke-width="{width:g}"{dashes}/>'
    )


def width_of(content: str) -> float:
    """How wide a text is, about."""
    return CHARACTER * len(content)
