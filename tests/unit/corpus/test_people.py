"""One name a person: spellings and addresses joined, people kept apart."""

import pytest

from inkling.models.corpus.people import one_name_each

DANA = [
    ("Dana Pereira <dana.pereira@example.org>", "dana.pereira"),
    ('"Pereira, Dana Q" <dpereira7@example.net>', "dpereira"),
    ("dpereira7@example.net [mailto:dpereira7@example.net]", "dpereira"),
    ("Pereira, Dana/HOU/EXA@EXA", "pereira"),
]
OTHERS = [
    ("Robin Vale <robin@example.org>", "robin"),
    ("Robin Okafor <robin@example.com>", "robin.okafor"),
    ("Dana Okafor <dokafor@example.org>", "dokafor"),
    ("D <d22@example.org>", "d"),
]


def test_spellings_of_one_person_have_one_name() -> None:
    names = one_name_each([*DANA * 3, *OTHERS * 3])
    assert len({names[sender] for sender in DANA}) == 1
    assert len({names[sender] for sender in [DANA[0], *OTHERS]}) == 5


def test_what_was_seen_together_once_joins_nobody() -> None:
    slip = ("Dana Pereira <robin@example.org>", "robin")
    names = one_name_each([*DANA * 3, *OTHERS * 3, slip])
    assert names[OTHERS[0]] != names[DANA[0]]
    names = one_name_each([*DANA * 3, *OTHERS * 3, slip, slip])
    assert names[OTHERS[0]] == names[DANA[0]]


def test_a_header_of_several_addresses_joins_nobody() -> None:
    both = ("Dana Pereira <dana.pereira@example.org>; robin@example.org", "")
    names = one_name_each([*DANA * 3, *OTHERS * 3, both, both])
    assert names[OTHERS[0]] != names[DANA[0]]


@pytest.mark.parametrize("sender", [("", ""), ("<>", ""), ("", "someone"), ("12345", "")])
def test_whatever_stands_there_has_a_name(sender: tuple[str, str]) -> None:
    assert set(one_name_each([sender])) == {sender}


def test_the_name_is_the_most_usual_one() -> None:
    names = one_name_each([DANA[0], *[DANA[1]] * 9, *[DANA[0]] * 2])
    assert set(names.values()) == {"dpereira"}
