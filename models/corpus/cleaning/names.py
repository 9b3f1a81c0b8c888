"""Names of people: from the headers of one message, and a lexicon from the headers of all."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inkling.models.corpus.cleaning.fixed_phrases import Phrases
from inkling.models.text.masking import fold_name, is_capitalised

_ORGANISATION = re.compile(r"/[\w& .-]+(?:/[\w& .-]+)*(?:@[\w& .-]+)?|\([^)]*\)|\[?/O=[^\]]*\]?")
_ADDRESS = re.compile(r"([\w.+%'&-]+)\s?@\s?([\w.-]+)")
_SEPARATOR = re.compile(r"[;\"<>\[\]]|,(?=\S*@)")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’](?:s|d|m|ll|re|ve)?$")
_ALONE = re.compile(r"^[-–~* ]*([^\W\d_]+)[ ,.:!–-]*$", re.MULTILINE)
_MIN_LENGTH = 2

Entry = tuple[str, ...]
"""The case-folded tokens of one address or one display name of a header."""


def header_entries(header: str, phrases: Phrases) -> Iterator[Entry]:
    """Yield the tokens of each address and display name, free of organisations and mailbox words."""
    header = _ORGANISATION.sub(" ; ", header)
    found = list(_ADDRESS.finditer(header))
    domains = {fold_name(part) for match in found for part in _TOKEN.findall(match.group(2))}
    unwanted = domains | phrases.generic_mailboxes
    parts = [match.group(1) for match in found] + _SEPARATOR.split(_ADDRESS.sub(";", header))
    for part in parts:
        words = [fold_name(word) for word in _TOKEN.findall(part)]
        if not phrases.list_mailboxes.isdisjoint(words):
            continue  # a shared address has no name of a person
        tokens = tuple(word for word in words if len(word) >= _MIN_LENGTH and word not in unwanted)
        if tokens:
            yield tokens


def header_names(header: str, phrases: Phrases) -> frozenset[str]:
    """Case-folded name tokens of a From or To header."""
    return frozenset(token for entry in header_entries(header, phrases) for token in entry)


def first_recipient(header: str, phrases: Phrases) -> str:
    """The first person of a To header, given name first: "Dana Pereira"; empty where none is named."""
    header = _ORGANISATION.sub(" ; ", header)
    addresses = [match.group(1) for match in _ADDRESS.finditer(header)]
    for part in (*_SEPARATOR.split(_ADDRESS.sub(";", header)), *addresses[:1]):
        sides = [
            [word for word in _TOKEN.findall(side) if fold_name(word) not in phrases.generic_mailboxes]
            for side in part.split(",", 1)
        ]
        words = [word for side in reversed(sides) for word in side if len(word) >= _MIN_LENGTH]
        if words:
            return " ".join(words)
    return ""


class NameCounts:
    """Counts, message by message, the occurrences that distinguish names from other words."""

    def __init__(self) -> None:
        self._entries: Counter[Entry] = Counter()
        self._tokens: Counter[str] = Counter()
        self._alone: Counter[str] = Counter()

    def add_header(self, entries: set[Entry]) -> None:
        """Count the entries of one message's headers."""
        self._entries.update(entries)

    def add_body(self, body: str) -> None:
        """Count one body's tokens."""
        self._tokens.update(_TOKEN.findall(body))
        self._alone.update(_ALONE.findall(body))

    def statistics(self) -> "NameStatistics":
        """Sum up by case-folded token, possessives with their stems."""
        capitals: Counter[str] = Counter()
        upper: Counter[str] = Counter()
        lower: Counter[str] = Counter()
        alone: Counter[str] = Counter()
        headers: Counter[str] = Counter()
        for token, occurrences in self._tokens.items():
            folded = _POSSESSIVE.sub("", fold_name(token))
            (capitals if is_capitalised(token) else lower)[folded] += occurrences
            if len(token) > 1 and token.isupper():
                upper[folded] += occurrences
        for token, occurrences in self._alone.items():
            if is_capitalised(token):
                alone[fold_name(token)] += occurrences
        for entry, occurrences in self._entries.items():
            # "portland.shift@": an entry with a common word is a mailbox, not a person.
            if not any(lower[token] > capitals[token] + _COMMON_MARGIN for token in entry):
                for token in set(entry):
                    headers[token] += occurrences
        return NameStatistics(headers, capitals, upper, lower, alone)


# Chosen by looking at the most frequent tokens on either side of each line, on business mail: names
# occur in headers about as often as in bodies, places and companies a tenth as often. The more often a
# token occurs in headers, the larger its share of lower case may be: (headers per capitalised use, share).
_MIN_HEADERS = 3
_MIN_LEXICON_LENGTH = 3
_MAX_UPPER_SHARE = 0.5
_MAX_LOWER_SHARES = ((2.0, 0.4), (1.2, 0.2), (0.4, 0.1), (0.15, 0.05))
_COMMON_MARGIN = 5
# First names that stand alone on a line, as in greetings and at the end: (headers per capitalised use,
# share of lines alone, greatest share of lower case). The last row finds people who are written about far
# more than they write.
_MIN_ALONE = 3
_SIGNING = ((0.2, 0.03, 0.45), (0.05, 0.08, 0.45), (0.01, 0.065, 0.24))
_WELL_KNOWN = 50
_MIN_OWN_RATIO = 0.12
_MIN_OWN_ALONE_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class NameStatistics:
    """Occurrences by case-folded token.

    `headers`: header entries of people with it; `capitals`, `upper`, `lower`: in bodies by case
    (`upper`, wholly in capitals, is part of `capitals`); `alone`: lines of bodies with nothing else,
    which is how writers greet and sign.
    """

    headers: Mapping[str, int]
    capitals: Mapping[str, int]
    upper: Mapping[str, int]
    lower: Mapping[str, int]
    alone: Mapping[str, int]

    def is_name(self, token: str) -> bool:
        """Whether a token is a name by these counts alone, without any list of names."""
        in_headers, capitals = self.headers.get(token, 0), self.capitals.get(token, 0)
        if in_headers < _MIN_HEADERS or len(token) < _MIN_LEXICON_LENGTH:
            return False
        if capitals >= _MIN_HEADERS and self.upper.get(token, 0) > _MAX_UPPER_SHARE * capitals:
            return False  # an acronym
        ratio = in_headers / max(capitals, 1)
        lower_share = self._lower_share(token)
        if any(ratio > least and lower_share <= most for least, most in _MAX_LOWER_SHARES):
            return True
        alone = self.alone.get(token, 0)
        return alone >= _MIN_ALONE and any(
            ratio >= least and alone >= share * capitals and lower_share <= most
            for least, share, most in _SIGNING
        )

    def may_be_name(self, token: str) -> bool:
        """Whether a token of a message's own headers is to be masked in that message."""
        capitals, lower = self.capitals.get(token, 0), self.lower.get(token, 0)
        if lower > max(capitals, _MIN_HEADERS):
            return False
        if capitals < _WELL_KNOWN or self.headers.get(token, 0) >= _MIN_OWN_RATIO * capitals:
            return True
        return self.alone.get(token, 0) >= _MIN_OWN_ALONE_SHARE * capitals

    def lexicon_names(self) -> list[str]:
        """All tokens of the headers that are names."""
        return [token for token in self.headers if self.is_name(token)]

    def _lower_share(self, token: str) -> float:
        capitals, lower = self.capitals.get(token, 0), self.lower.get(token, 0)
        return lower / max(capitals + lower, 1)
