"""Numbers that people write with spaces, joined so that masking, which sees one word, sees them whole."""

import re

_SPACED = re.compile(
    r"(?<![\w.])(?:"
    r"\+\d{1,3}(?:[ .()-]{1,2}\d{2,4}){2,5}"  # +44 20 7946 0018
    r"|\(?\d{3}\)?[ .]{1,2}\d{3}[ .-]\d{4}"  # (555) 010 0199
    r"|\d{4}(?: \d{4}){2,3}"  # the groups of a card
    r")(?!\w)"
)
_GAP = re.compile(r"[ .]+")


def join_numbers(text: str) -> str:
    """Write phone and card numbers with hyphens instead of the spaces or stops inside them."""
    return _SPACED.sub(lambda match: _GAP.sub("-", match.group()), text)
