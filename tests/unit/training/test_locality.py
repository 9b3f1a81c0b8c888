"""Words of one source are not suggested to strangers. Words that other sources share are."""

import numpy as np
import pytest

from inkling.models.search.rare_phrases import estimate_authorship
from inkling.models.text.folding import hash_word, phrase_hash
from inkling.models.training.preparation.locality import CasedText, cased_text, find_local

FILLING = "we can meet on monday at noon to talk about the plan with you and all the others who come "


def corpus(*sentences: str, times: int = 40) -> list[CasedText]:
    """Texts of one source: each sentence many times among words that everybody uses."""
    return [cased_text(f"{FILLING}{sentence}") for sentence in sentences for _ in range(times)]


def found(texts: list[list[CasedText]]) -> tuple[set[int], set[int]]:
    words, pairs = find_local(
        [text for source in texts for text in source],
        [number for number, source in enumerate(texts) for _ in source],
    )
    return set(words.tolist()), set(pairs.tolist())


def pair(first: str, second: str) -> int:
    return phrase_hash([hash_word(first), hash_word(second)])


def test_capital_letters_at_a_beginning_say_nothing() -> None:
    text = cased_text('Dear all,\nThanks for Vantor. "Yes, we (Borealis) did: Next week?" Good')
    capital = text.capital.tolist()
    assert capital == [True, False, True, False, True, True, False, True, False, True, False, True]
    assert text.inside.tolist() == [
        False,
        True,
        False,
        True,
        True,
        False,
        True,
        True,
        True,
        False,
        True,
        False,
    ]


def test_a_name_that_one_source_alone_uses_is_local() -> None:
    own = corpus("so Vantor will pay for it", "thanks to Vantor again", times=3)
    words, pairs = found([own, corpus("so they will pay"), corpus("thanks to them again")])
    assert hash_word("vantor") in words
    assert pair("vantor", "will") in pairs
    assert hash_word("thanks") not in words
    assert hash_word("monday") not in words


def test_a_name_that_others_use_too_is_not() -> None:
    sources = [corpus("so Vantor will pay"), corpus("and Vantor knows"), corpus("they will pay")]
    words, _ = found(sources)
    assert hash_word("vantor") not in words


def test_a_few_mentions_elsewhere_do_not_make_it_everybodys() -> None:
    mention = [cased_text(f"{FILLING}as Vantor did")]
    words, _ = found([corpus("so Vantor will pay", times=100), corpus("they will pay", times=100) + mention])
    assert hash_word("vantor") in words


def test_plain_words_are_local_only_where_they_are_frequent() -> None:
    rare = corpus("the heron sleeps", times=3) + corpus("they do not", times=27)
    frequent = corpus("my tensor frame is wide", times=1200)
    words, pairs = found([rare, frequent, corpus("they will pay", times=1300)])
    assert hash_word("heron") not in words
    assert hash_word("tensor") in words
    assert pair("tensor", "frame") in pairs


@pytest.mark.parametrize("sources", [0, 1])
def test_one_source_alone_has_nothing_local(sources: int) -> None:
    words, pairs = found([corpus("so Vantor will pay")] * sources)
    assert not words
    assert not pairs


def test_what_is_withheld_is_not_suggested_however_many_wrote_it() -> None:
    texts = [text.words for text in corpus("so Vantor will pay the green bill", times=9)]
    withheld = (np.array([hash_word("vantor")], np.uint64), np.array([pair("green", "bill")], np.uint64))
    authorship = estimate_authorship(texts, list(range(9)), least_authors=2, withheld=withheld)

    def allows(text: str) -> bool:
        return authorship.allows([hash_word(word) for word in text.split()], 0)

    assert allows("will pay the green")
    assert allows("pay the bill")
    assert not allows("vantor will pay")
    assert not allows("the green bill")
    assert authorship.allows([hash_word("vantor")], 0, lambda _: True)
