"""Suggestions that end a sentence of the writer's own."""

import math
from collections.abc import Iterator, Mapping

from inkling.models.facts.context_facts import ContextFacts
from inkling.models.personal.own_sentences import OwnText, Slot
from inkling.models.search.beam_path import TERMINATORS
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import FinishReason, Suggestion
from inkling.models.text.chunks import count_words
from inkling.models.text.masked_text import mask_text
from inkling.models.text.masking import Masker, Placeholder
from inkling.models.text.typography import plain


def own_suggestions(
    draft: Draft, masker: Masker, facts: ContextFacts, max_words: int
) -> Iterator[Suggestion]:
    """What ends the sentence that is begun, as the writer has ended it before, within `max_words`.

    `facts` are those of the draft's context. They fill the slots, and so does the recipient's name.
    """

    def values() -> Mapping[Slot, str]:
        known: dict[Slot, str] = {}
        known.update(facts.only.items())
        if draft.names.recipient:
            known[Placeholder.RECIPIENT] = draft.names.recipient
        return known

    found = draft.writer.sentences.after(
        plain(draft.prefix), lambda text: mask_text(text, masker, draft.names), values
    )
    for own in found:
        yield _suggestion(own, max_words)


def _suggestion(own: OwnText, max_words: int) -> Suggestion:
    text, reason = own.text, FinishReason.BEST_LENGTH
    if text.endswith(tuple(TERMINATORS)):
        reason = FinishReason.SENTENCE_END
    if count_words(text) > max_words:
        text, reason = _first_words(text, max_words), FinishReason.MAX_WORDS
    return Suggestion(text, own.confidence, math.log(own.confidence), reason)


def _first_words(text: str, count: int) -> str:
    """The first words of a text; its words have one space between them."""
    space = " " if text.startswith(" ") else ""
    return space + " ".join(text.split()[:count])
