"""Decides what may be suggested to the writer of a draft."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

from inkling.models.completer.proofreader import Proofreader
from inkling.models.facts.context_facts import ContextFacts
from inkling.models.facts.fact_finding import bare_word
from inkling.models.search.draft import Draft
from inkling.models.search.rare_phrases import Authorship
from inkling.models.search.suggestion import EmptyReason
from inkling.models.search.word_filter import WordFilter
from inkling.models.text.context import Context
from inkling.models.text.folding import LONGEST, last_words, phrase_hash, words_of
from inkling.models.text.masking import KnownNames, Masker, Placeholder
from inkling.models.text.typography import plain

MAX_TAIL_CHARACTERS = 40  # a longer "word" is a link or an encoding, not something to complete

_CACHED_TEXTS = 256  # a search asks about each text several times
_CHARACTERS_BEFORE = 400  # enough for the last words before the caret
_NO_CONTEXT = Context()
_MAY_HOLD_FACT = re.compile(r"\d|day\b", re.IGNORECASE)
_NAMES = {Placeholder.NAME, Placeholder.RECIPIENT}


class Screen:
    """Refuses masked text, filtered and misspelled words, numbers that are nowhere in the context, and
    phrases that too few people wrote.
    """

    def __init__(
        self,
        masker: Masker,
        words: WordFilter,
        authorship: Authorship | None = None,
        proofreader: Proofreader | None = None,
    ) -> None:
        """Without `authorship`, the number of people who wrote a phrase is not checked; without a
        `proofreader`, no spelling and no language is.
        """
        self._masker, self._words, self._authorship = masker, words, authorship
        self._proofreader = proofreader

    def why_closed(self, draft: Draft) -> EmptyReason | None:
        """The reason why nothing may be suggested after the draft's tail; None if something may be."""
        if len(draft.plain_tail) > MAX_TAIL_CHARACTERS:
            return EmptyReason.TAIL_TOO_LONG
        if self._begins_recipient(draft) or self._placeholders(draft.word, draft.names) <= _NAMES:
            return None
        return EmptyReason.FILTERED

    def is_foreign(self, draft: Draft) -> bool:
        """Whether the draft is in a language of which only the writer's own phrases are suggested."""
        return self._proofreader is not None and self._proofreader.is_foreign(draft)

    def masks_word(self, draft: Draft) -> bool:
        """Whether the unfinished word is a masked name. Text may follow it, but it is not completed."""
        return not (self._begins_recipient(draft) or self._is_plain(draft.word, draft.names))

    def for_draft(
        self,
        draft: Draft,
        *,
        behind_word: bool = False,
        lines: bool = False,
        own: bool = False,
        repeats: bool = False,
    ) -> Callable[[str], bool]:
        """Whether a text may be suggested after the draft.

        `behind_word` says that the model has read the unfinished word, so that the text follows it. `lines`
        lets a text begin with line breaks wherever the draft ends. `own` lets only the writer's own phrases
        pass. Of texts that repeat the context (`repeats`), it does not matter how many people wrote them.
        """
        allows = self._words_allowed(draft)
        if own:
            allows = self._own_allowed(draft)
        elif repeats:
            allows = self._words.for_draft(draft.prefix, draft.writer.forbidden)
        spells = self._proofreader.for_draft(draft) if self._proofreader is not None and not own else _any
        begun = "" if behind_word else draft.word
        may_glue = lines or behind_word or bool(draft.word) or not draft.tail

        @lru_cache(_CACHED_TEXTS)
        def accepts(text: str) -> bool:
            # Behind white space, a suggestion must not begin with more of it.
            glued = may_glue or not text[0].isspace()
            return (
                glued
                and (lines or self._keeps_to_facts(draft, text))
                and self._is_plain(self._without_facts(draft, begun + text), draft.names)
                and allows(draft.word + text)
                and spells(text)
            )

        return accepts

    def _keeps_to_facts(self, draft: Draft, text: str) -> bool:
        """Whether each number that a text adds is one of the context, and each date is on its weekday."""
        if not _MAY_HOLD_FACT.search(text):
            return True
        facts = draft.known.facts
        added, at = len(draft.word), 0
        for word in (draft.word + text).split(" "):
            end = at + len(word)
            if any(one.isdecimal() for one in word[max(added - at, 0) :]) and not _is_of(facts, word):
                return False
            at = end + 1
        return facts.agrees(plain(draft.prefix[-_CHARACTERS_BEFORE:]) + text)

    def _without_facts(self, draft: Draft, text: str) -> str:
        """A text without the numbers of the context, which the writer has read there."""
        if draft.context == _NO_CONTEXT or not any(map(str.isdecimal, text)):
            return text
        facts = draft.known.facts
        words = [word for word in text.split(" ") if not (word and _is_of(facts, word))]
        return " ".join(words)

    def _words_allowed(self, draft: Draft) -> Callable[[str], bool]:
        """Whether the words of a text are allowed. The text begins with the draft's unfinished word."""
        words = self._words.for_draft(draft.prefix, draft.writer.forbidden)
        authorship, masker, names = self._authorship, self._masker, draft.names
        if authorship is None:
            return words
        end = plain(draft.committed[-_CHARACTERS_BEFORE:])
        before = cache(lambda: last_words(end, LONGEST - 1, masker, names))
        standing = cache(lambda: words_of(draft.plain_tail, masker, names))

        def allows(text: str) -> bool:
            if not words(text):
                return False
            added = words_of(self._without_facts(draft, text), masker, names)
            # The writer's own word is not a suggestion, if the text leaves it unchanged.
            own = len(standing()) if added[: len(standing())] == standing() else 0
            return authorship.allows([*before(), *added], len(before()) + own, draft.writer.has_written)

        return allows

    def _own_allowed(self, draft: Draft) -> Callable[[str], bool]:
        """Whether the writer has written all words that a text adds, one after the other."""
        words = self._words.for_draft(draft.prefix, draft.writer.forbidden)
        end, written = plain(draft.committed[-_CHARACTERS_BEFORE:]), draft.writer.has_written
        before = cache(lambda: last_words(end, 1, self._masker, draft.names))

        def allows(text: str) -> bool:
            row = [*before(), *words_of(text, self._masker, draft.names)]
            phrases = [row] if len(row) == 1 else [row[at : at + 2] for at in range(len(row) - 1)]
            return words(text) and all(written(phrase_hash(phrase)) for phrase in phrases)

        return allows

    @staticmethod
    def _begins_recipient(draft: Draft) -> bool:
        return bool(draft.word) and draft.names.recipient.startswith(draft.word)

    def _is_plain(self, text: str, names: KnownNames) -> bool:
        # The recipient's name is not private to a writer who writes to them.
        return self._placeholders(text, names) <= {Placeholder.RECIPIENT}

    def _placeholders(self, text: str, names: KnownNames) -> set[Placeholder]:
        parts = (part for word in text.split() for part in self._masker.mask(word, names))
        return {part for part in parts if isinstance(part, Placeholder)}


def _any(_: str) -> bool:
    return True


def _is_of(facts: ContextFacts, word: str) -> bool:
    bare = bare_word(word)
    return bool(bare) and bare in facts.digit_words
