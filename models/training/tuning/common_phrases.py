"""The phrases of a mailbox that many other people write too."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.text.folding import LONGEST, Hashes, bare_words, hash_word, phrase_hash
from inkling.models.text.masked_text import MaskedTextMasker, decode_masked
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.documents import Document

_BEHIND = re.compile(r"[^\w\ue000-\uf8ff]+$")
"""What stands behind a word; placeholders are characters for private use."""


@dataclass(frozen=True, slots=True)
class _Word:
    """The hash of a word, None for one of signs alone; its tokens, and those without the signs behind it."""

    hash: int | None
    tokens: Sequence[int]
    bare: Sequence[int]


def common_phrases(
    documents: Sequence[Document], tokenizer: Tokenizer, phrases: PhraseModel | None
) -> Hashes:
    """The hashes of those phrases of 2 to `LONGEST` words that a bundle's phrases hold.

    Such phrases are of at least as many people as the bundle asks for. One with more tokens than its longest
    phrases counts if each stretch of that length does. Sorted.
    """
    if phrases is None:
        return np.zeros(0, np.uint64)
    found: set[int] = set()
    for document in documents:
        words = list(_words(document, tokenizer))
        for first in range(len(words)):
            _add_from(words[first:], phrases, found)
    return np.array(sorted(found), np.uint64)


def _add_from(words: Sequence[_Word], phrases: PhraseModel, found: set[int]) -> None:
    """Add the phrases that begin with the first word."""
    tokens: list[int] = []
    hashes: list[int] = []
    for word in words:
        if word.hash is not None:
            hashes.append(word.hash)
            if len(hashes) > 1 and phrases.holds([*tokens, *word.bare]):
                found.add(phrase_hash(hashes))
        tokens += word.tokens
        if len(hashes) in (0, LONGEST) or (len(tokens) > 1 and not phrases.holds(tokens)):
            return  # a longer phrase holds what is missing here


def _words(document: Document, tokenizer: Tokenizer) -> Iterator[_Word]:
    masker = MaskedTextMasker()
    text, line_start = decode_masked(document.body.tolist(), tokenizer), True
    for space, word, bare in bare_words(text, masker):
        encode = partial(tokenizer.encode_chunk, line_start=line_start, masker=masker)
        yield _Word(
            hash_word(bare) if bare else None, encode(space + word), encode(space + _BEHIND.sub("", word))
        )
        line_start = False
