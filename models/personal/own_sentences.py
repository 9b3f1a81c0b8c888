"""Sentences that a writer has sent several times. They are offered whole when they are begun again.

A sentence is found by the words that are typed of it. Masked names and numbers, dates, times and weekdays in
it are slots. A slot is filled from the context of the draft. Where the context has nothing for a slot, the
sentence ends before it.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from inkling.models.facts.fact import FactKind
from inkling.models.facts.fact_finding import find_facts
from inkling.models.text.chunks import split_prefix
from inkling.models.text.masked_text import PLACEHOLDERS
from inkling.models.text.masking import Placeholder

LEAST_TIMES = 2
"""So often must a sentence have been sent."""

LEAST_WORDS = 4
"""So many words must it have."""

LEAST_TYPED = 2
"""So many of its words must be typed."""

DISCOUNT = 0.5
UNSEEN = 1.0
"""Confidence is (times continued so - DISCOUNT) / (times begun so + UNSEEN); chosen on held-out mail."""

_FIRST_SLOT = 0xE100
_SLOT_OF = MappingProxyType({kind: chr(_FIRST_SLOT + number) for number, kind in enumerate(FactKind)})
Slot = FactKind | Placeholder
_SLOTS: Mapping[str, Slot] = MappingProxyType(
    {**PLACEHOLDERS, **{character: kind for kind, character in _SLOT_OF.items()}}
)
_SLOT = re.compile("([" + "".join(_SLOTS) + "])")
_FACT_SLOT = re.compile("[" + "".join(_SLOT_OF.values()) + "]")
_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n")
_CHARACTERS_READ = 400
_BYTES_A_SENTENCE = 300


@dataclass(frozen=True, slots=True)
class OwnText:
    """Text that goes on a sentence of the writer's own.

    They have begun `begun` sentences with the words before it, and went on so `times` times.
    """

    text: str = field(repr=False)
    times: int
    begun: int

    @property
    def confidence(self) -> float:
        """The probability that the writer goes on so, in (0, 1)."""
        return (self.times - DISCOUNT) / (self.begun + UNSEEN)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The words of a sentence as it was last written, with slots, and how often it was sent."""

    words: tuple[str, ...]
    times: int

    @property
    def is_own(self) -> bool:
        return self.times >= LEAST_TIMES and len(self.words) >= LEAST_WORDS


class OwnSentences:
    """The sentences of one writer. Immutable."""

    __slots__ = ("_keys", "_sentences")

    def __init__(self, texts: Iterable[tuple[str, int]] = ()) -> None:
        """`texts` are masked messages, oldest first, each with how often it was sent."""
        times: Counter[str] = Counter()
        written: dict[str, tuple[str, ...]] = {}
        for text, sent in texts:
            for sentence in _END.split(text):
                words = tuple(_with_slots(sentence).split())
                if len(words) >= LEAST_TYPED:
                    key = _key(words)
                    times[key] += sent
                    written[key] = words
        self._keys = sorted(times)
        self._sentences = [_Sentence(written[key], times[key]) for key in self._keys]

    @property
    def bytes(self) -> int:
        """Memory held, about."""
        return sum(_BYTES_A_SENTENCE + 4 * len(key) for key in self._keys)

    def __len__(self) -> int:
        """The number of sentences that may be offered."""
        return sum(one.is_own for one in self._sentences)

    def after(
        self, prefix: str, masked: Callable[[str], str], values: Callable[[], Mapping[Slot, str]]
    ) -> list[OwnText]:
        """What ends the sentence that is begun at the end of `prefix`, the most frequent text first.

        `masked` puts a placeholder character for each masked stretch of a text. `values` fill slots.
        """
        begun = _begun_sentence(prefix) if self._keys else ""
        committed, tail = split_prefix(begun)
        begins, word = tail.lstrip().casefold(), tail.lstrip()
        if len(committed.split()) + bool(word) < LEAST_TYPED:
            return []
        typed = tuple(_with_slots(masked(committed)).split())
        found: Counter[str] = Counter()
        total = 0
        for sentence in self._begun_with(typed):
            text = _filled(sentence.words[len(typed) :], values)
            if not text.casefold().startswith(begins):
                continue
            total += sentence.times
            added = text[len(word) :]
            whole = bool(word) and added[:1].isspace()
            if sentence.is_own and added.strip() and len(typed) + whole >= LEAST_TYPED:
                found[added] += sentence.times
        return [
            OwnText(text, times, total)
            for text, times in sorted(found.items(), key=lambda item: (-item[1], item[0]))
        ]

    def _begun_with(self, words: tuple[str, ...]) -> Iterator[_Sentence]:
        """The sentences that begin with these words, in the order of their keys."""
        key = _key(words)
        for place in range(bisect_left(self._keys, key), len(self._keys)):
            if not self._keys[place].startswith(key):
                return
            yield self._sentences[place]


def _key(words: Iterable[str]) -> str:
    """Words in the form in which they are compared; the key of a beginning begins the key of the whole."""
    return "".join(f"{word.casefold()} " for word in words)


def _with_slots(text: str) -> str:
    """A masked text with a slot for each fact."""
    text = _FACT_SLOT.sub("", text)
    parts, end = [], 0
    for fact in find_facts(text):
        parts += [text[end : fact.begin], _SLOT_OF[fact.kind]]
        end = fact.end
    return "".join([*parts, text[end:]])


def _begun_sentence(prefix: str) -> str:
    """The sentence at the end of a text; empty where it is too long to be one that is known."""
    read = prefix[-_CHARACTERS_READ:]
    ends = [match.end() for match in _END.finditer(read)]
    if not ends:
        return read if len(prefix) <= _CHARACTERS_READ else ""
    return read[ends[-1] :]


def _filled(words: Iterable[str], values: Callable[[], Mapping[Slot, str]]) -> str:
    """The words as text, up to the first one with a slot that cannot be filled."""
    filled = []
    for word in words:
        slots = {_SLOTS[found] for found in _SLOT.findall(word)}
        if slots:
            known = values()
            if not slots <= known.keys():
                break
            word = "".join(known[_SLOTS[part]] if part in _SLOTS else part for part in _SLOT.split(word))
        filled.append(word)
    return " ".join(filled)
