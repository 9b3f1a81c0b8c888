"""Tells whether the text before a caret is in a language other than English.

Each word is evidence. Words that only another language has, letters of another script and unknown words speak
against English; known words of English speak for it. The sentence at the caret counts in full, the words
before it less, so that the first word of a new line is judged by the lines above it.
"""

import json
import re
from collections.abc import Mapping, Sequence, Set
from functools import cache
from importlib.resources import files

from inkling.models.languages.lexicon import Lexicon

FOREIGN = 2.0
"""Evidence of a word that a language has and English has not."""

ENGLISH_WORD = -0.5
"""Evidence of a word that English has and the language has not."""

UNKNOWN = 0.6
ACCENTED = 1.5
"""Evidence of a word that none of the lists has, in lower case; more where a letter has an accent."""

OTHER_SCRIPT = 1.5

LEAST = 1.5
"""Evidence from which on a text is in another language."""

UNDETERMINED = "und"
"""The code of a language that no list has."""

EARLIER = 0.5
"""Of the evidence of a word before the sentence at the caret."""

_WORDS = 12
_CHARACTERS = 160
_LEAST_UNKNOWN = 3  # letters
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…。！？](?=\s)|\n")
_LATIN = re.compile(r"[\u0000-\u024f\u1e00-\u1eff]*")
_ELIDED = re.compile(r"(?:[cdjlmnst]|qu|dell|nell|all|un)['’](?=[^\W\d_]{2})")
_ELIDING = ("fr", "it")


class Detector:
    """Judges text by the function words of other languages, and by the words of English."""

    def __init__(self, lexicon: Lexicon, words: Mapping[str, Set[str]], known: Set[str]) -> None:
        """`words` are those of each language. The languages of `known`, by code, are not foreign."""
        self._lexicon = lexicon
        self._languages: dict[str, list[str]] = {}
        for language, own in words.items():
            if language not in known:
                for word in own:
                    self._languages.setdefault(word, []).append(language)
        self._home = frozenset(word for language in known for word in words.get(language, ()))

    def is_foreign(self, text: str) -> bool:
        """Whether a text that ends with a whole word is in a language that is not known."""
        return self.language(text) is not None

    def language(self, text: str) -> str | None:
        """The language of a text that ends with a whole word, where it is none that is known: a code of
        ISO 639, "und" for one that no list has.
        """
        text = text[-_CHARACTERS:]
        begin = max((match.end() for match in _SENTENCE_END.finditer(text)), default=0)
        every, more = 0.0, dict.fromkeys((UNDETERMINED,), 0.0)
        for match in list(_WORD.finditer(text))[-_WORDS:]:
            share = 1.0 if match.start() >= begin else EARLIER
            general, languages, special = self._evidence(match.group())
            every += share * general
            for language in languages:
                more[language] = more.get(language, 0.0) + share * (special - general)
        found = max(more, key=lambda language: more[language])
        return found if every + more[found] >= LEAST else None

    def _evidence(self, word: str) -> tuple[float, Sequence[str], float]:
        """The evidence of one word for any language, the languages that have it, and the evidence for those.

        Of a name there is none.
        """
        if not word.isascii() and _LATIN.fullmatch(word) is None:
            return OTHER_SCRIPT, (), 0.0
        lower = word.replace("’", "'").casefold()
        languages: Sequence[str] = self._languages.get(lower, ())
        if self._lexicon.knows_as_written(word) or lower in self._home or _contracted(lower):
            return ENGLISH_WORD, languages, 0.0
        if not languages and _ELIDED.match(lower) is not None:
            languages = _ELIDING
        unknown = 0.0
        if word.islower() and len(word) >= _LEAST_UNKNOWN:
            unknown = UNKNOWN if word.isascii() else ACCENTED
        return unknown, languages, FOREIGN


@cache
def function_words() -> Mapping[str, frozenset[str]]:
    """Frequent words of languages, by their codes in ISO 639."""
    data = files("inkling.models.languages").joinpath("data/function-words.json").read_text("utf-8")
    return {language: frozenset(words.split()) for language, words in json.loads(data).items()}


def _contracted(word: str) -> bool:
    return "'" in word and word.rpartition("'")[2] in ("s", "t", "d", "m", "ll", "re", "ve")
