"""An explanation as one SVG picture, light or dark as its viewer wants it. It loads nothing."""

from html import escape

from inkling.models.explanation.explanation import Explanation, PathFate, Verdict
from inkling.models.explanation.wording import (
    FATES,
    VERDICTS,
    beam_rows,
    gate_groups,
    outcome,
    percent,
    rule,
    visible,
)

_WIDTH, _MARGIN, _LINE = 960, 32, 24
_GATE_WIDTH, _CHIP_WIDTH, _BAR_WIDTH = 110, 172, 120
_CHARACTER, _NOTE_CHARACTER = 8.5, 7.0
"""Width of a character of the picture's letters and of its notes, about."""

_STYLE = """
svg { color-scheme: light dark; background: #fffdf9; }
text { font: 14px ui-monospace, "Liberation Mono", Menlo, Consolas, monospace; fill: #22212b; }
.head { font: 600 17px system-ui, "Liberation Sans", sans-serif; }
.note { font: 13px system-ui, "Liberation Sans", sans-serif; fill: #5c5965; }
.bar { fill: #c9d2f2; } .lead { fill: #3d55b8; } .frame { fill: #efece4; } .strong { font-weight: 700; }
.link { stroke: #928d84; fill: none; }
@media (prefers-color-scheme: dark) {
  svg { background: #1b1d24; }
  text { fill: #ebe8e0; } .note { fill: #b3b1bb; }
  .bar { fill: #3a4474; } .lead { fill: #9fb2ff; } .frame { fill: #2a2d37; } .link { stroke: #767a86; }
}
"""


class _Sheet:
    """Rows from top to bottom."""

    def __init__(self) -> None:
        self.y = _MARGIN
        self.parts: list[str] = []

    def text(self, x: float, text: str, kind: str = "", most: float = _WIDTH) -> None:
        """A text at `x`, cut so that it ends before `x` + `most`."""
        width = _NOTE_CHARACTER if kind == "note" else _CHARACTER
        room = max(1, int(min(most, _WIDTH - _MARGIN - x) / width))
        cut = text if len(text) <= room else text[: room - 1] + "…"
        attribute = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:.0f}" y="{self.y + 16}"{attribute}>{_legal(cut)}</text>')

    def bar(self, x: float, width: float, share: float, kind: str = "bar", below: int = 20) -> None:
        """A bar that is filled to a share in [0, 1], in a frame of `width`, so far below the row's top."""
        for length, one in ((width, "frame"), (width * share, kind)):
            self.parts.append(
                f'<rect x="{x:.0f}" y="{self.y + below}" width="{length:.1f}" height="4" class="{one}"/>'
            )

    def row(self, height: int = _LINE) -> None:
        self.y += height

    def heading(self, text: str, note: str) -> None:
        self.row(_LINE)
        self.text(_MARGIN, text, "head")
        self.row()
        self.text(_MARGIN, note, "note")
        self.row(_LINE + 6)


def draw(told: Explanation, prefix: str, model: str) -> str:
    """The picture of an explanation of the answer to `prefix`, from a model of this name."""
    sheet = _Sheet()
    sheet.text(_MARGIN, visible(prefix[-90:]), "head")
    sheet.row()
    sheet.text(_MARGIN, f"{outcome(told)} Model: {model}, cell: {told.cell}.", "note")
    sheet.row()
    _draw_read(sheet, told)
    _draw_steps(sheet, told)
    _draw_beam(sheet, told)
    _draw_candidates(sheet, told)
    height = sheet.y + _MARGIN
    title = _legal(f"Why Inkling answers so: {outcome(told)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" role="img">\n<title>{title}</title>\n<style>{_STYLE}</style>\n'
        + "\n".join(sheet.parts)
        + "\n</svg>\n"
    )


def _draw_read(sheet: _Sheet, told: Explanation) -> None:
    before = f"Tokens before these: {told.unlisted}. " if told.unlisted else ""
    tail = f"The search has to spell “{visible(told.tail)}” itself." if told.tail else ""
    sheet.heading(
        "What was read", before + f"{told.gate_note or 'Each value is a mean over a layer'}. " + tail
    )
    begin = _MARGIN + 190
    groups = gate_groups(told.gates, (_WIDTH - begin) // _GATE_WIDTH)
    for place, group in enumerate(groups or [[]]):
        if place:
            sheet.row()
        for number, index in enumerate(group):
            gate = told.gates[index]
            sheet.text(begin + number * _GATE_WIDTH, f"{gate.layer} {gate.name}", "note", _GATE_WIDTH)
        if group:
            sheet.row()
        for one in told.read:
            sheet.text(_MARGIN, visible(one.text), most=180)
            for number, index in enumerate(group):
                x = begin + number * _GATE_WIDTH
                sheet.text(x, f"{one.gates[index]:.2f}")
                sheet.bar(x, _GATE_WIDTH - 16, one.gates[index], "lead")
            sheet.row(_LINE + 4)


def _draw_steps(sheet: _Sheet, told: Explanation) -> None:
    sheet.heading("What might come next, step by step", "The search took the token in bold.")
    for step in told.steps:
        ends = "" if step.ends is None else f" The word ends here with {percent(step.ends)}."
        sheet.text(_MARGIN, f"after “{visible(step.text)}”.{ends}" if step.text else "next", "note")
        sheet.row()
        for number, one in enumerate(step.candidates[:5]):
            x = _MARGIN + number * (_CHIP_WIDTH + 8)
            label = f"{visible(one.text)} {percent(one.probability)}"
            sheet.text(x, label, "strong" if one.taken else "", _CHIP_WIDTH)
            sheet.bar(x, _CHIP_WIDTH - 8, one.probability, "lead" if one.taken else "bar")
        sheet.row(_LINE + 8)


def _draw_beam(sheet: _Sheet, told: Explanation) -> None:
    sheet.heading("The beam", "P(the path) given the text. Indented paths go on from the one above.")
    for depth, node in beam_rows(told.beam):
        x = _MARGIN + 2 * _BAR_WIDTH - 60 + 14 * min(depth, 24)
        sheet.bar(_MARGIN + 60, _BAR_WIDTH - 20, node.probability, _bar_of(node.fate), 10)
        sheet.text(_MARGIN, percent(node.probability))
        sheet.text(x, f"{visible(node.text)}", "strong" if node.fate is PathFate.SHOWN else "", 380)
        sheet.text(_WIDTH - _MARGIN - 310, FATES[node.fate], "note")
        sheet.row()


def _bar_of(fate: PathFate) -> str:
    return "lead" if fate is PathFate.SHOWN else "bar"


def _draw_candidates(sheet: _Sheet, told: Explanation) -> None:
    withheld = f" {told.withheld} more may not be suggested." if told.withheld else ""
    sheet.heading("What was chosen", rule(told) + withheld)
    for one in told.candidates:
        kind = "strong" if one.verdict in (Verdict.FIRST, Verdict.ALTERNATIVE) else ""
        sheet.text(_MARGIN, percent(one.confidence))
        sheet.text(_MARGIN + 64, f"{one.saves_ms:+.0f} ms")
        sheet.text(_MARGIN + 160, visible(one.text), kind, 400)
        sheet.text(_WIDTH - _MARGIN - 310, VERDICTS[one.verdict], "note")
        sheet.row()
    sheet.text(_MARGIN, outcome(told), "strong")
    sheet.row()


def _legal(text: str) -> str:
    """Escaped text, without the characters that no XML may hold."""
    kept = "".join(one if one >= " " and one not in "\x7f\ufffe\uffff" else "\ufffd" for one in text)
    return escape(kept)
