"""Knows which words of a draft are misspelled, and what its unfinished word may be meant to be."""

import re
from collections.abc import Callable

from inkling.models.editing.mending import Meant
from inkling.models.languages.detector import Detector, function_words
from inkling.models.languages.english import ENGLISH, English, load_english
from inkling.models.search.draft import Draft
from inkling.models.text.chunks import continues_word
from inkling.models.text.folding import LETTER_WORD, hash_word
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.text.typography import plain

_LETTERS = re.compile(r"[A-Za-z][a-z]*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:][\"')\]]*)\s*$|\n\s*$")
_CHARACTERS_BEFORE = 400


class Proofreader:
    """Reads drafts in English, as the bundle's words and the listed misspellings have it."""

    def __init__(self, english: English, detector: Detector) -> None:
        self._english, self._detector = english, detector

    @classmethod
    def of(cls, languages: tuple[str, ...], tokenizer: Tokenizer) -> "Proofreader | None":
        """The proofreader of a bundle that reads these languages; None where English is none of them."""
        if ENGLISH not in languages:
            return None
        english = load_english().extended(tokenizer.whole_words())
        return cls(english, Detector(english.lexicon, function_words(), frozenset(languages)))

    @property
    def misspellings(self) -> int:
        """Number of misspellings that are listed."""
        return len(self._english.misspellings)

    def is_foreign(self, draft: Draft) -> bool:
        """Whether the text before the caret is in a language that the bundle has not read."""
        return self._detector.is_foreign(plain(draft.committed[-_CHARACTERS_BEFORE:]) + draft.plain_tail[:1])

    def for_draft(self, draft: Draft) -> Callable[[str], bool]:
        """Whether no word of a text is misspelled. The text follows the draft's unfinished word, which must
        begin a right one.
        """
        begun = draft.word
        is_wrong_begun = self.begins_wrong(draft)

        def spells(text: str) -> bool:
            if is_wrong_begun:
                return False
            goes_on = bool(begun) and text[:1] != "" and continues_word(text[0])
            return not any(
                self._english.is_wrong(word) and not self._is_own(word, draft)
                for word in LETTER_WORD.findall(plain(begun + text if goes_on else text))
            )

        return spells

    def begins_wrong(self, draft: Draft) -> bool:
        """Whether the unfinished word is one of misspelled words only."""
        word = draft.word.casefold()
        return (
            _LETTERS.fullmatch(draft.word) is not None
            and self._english.slips.is_wrong_beginning(word)
            and not self._is_from_draft(word, draft)
        )

    def meant(self, draft: Draft) -> Meant | None:
        """What the unfinished word may be meant to begin; None where it may be right.

        A word with a capital letter may be a name. It is mended at the start of a sentence only, where it
        begins a listed misspelling.
        """
        word, lower = draft.word, draft.word.casefold()
        if _LETTERS.fullmatch(word) is None:
            return None
        is_wrong = self._english.slips.is_wrong_beginning(lower)
        is_capital = word != lower
        if is_capital and not (is_wrong and _SENTENCE_START.search(draft.prefix[: -len(word)])):
            return None
        slips = self._english.slips.meant(lower)
        if not slips or self._is_from_draft(lower, draft):
            return None
        return Meant(
            word,
            {start.capitalize() if is_capital else start: cost for start, cost in slips.items()},
            is_wrong,
        )

    def knows(self, word: str) -> bool:
        """Whether a word is known, whatever the case of its letters."""
        return self._english.lexicon.knows(word)

    def _is_own(self, word: str, draft: Draft) -> bool:
        """Whether the writer has written an unlisted word before."""
        return self._english.misspellings.correction(word) is None and draft.writer.has_written(
            hash_word(word.casefold())
        )

    def _is_from_draft(self, start: str, draft: Draft) -> bool:
        """Whether a word of the draft, its context or its writer's mail begins so, and is not listed."""
        context = draft.context
        texts = (context.recipient_name, context.subject, context.previous_message, draft.committed)
        words = (word for text in texts if text for word in LETTER_WORD.findall(plain(text).casefold()))
        return any(
            word.startswith(start) and self._english.misspellings.correction(word) is None
            for word in (*draft.writer.words_from(start), *words)
        )
