"""Measures what mending saves a writer whose fingers slip.

    python -m benchmarks.typing.slips --data dev.jsonl.gz

Messages are typed key by key. At three letters in a hundred a slip happens. The writer sees a slip at the end
of its word, deletes back to the first wrong letter and types the rest again, unless a suggestion that mends
the word is taken before. The service is asked after every key, once with `edits` and once without. A
suggestion is taken where it gives what the writer means, up to the end of a word. Times are those of
`inkling.models.evaluation.typing_cost`; 100 percent is typing everything, the corrections included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import click

from benchmarks.people.slips import slipped
from benchmarks.reporting.report import Report
from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.messages import HeldOutMessage, sample
from inkling.models.evaluation.typing_cost import TypingCost
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, Suggestion
from inkling.models.search.tree import Tree
from inkling.models.text.chunks import continues_word
from inkling.service.settings import bundle_path, load_settings

RATE = 0.03
_COST = TypingCost()

Ask = Callable[[str], Sequence[Suggestion]]


@dataclass(slots=True)
class Tally:
    """What was counted while typing. `typing` is the time without suggestions, `spent` the time with them."""

    typing: float = 0.0
    spent: float = 0.0
    words: int = 0
    slips: int = 0
    shown: int = 0
    mends_shown: int = 0
    mended: int = 0
    spoilt: int = 0
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def net_time(self) -> float:
        """Time saved, in percent of typing everything."""
        return 100.0 * (1.0 - self.spent / self.typing) if self.typing else 0.0


class Asking:
    """Asks a completer as the service does, with what it has read of a draft kept."""

    def __init__(self, completer: Completer, message: HeldOutMessage, options: SearchOptions) -> None:
        self._completer, self._message, self._options = completer, message, options
        self._trees: dict[str, Tree] = {}

    def __call__(self, prefix: str) -> Sequence[Suggestion]:
        draft = Draft(prefix, self._message.context, self._message.writer, known=self._message.known)
        if draft.committed not in self._trees:
            before = max(
                (text for text in self._trees if draft.committed.startswith(f"{text} ")),
                key=len,
                default=None,
            )
            reading = (
                self._completer.read(draft)
                if before is None
                else self._completer.commit(self._trees[before], draft, len(before))
            )
            self._trees[draft.committed] = finish(self._completer.run, reading)
        searching = self._completer.search(self._trees[draft.committed], draft, self._options)
        return finish(self._completer.run, searching).suggestions


def type_message(text: str, wrong: Mapping[int, str], ask: Ask, tally: Tally) -> None:
    """Type `text`; what is typed in place of its words is in `wrong`, by their places."""
    tally.words += len(text.split())
    tally.slips += len(wrong)
    tally.typing += _COST.key * (len(text) + sum(_corrected(text, at, typed) for at, typed in wrong.items()))
    prefix, begun, slip = "", 0, ""  # `slip` is what is typed of the word that begins at `begun`
    ghost: Suggestion | None = None
    while True:
        if ghost is None:
            ghost = next(iter(ask(prefix)), None)
            if ghost is not None and _shown(text, prefix, ghost, tally):
                prefix, ghost, slip = prefix[: len(prefix) - ghost.replace] + ghost.text, None, ""
                continue
        if not slip and len(prefix) in wrong and text.startswith(prefix):
            begun, slip = len(prefix), wrong[len(prefix)]
        if not slip and len(prefix) == len(text):
            return
        if slip and len(prefix) - begun == len(slip):
            # The end of the word: the writer goes back to the first wrong letter.
            same = _same(text, begun, slip)
            tally.spent += _COST.key * (len(slip) - same)
            prefix, ghost, slip = prefix[: begun + same], None, ""
            key = text[len(prefix)] if len(prefix) < len(text) else ""
        else:
            key = slip[len(prefix) - begun] if slip else text[len(prefix)]
        tally.spent += _COST.key * len(key)
        prefix += key
        follows = ghost is not None and not ghost.replace and len(ghost.text) > 1 and ghost.text[0] == key
        ghost = replace(ghost, text=ghost.text[1:]) if ghost is not None and follows else None


def _shown(text: str, prefix: str, ghost: Suggestion, tally: Tally) -> bool:
    """Count a showing, and whether it is right, for then it is taken."""
    whole = prefix[: len(prefix) - ghost.replace] + ghost.text
    is_right = text.startswith(whole) and not (len(whole) < len(text) and continues_word(text[len(whole)]))
    tally.shown += 1
    tally.spent += _COST.reading + (_COST.accept if is_right else 0.0)
    if ghost.replace:
        tally.mends_shown += 1
        tally.spoilt += text.startswith(prefix)
        tally.mended += is_right
        tally.confidences.append((ghost.confidence, is_right))
    return is_right


def _same(text: str, at: int, typed: str) -> int:
    """The letters of a word that are typed right before the first wrong one."""
    same = 0
    while same < len(typed) and text[at + same : at + same + 1] == typed[same]:
        same += 1
    return same


def _corrected(text: str, at: int, typed: str) -> int:
    """Keys of a slip: the wrong letters up to the end of the word, and their deletion, less those that the
    right word has instead.
    """
    return 2 * (len(typed) - _same(text, at, typed))


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Mail whose messages are typed.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle to measure.")
@click.option("--messages", default=60, show_default=True)
@click.option("--rate", default=RATE, show_default=True, help="Share of letters at which a slip happens.")
@click.option("--seed", default=0, show_default=True)
def main(data: Path, bundle: Path | None, messages: int, rate: float, seed: int) -> None:
    """Type messages with slips, with mending and without."""
    completer = load_completer(load_bundle(bundle_path(load_settings(bundle=bundle))), "cpu")
    drawn = sample(load_messages(data, clean=False), messages, seed=seed)
    columns = [
        "edits",
        "net time",
        "showings per 100 words",
        "slips",
        "mends shown",
        "slips mended",
        "spoilt",
    ]
    report = Report("slips", columns)
    for edits in (False, True):
        tally = Tally()
        for number, message in enumerate(drawn):
            wrong = slipped(message.text, rate, Random(f"{seed} {number}"))
            type_message(message.text, wrong, Asking(completer, message, SearchOptions(edits=edits)), tally)
        row = [
            "on" if edits else "off",
            tally.net_time,
            100.0 * tally.shown / max(tally.words, 1),
            tally.slips,
            tally.mends_shown,
            tally.mended,
            tally.spoilt,
        ]
        report.add(row, dict(zip(columns, row, strict=True)))
    report.show(runtime=completer.runtime)


if __name__ == "__main__":
    main()
