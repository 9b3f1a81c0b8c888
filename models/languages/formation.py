"""How unknown words are made of known ones: compounds, and words with common beginnings and endings."""

from inkling.models.languages.lexicon import Lexicon

_LEAST_PART = 4  # letters of the first word of a compound
_LEAST_STEM = 4
_BEGINNINGS = (
    "anti", "auto", "bi", "bio", "co", "counter", "cross", "crypto", "cyber", "de", "dis", "down", "eco",
    "ex", "extra", "fore", "geo", "hyper", "info", "inter", "intra", "macro", "mal", "mega", "meta",
    "micro", "mid", "mini", "mis", "mono", "multi", "nano", "neo", "neuro", "non", "off", "on", "out",
    "over", "para", "photo", "poly", "post", "pre", "pro", "proto", "pseudo", "psycho", "re", "semi",
    "socio", "sub", "super", "sur", "techno", "tele", "thermo", "trans", "tri", "ultra", "un", "under",
    "uni", "up", "web",
)  # fmt: skip
_ENDINGS = (
    "able", "ability", "ables", "age", "al", "ally", "ance", "ant", "ards", "ation", "ations", "ative",
    "atively", "ator", "ators", "dom", "ed", "ee", "ees", "en", "ened", "ening", "er", "erer", "ers", "es",
    "ese", "esque", "ette", "fest", "ful", "fully", "hood", "ian", "ians", "ible", "ibility", "ic",
    "ically", "ics", "ied", "ier", "iers", "ies", "iest", "ify", "ified", "ifies", "ifying", "ing", "ings",
    "ish", "isation", "ise", "ised", "iser", "isers", "ises", "ising", "ism", "isms", "ist", "ists", "ity",
    "ities", "ive", "ively", "ivity", "ization", "izations", "ize", "ized", "izer", "izers", "izes",
    "izing", "less", "like", "ly", "ment", "ments", "ness", "nesses", "or", "ors", "ous", "ously", "ship",
    "ships", "some", "th", "ward", "wards", "wise", "y",
)  # fmt: skip


class Formation:
    """Judges beginnings of words that no lexicon has."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def may_make(self, start: str) -> bool:
        """Whether a beginning in lower case may be that of a word made of known ones."""
        return any(
            self._goes_on(start[:place], start[place:]) or self._ends(start[:place], start[place:])
            for place in range(2, len(start))
        )

    def _goes_on(self, first: str, rest: str) -> bool:
        """Whether `rest` begins a known word after a common beginning or another known word."""
        is_part = first in _BEGINNINGS or (len(first) >= _LEAST_PART and self._lexicon.knows_common(first))
        return is_part and self._lexicon.begins_common(rest)

    def _ends(self, stem: str, rest: str) -> bool:
        """Whether `rest` begins a common ending of a known word, whose silent "e" or "y" is gone, or whose
        last letter is doubled.
        """
        if len(stem) < _LEAST_STEM or not any(ending.startswith(rest) for ending in _ENDINGS):
            return False
        return any(
            self._lexicon.knows(word)
            for word in (stem, f"{stem}e", f"{stem}y", *([stem[:-1]] if stem[-1] == stem[-2] else []))
        )
