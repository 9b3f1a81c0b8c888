"""Simulated writers who take some of the right suggestions, and leave others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from inkling.models.evaluation.replay import Showing, is_right
from inkling.models.evaluation.typing_cost import TypingCost
from inkling.models.personal.outcomes import Offer, Outcomes
from inkling.models.search.suggestion import Suggestion
from inkling.models.text.chunks import continues_word, count_words

Best = Callable[[int], tuple[Suggestion, float] | None]
"""What is shown first after so many characters, and its confidence before the writer's own trust."""


@dataclass(frozen=True, slots=True)
class Chooser:
    """A writer: what actions cost them, in seconds, and which right suggestions they take.

    `least` is the number of characters from which they take one. `words` says whether they take the right
    words of a wrong one. `ends` says whether they take the end of a word that is begun. They overlook a share
    of `misses`.
    """

    name: str
    cost: TypingCost = field(default_factory=TypingCost)
    least: int = 2
    words: bool = True
    ends: bool = True
    misses: float = 0.1

    def takes(self, text: str, position: int, suggestion: str) -> bool:
        """Whether they would take a right suggestion at this place of their text."""
        inside = position > 0 and not text[position - 1].isspace() and continues_word(suggestion[0])
        if inside and count_words(suggestion) == 1 and not self.ends:
            return False
        return len(suggestion) >= self.least


FAST, SLOW = TypingCost(key=0.12, reading=0.25), TypingCost(key=0.3, reading=0.35)
CHOOSERS = (
    Chooser("usual"),
    Chooser("fast", FAST, least=4),
    Chooser("slow", SLOW),
    Chooser("picky", least=9, words=False),
    Chooser("willing", misses=0.0),
    Chooser("takes no word ends", ends=False),
    Chooser("fast and picky", FAST, least=9, words=False),
    Chooser("slow and willing", SLOW, misses=0.0),
    Chooser("takes nothing", least=1_000, words=False),
)


def type_message(text: str, best: Best, writer: Chooser, seed: str) -> tuple[list[Showing], Outcomes]:
    """Type a text as a writer does; what was shown and taken, and what became of it.

    With equal seeds, writers overlook what is shown at the same places, whatever was shown before.
    """
    shown: list[Showing] = []
    outcomes = Outcomes()
    position = 0
    while position <= len(text):
        found = best(position)
        if found is None:
            position += 1
            continue
        suggestion, confidence = found
        offer = Offer(confidence, len(suggestion.text))
        looks = Random(f"{seed} {position}").random() >= writer.misses
        showing, position, outcome = _decide(text, position, suggestion.text, offer, writer, looks=looks)
        shown.append(showing)
        outcomes = outcomes.plus(outcome)
    return shown, outcomes


def _decide(
    text: str, position: int, grey: str, offer: Offer, writer: Chooser, *, looks: bool
) -> tuple[Showing, int, Outcomes]:
    """What becomes of one suggestion, and where the next may be shown."""
    showing = Showing(position, grey, False)
    if is_right(text, position, grey):
        end = position + len(grey)
        if looks and writer.takes(text, position, grey):
            return replace(showing, right=True), end, Outcomes.of(offer, "accepted", len(grey))
        return showing, max(end, position + 1), Outcomes.of(offer, "typed_through")
    taken = _words_taken(text, position, grey, writer) if looks and writer.words else ()
    position += sum(taken)
    left = grey[sum(taken) :]
    agreed = next(
        (at for at, one in enumerate(left) if text[position + at : position + at + 1] != one), len(left)
    )
    end = max(position + min(agreed + 1, len(text) - position), showing.position + 1)
    if taken:
        return replace(showing, words=taken), end, Outcomes.of(offer, "partial", sum(taken))
    return showing, end, Outcomes.of(offer, "dismissed")


def _words_taken(text: str, position: int, grey: str, writer: Chooser) -> tuple[int, ...]:
    """The lengths of the first words of a wrong suggestion that are right and pay."""
    taken: list[int] = []
    for word in _words(grey):
        pays = writer.cost.pays_by_word(len(word)) and writer.takes(text, position, word)
        if not pays or not is_right(text, position, word):
            break
        taken.append(len(word))
        position += len(word)
    return tuple(taken)


def _words(grey: str) -> Sequence[str]:
    """The words of a text, each with the white space before it."""
    parts: list[str] = []
    for character in grey:
        if not parts or (character.isspace() and not parts[-1][-1:].isspace()):
            parts.append("")
        parts[-1] += character
    return parts
