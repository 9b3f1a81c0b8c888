"""A draft knows its own parts."""

from dataclasses import replace

import pytest

from inkling.models.search.draft import Draft
from inkling.models.search.writer import Writer
from inkling.models.text.context import Context
from inkling.models.text.masking import NO_NAMES, KnownNames


@pytest.mark.parametrize(
    ("prefix", "committed", "tail", "word"),
    [
        ("", "", "", ""),
        ("Hi", "", "Hi", "Hi"),
        ("Can we sched", "Can we", " sched", "sched"),
        ("Thanks,\n\n", "Thanks,", "\n\n", ""),
        ("So I don’t", "So I", " don’t", "don't"),
    ],
)
def test_the_parts_of_a_prefix(prefix: str, committed: str, tail: str, word: str) -> None:
    draft = Draft(prefix)
    assert (draft.committed, draft.tail, draft.word) == (committed, tail, word)
    assert draft.line_start == (committed == "")


def test_names_are_those_of_the_recipient() -> None:
    assert Draft("Hi").names == NO_NAMES
    to_robin = Draft("Hi", Context(recipient_name="Robin Vale"))
    assert to_robin.names == KnownNames("Robin", frozenset({"vale"}))
    assert replace(to_robin, context=Context()).names == NO_NAMES


def test_a_draft_tells_nothing_of_its_text() -> None:
    draft = Draft("A secret", Context(subject="Another one"), Writer(forbidden=("a third one",)))
    assert not any(part in repr(draft) for part in ("secret", "Another", "third"))
