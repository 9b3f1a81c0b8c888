"""The tables of `inkling explain`."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from inkling.models.explanation.explanation import (
    BeamNode,
    Explanation,
    PathFate,
    SearchStep,
    TokenPart,
    Verdict,
)
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

_BAR = 8
_GATE = _BAR + 5
"""The width of a gate's value and its bar."""

_BESIDE = 3
"""The space and the line beside a column."""

_PART = max(map(len, TokenPart))
_TOKEN = 18
"""What is left for the tokens, at least."""


def show_explanation(console: Console, told: Explanation) -> None:
    """Print what was read, the next tokens, the beam and the choice."""
    before = f", {told.unlisted} more before them" if told.unlisted else ""
    title = f"Tokens read{before}"
    room = console.width - 1 - sum(width + _BESIDE for width in (_TOKEN, _PART))
    for group in gate_groups(told.gates, max(1, room // (_GATE + _BESIDE))) or [[]]:
        console.print(_read(told, group, title))
        title = "The same tokens"
    if told.gate_note is not None:
        console.print(Text(f"{told.gate_note}."))
    for gate in {one.name: one for one in told.gates}.values():
        console.print(Text(f"{gate.name}: {gate.meaning}", style="dim"))
    if told.tail:
        console.print(Text(f"Not read: “{visible(told.tail)}”. The search has to spell it itself."))
    console.print(_steps(told))
    console.print(_beam(told))
    console.print(_candidates(told))
    if told.withheld:
        console.print(Text(f"{told.withheld} more candidates may not be suggested.", style="dim"))
    console.print(Text(rule(told), style="dim"))
    console.print(Text(outcome(told), style="bold"))


def _read(told: Explanation, group: Sequence[int], title: str) -> Table:
    """The tokens with a group of their gates, by index."""
    table = Table(title=title, title_justify="left")
    table.add_column("token", overflow="fold")
    table.add_column("part", no_wrap=True)
    for index in group:
        gate = told.gates[index]
        table.add_column(f"{gate.layer} {gate.name}", no_wrap=True)
    for one in told.read:
        values = [_gate(one.gates[index]) for index in group]
        table.add_row(Text(visible(one.text)), one.part.value, *values)
    return table


def _gate(value: float) -> str:
    return f"{value:.2f} {'█' * round(_BAR * value):<{_BAR}}"


def _steps(told: Explanation) -> Table:
    table = Table(title="What might come next, step by step", title_justify="left")
    table.add_column("after")
    table.add_column("next tokens, the one that the search took in bold", overflow="fold")
    table.add_column("word ends", justify="right")
    for step in told.steps:
        ends = "" if step.ends is None else percent(step.ends)
        table.add_row(Text(visible(step.text)), _next(step), ends)
    return table


def _next(step: SearchStep) -> Text:
    line = Text()
    for one in step.candidates:
        label = f"{visible(one.text)} {percent(one.probability)}  "
        line.append(label, style="bold" if one.taken else "")
    return line


def _beam(told: Explanation) -> Tree:
    root = Tree("The beam: P(the path) given the text")
    branches = [root]
    for depth, node in beam_rows(told.beam):
        del branches[depth + 1 :]
        branches.append(branches[depth].add(_path(node)))
    return root


def _path(node: BeamNode) -> Text:
    style = {PathFate.SHOWN: "bold", PathFate.KEPT: ""}.get(node.fate, "dim")
    line = Text(f"{percent(node.probability):>6} {visible(node.text)}", style=style)
    if node.fate is not PathFate.KEPT:
        line.append(f"  {FATES[node.fate]}", style="dim")
    return line


def _candidates(told: Explanation) -> Table:
    table = Table(title="What was chosen", title_justify="left")
    table.add_column("candidate")
    table.add_column("confidence", justify="right")
    table.add_column("saves, ms", justify="right")
    table.add_column("why")
    for one in told.candidates:
        style = "bold" if one.verdict in (Verdict.FIRST, Verdict.ALTERNATIVE) else ""
        table.add_row(
            Text(visible(one.text), style=style),
            percent(one.confidence),
            f"{one.saves_ms:+.0f}",
            VERDICTS[one.verdict],
        )
    return table
