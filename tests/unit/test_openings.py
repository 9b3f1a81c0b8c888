"""What the bundle that ships suggests after common openings, alone or with what is known of the message."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from models.bundle import load_bundle
from models.completer import Completer
from models.loading import load_completer
from models.runtime.batch import finish
from models.suggestion import Context, SearchOptions
from models.tree import Tree
from tests.drafts import ReadDraft, read_draft
from tests.shipped import require_bundle

OPENINGS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "openings.json").read_text()
)
ANYTHING = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
FLOOR = 62
"""65 of the 74 with inkling-en-2."""


@pytest.fixture(scope="module")
def completer() -> Completer:
    return load_completer(load_bundle(require_bundle()), threads=1)


def opened(completer: Completer, opening: dict[str, Any]) -> tuple[ReadDraft, Tree]:
    """The draft of an opening, and the tree of its searches."""
    at = opening.get("at")
    context = Context(
        subject=opening.get("subject"),
        previous_message=opening.get("previous"),
        sent_at=None if at is None else datetime.fromisoformat(at),
    )
    draft = read_draft(completer, context, opening["draft"])
    return draft, completer.tree(draft.state, completer.memory(context, draft.pieces))


def first_word(completer: Completer, opening: dict[str, Any]) -> str:
    """The first word of the best suggestion, however little it is worth; empty for none."""
    draft, tree = opened(completer, opening)
    found = finish(
        completer.run,
        completer.search(
            tree,
            draft.tail,
            ANYTHING,
            line_start=draft.line_start,
            names=draft.names,
            written=opening["draft"],
        ),
    )
    words = found.suggestions[0].text.split() if found.suggestions else [""]
    return words[0].rstrip(".,!?:;")


def test_there_are_at_least_60_openings_each_once() -> None:
    assert len({json.dumps(one, sort_keys=True) for one in OPENINGS}) == len(OPENINGS) >= 60


def test_most_openings_are_answered_sensibly(completer: Completer) -> None:
    answers = [first_word(completer, opening) for opening in OPENINGS]
    wrong = [
        (opening["draft"], answer)
        for opening, answer in zip(OPENINGS, answers, strict=True)
        if answer not in opening["sensible"]
    ]
    assert len(OPENINGS) - len(wrong) >= FLOOR, wrong
