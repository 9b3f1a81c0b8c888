"""Ids of suggestions that tell, to this service alone, how confident it was and how long each one is.

What becomes of a suggestion is told with its id, maybe to another process. So the id carries the two numbers
that count, a character each, and nothing has to be remembered.
"""

import re
import secrets
from collections.abc import Sequence

from inkling.models.personal.eagerness import Eagerness
from inkling.models.personal.outcomes import Offer
from inkling.models.search.suggestion import Suggestion

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_MOST = len(_DIGITS) - 1
_RANDOM_BYTES = 12
_ID = re.compile(r"sg_[\w-]{16}((?:[\w-]{2}){1,5})(?:[.:].*)?", re.ASCII)


def new_id() -> str:
    """An id that tells nothing."""
    return "sg_" + secrets.token_urlsafe(_RANDOM_BYTES)


def telling_id(suggestions: Sequence[Suggestion], trust: float) -> str:
    """An id of these suggestions. `trust` is what was added to the log-odds of their confidence."""
    before = Eagerness(trust=-trust)
    told = (
        _digit(before.confidence(min(max(one.confidence, 1e-6), 1 - 1e-6)) * _MOST) + _digit(len(one.text))
        for one in suggestions
    )
    return new_id() + "".join(told)


def offer_of(suggestion_id: str, rank: int) -> Offer | None:
    """What was offered under an id, or one derived from it; None where the id does not tell."""
    found = _ID.fullmatch(suggestion_id)
    if found is None or 2 * rank >= len(found[1]):
        return None
    confidence, characters = (_DIGITS.index(one) for one in found[1][2 * rank : 2 * rank + 2])
    return Offer(confidence / _MOST, characters)


def _digit(value: float) -> str:
    return _DIGITS[min(max(round(value), 0), _MOST)]
