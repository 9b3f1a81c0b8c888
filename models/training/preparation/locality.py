"""Words and pairs of words that belong to one source of the training mail: its places, people and subjects.

A company's name, a state's governor or a program's data type is no secret, but other people do not write
about them. A word is local if almost all of its occurrences are in one source: the other sources hold fewer
than one in fifty of the occurrences expected from its frequency there. This is enough for a word that is
mostly written with a capital letter. Other words, and pairs of words, must also be frequent, because a habit
of one source is not a subject.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.text.folding import Hashes, bare_words, hash_word, phrase_hashes
from inkling.models.text.masked_text import MaskedTextMasker, decode_masked
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.documents import Document

_NAME_ELSEWHERE, _NAME_EXPECTED = 0.02, 5.0
_PLAIN_ELSEWHERE, _PLAIN_EXPECTED = 0.01, 1000.0
_ENDS = (".", "!", "?", ":")
_AFTER = "\"')]"
_FRONT = re.compile(r"^[\W_]+")


@dataclass(frozen=True, slots=True)
class CasedText:
    """The hashes (N,) of a text's words, whether each is capitalised, and whether its capital is significant.

    Any first word of a line or sentence has a capital letter, so `inside` (N,) leaves it out.
    """

    words: Hashes
    capital: NDArray[np.bool_]
    inside: NDArray[np.bool_]


def cased_text(text: str) -> CasedText:
    """A masked text with its words' capital letters."""
    words: list[int] = []
    capital: list[bool] = []
    inside: list[bool] = []
    begins = True
    for space, word, bare in bare_words(text, MaskedTextMasker()):
        begins = begins or "\n" in space
        if bare:
            words.append(hash_word(bare))
            capital.append(_FRONT.sub("", word)[:1].isupper())
            inside.append(not begins)
            begins = False
        begins = begins or word.rstrip(_AFTER).endswith(_ENDS)
    return CasedText(np.array(words, np.uint64), np.array(capital, np.bool_), np.array(inside, np.bool_))


def local_phrases(documents: Sequence[Document], tokenizer: Tokenizer) -> tuple[Hashes, Hashes]:
    """Hashes of the local words, and of the local pairs of words; none where there is one source alone."""
    texts = [cased_text(decode_masked(one.body.tolist(), tokenizer)) for one in documents]
    return find_local(texts, [one.corpus for one in documents])


def find_local(texts: Sequence[CasedText], sources: Sequence[int]) -> tuple[Hashes, Hashes]:
    """The same of texts whose sources are numbered from 0.

    Twenty-five million words take two minutes and 3 GB.
    """
    nothing = np.zeros(0, np.uint64)
    if len(set(sources)) < 2:
        return nothing, nothing
    words = np.concatenate([nothing, *(text.words for text in texts)])
    lengths = [len(text.words) for text in texts]
    source = np.repeat(np.asarray(sources, np.int64), lengths)
    capital = np.concatenate([text.capital for text in texts])
    inside = np.concatenate([text.inside for text in texts])
    sizes = np.bincount(source)
    known, at = np.unique(words, return_inverse=True)
    capitals = np.bincount(at, weights=capital & inside, minlength=len(known))
    is_name = 2 * capitals > np.bincount(at, weights=inside, minlength=len(known))
    local = known[_is_local(at, source, sizes, is_name)]

    last = max(len(words) - 1, 0)
    number = np.repeat(np.arange(len(texts)), lengths)
    whole = number[:last] == number[1:]
    pairs, at_pair = np.unique(phrase_hashes(words, 2)[whole], return_inverse=True)
    named = (is_name[at[:last]] | is_name[at[1:]])[whole]
    has_name = np.zeros(len(pairs), np.bool_)
    has_name[at_pair[named]] = True
    return local, pairs[_is_local(at_pair, source[:last][whole], sizes, has_name)]


def _is_local(
    at: NDArray[np.intp], source: NDArray[np.int64], sizes: NDArray[np.int64], is_name: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mask of the phrases numbered in `at`, with occurrences in `source`, that are local."""
    cells, counts = np.unique(at * len(sizes) + source, return_counts=True)
    phrase, where = np.divmod(cells, len(sizes))
    total = np.bincount(phrase, weights=counts, minlength=len(is_name))
    # The last of a phrase's cells, ordered by their counts, is the source that has most of it.
    order = np.lexsort((counts, phrase))
    most, home = np.zeros(len(is_name)), np.zeros(len(is_name), np.int64)
    most[phrase[order]], home[phrase[order]] = counts[order], where[order]
    expected = most * (sizes.sum() / np.maximum(sizes[home], 1) - 1.0)
    share = np.where(is_name, _NAME_ELSEWHERE, _PLAIN_ELSEWHERE)
    least = np.where(is_name, _NAME_EXPECTED, _PLAIN_EXPECTED)
    found: NDArray[np.bool_] = (expected >= least) & (total - most <= share * expected)
    return found
