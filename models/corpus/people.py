"""Who wrote what, under one name each.

One person's mail comes from several addresses and under several spellings of the name. Two senders who
repeatedly share an address or a name count as one person. This counts too few people rather than too many.
That is the safe side where a phrase must come from several people.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from inkling.models.text.masking import fold_name

_ADDRESS = re.compile(r"([\w.+%'&-]+)\s?[@©]\s?([\w.-]+)")
_NOISE = re.compile(
    r"\[/O=[^\]]*\]?|/[\w& .-]+(?:/[\w& .-]+)*(?:@[\w& .-]+)?|\([^)]*\)|mailto:|SMTP:", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
_DOMAIN_LETTERS = 8  # scanned mail spells domains in many ways
_MIN_TOGETHER = 2  # a single occurrence may be a typing error in a header

Mark = tuple[str, ...]


def one_name_each(senders: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The one name of the person behind each (From header, name that the source gives or "")."""
    occurrences = Counter(senders)
    marks = {sender: _marks(*sender) for sender in occurrences}
    together: Counter[tuple[Mark, Mark]] = Counter()
    for sender, count in occurrences.items():
        first, *others = marks[sender]
        together.update({(first, other): count for other in others})
    above: dict[Mark, Mark] = {}
    for (one, other), count in together.items():
        if count >= _MIN_TOGETHER:
            above[_root(above, other)] = _root(above, one)
    names: dict[Mark, Counter[str]] = defaultdict(Counter)
    for (header, person), count in occurrences.items():
        names[_root(above, marks[header, person][0])][person or header] += count
    best = {root: min(counts, key=lambda name: (-counts[name], name)) for root, counts in names.items()}
    return {sender: best[_root(above, found[0])] for sender, found in marks.items()}


def _root(above: dict[Mark, Mark], mark: Mark) -> Mark:
    root = mark
    while (higher := above.get(root, root)) != root:
        root = higher
    while (higher := above.get(mark, root)) != root:
        above[mark], mark = root, higher
    return root


def _marks(header: str, person: str) -> list[Mark]:
    """The marks that identify a person: the source's name for them, the address, the display name."""
    marks: list[Mark] = [("person", fold_name(person))] if person else []
    addresses = {
        (fold_name(local), _letters(domain)[:_DOMAIN_LETTERS]) for local, domain in _ADDRESS.findall(header)
    }
    if len(addresses) > 1:  # of several people, or garbled
        return marks or [("header", header)]
    domain = ""
    for local, domain in addresses:
        if local:
            marks.append(("address", local, domain))
    words = [fold_name(word) for word in _WORD.findall(_NOISE.sub(" ", _ADDRESS.sub(" ", header)))]
    long = sorted({word for word in words if len(word) > 1})
    if len(long) > 1:
        marks.append(("name", *long))  # "Pereira, Dana Q" is "Dana Pereira"
    elif words:
        marks.append(("name", "".join(long or words), domain))  # many are called "Dana"
    return marks or [("header", header)]


def _letters(text: str) -> str:
    return "".join(_WORD.findall(fold_name(text)))
