"""What one person of a mailbox repeats is not suggested, unless many others write it too."""

import numpy as np
import pytest

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.search.rare_phrases import Authorship, estimate_authorship
from inkling.models.text.folding import Hashes, phrase_hash, words_of
from inkling.models.text.masked_text import MaskedTextMasker
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.author_counts import hashed_texts
from inkling.models.training.preparation.documents import Document
from inkling.models.training.tuning.common_phrases import common_phrases
from tests.materials.bundles import make_bundle, phrases_of

MASKER = MaskedTextMasker()
PUBLIC = ["Please let me know if that works, thanks.", "We can meet at the office on Sunday."]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder = make_bundle(tmp_path_factory.mktemp("common") / "tiny")
    return Tokenizer((folder / "tokenizer.model").read_bytes())


@pytest.fixture(scope="module")
def phrases(tokenizer: Tokenizer) -> PhraseModel:
    return phrases_of(tokenizer, [one for one in PUBLIC for _ in range(4)])


def document(tokenizer: Tokenizer, text: str) -> Document:
    nothing = np.zeros(0, np.uint16)
    return Document(nothing, nothing, nothing, np.array(tokenizer.encode(text), np.uint16), len(text.split()))


def hashed(text: str) -> int:
    return phrase_hash(words_of(text, MASKER))


def found(tokenizer: Tokenizer, phrases: PhraseModel | None, text: str) -> Hashes:
    return common_phrases([document(tokenizer, text)], tokenizer, phrases)


def test_what_the_bundle_holds_is_common_and_nothing_else(tokenizer: Tokenizer, phrases: PhraseModel) -> None:
    common = set(found(tokenizer, phrases, "Please let me know if the beehives").tolist())
    assert {hashed("please let"), hashed("let me know if"), hashed("know if")} <= common
    assert not common & {hashed("if the"), hashed("the beehives")}
    assert len(common) == 4 + 3 + 2  # two, three and four words of "please let me know if"


def test_signs_behind_the_last_word_do_not_matter(tokenizer: Tokenizer, phrases: PhraseModel) -> None:
    common = found(tokenizer, phrases, "Please let me know, and let me.").tolist()
    assert hashed("let me know") in common
    assert hashed("let me") in common


def test_a_bundle_without_phrases_knows_no_common_ones(tokenizer: Tokenizer) -> None:
    assert not len(found(tokenizer, None, PUBLIC[0]))


def test_one_persons_habit_is_held_back_unless_it_is_common(
    tokenizer: Tokenizer, phrases: PhraseModel
) -> None:
    habit = document(tokenizer, "Please let me know if the beehives sleep.")
    texts = hashed_texts([habit, habit], tokenizer)
    start = estimate_authorship(
        hashed_texts([document(tokenizer, one) for one in PUBLIC], tokenizer), [0, 1], least_authors=1
    )

    def allowed(joined: Authorship, text: str) -> bool:
        return joined.allows(words_of(text, MASKER), 1)

    without = start.joined(texts, [0, 0], least_authors=2)
    joined = start.joined(texts, [0, 0], least_authors=2, common=common_phrases([habit], tokenizer, phrases))
    assert not allowed(without, "let me know if")
    assert allowed(joined, "let me know if")
    for private in ("the beehives", "beehives sleep", "if the beehives"):
        assert not allowed(joined, private)
