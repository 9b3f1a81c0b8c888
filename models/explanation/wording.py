"""What an explanation says in words, for a terminal and a picture."""

from collections.abc import Mapping, Sequence

from inkling.models.explanation.explanation import BeamNode, Explanation, Gate, PathFate, Verdict
from inkling.models.search.suggestion import EmptyReason

WITHHELD = "(may not be suggested)"

WHY_NONE: Mapping[str, str] = {
    EmptyReason.NOTHING_LIKELY: "nothing is likely enough",
    EmptyReason.FILTERED: "what would be shown may not be suggested, or the word at the end is private",
    EmptyReason.TAIL_TOO_LONG: "the word at the end is too long to be one",
    EmptyReason.NOT_WORTH_INTERRUPTION: "nothing would save more time than reading it takes",
    EmptyReason.OTHER_LANGUAGE: "the sentence is in a language that the model has not read",
}
"""Why nothing is suggested."""

VERDICTS: Mapping[str, str] = {
    Verdict.FIRST: "shown: saves the most time",
    Verdict.ALTERNATIVE: "an alternative",
    Verdict.UNLIKELY: "below the least confidence",
    Verdict.COSTS_MORE: "reading it costs more than it saves",
    Verdict.SHORTENS: "a shorter form of a better one",
    Verdict.LENGTHENS: "a longer form of a better one",
    Verdict.SAVES_LESS: "better ones fill the list",
    Verdict.TOO_SHORT: "one character saves nothing",
}

FATES: Mapping[str, str] = {
    PathFate.SHOWN: "kept, and leads to what is shown",
    PathFate.KEPT: "kept",
    PathFate.CROWDED: "dropped: the beam is full of better ones",
    PathFate.SETTLED: "dropped: nothing after it changes the choice",
}


def percent(share: float) -> str:
    """A share in [0, 1] for people."""
    return f"{100 * share:.1f}%" if share < 0.0995 else f"{100 * share:.0f}%"


def visible(text: str | None) -> str:
    """A text on one line, its spaces as middle dots; None reads as withheld."""
    return WITHHELD if text is None else text.replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥")


def outcome(told: Explanation) -> str:
    """The result in one sentence."""
    if told.reason is not None:
        return f"No suggestion: {WHY_NONE[told.reason]}."
    first = next(one for one in told.candidates if one.verdict is Verdict.FIRST)
    return f"Shown: “{visible(first.text)}”, which is expected to save {first.saves_ms:.0f} ms."


def rule(told: Explanation) -> str:
    """The rule of the choice, with its two numbers."""
    return (
        f"A suggestion is shown from a confidence of {told.min_confidence:.2f} on, "
        f"where it saves more than the {told.interruption_ms:.0f} ms that reading it takes."
    )


def gate_groups(gates: Sequence[Gate], most: int) -> list[list[int]]:
    """The indices of gates in groups of at most `most`. A layer is not parted if it fits in one."""
    layers: dict[int, list[int]] = {}
    for number, gate in enumerate(gates):
        layers.setdefault(gate.layer, []).append(number)
    groups: list[list[int]] = []
    for layer in layers.values():
        for first in range(0, len(layer), most):
            part = layer[first : first + most]
            if groups and len(groups[-1]) + len(part) <= most:
                groups[-1] += part
            else:
                groups.append(part)
    return groups


def beam_rows(beam: Sequence[BeamNode]) -> list[tuple[int, BeamNode]]:
    """The nodes of a beam with their depths from 0 on: each behind its parent, probable children first."""
    children: dict[int | None, list[int]] = {}
    for number, node in enumerate(beam):
        children.setdefault(node.parent, []).append(number)
    rows: list[tuple[int, BeamNode]] = []
    left: list[tuple[int, int]] = [(0, number) for number in reversed(_ranked(beam, children.get(None, [])))]
    while left:
        depth, number = left.pop()
        rows.append((depth, beam[number]))
        left += [(depth + 1, one) for one in reversed(_ranked(beam, children.get(number, [])))]
    return rows


def _ranked(beam: Sequence[BeamNode], numbers: Sequence[int]) -> list[int]:
    return sorted(numbers, key=lambda number: -beam[number].probability)
