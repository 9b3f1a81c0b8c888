"""What typing and suggestions cost a writer in time.

Net time is what was not typed, less accepts and readings, in percent of typing everything. The defaults
follow what is known of desktop typing: a key takes 120 ms (fast) to 240 ms (mean) (Dhakal and others,
"Observations on Typing from 136 Million Keystrokes", CHI 2018). Suggestions save keys and yet slow people
down on average, because attending to them costs more than the keys saved (Quinn and Zhai, "A Cost-Benefit
Study of Text Entry Suggestion Interaction", CHI 2016). The cost of one reading is not known well, so
results are told at several costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

READING_COSTS = (0.1, 0.2, 0.3, 0.5)
"""Seconds of reading a new showing at which results are told."""


@dataclass(frozen=True, slots=True)
class TypingCost:
    """Seconds of each action, each at least 0.

    `key` types a character, `accept` takes a whole suggestion, `word_accept` its next word, and `reading`
    is the attention that a new showing takes.
    """

    key: float = 0.2
    accept: float = 0.2
    word_accept: float = 0.25
    reading: float = 0.3

    def pays_by_word(self, length: int) -> bool:
        """Whether taking a word of `length` characters, its space among them, is faster than typing it."""
        return self.key * length > self.word_accept


TYPISTS: Mapping[str, TypingCost] = {
    "slow": TypingCost(key=0.3),
    "usual": TypingCost(),
    "fast": TypingCost(key=0.12),
}
"""Writers for whom results are told."""
