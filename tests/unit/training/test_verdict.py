"""Settings that training takes from its authors, and the verdict whether a bundle is worth serving."""

from dataclasses import replace

import numpy as np
import pytest

from inkling.models.bundle.bundle import AuthorRecord, Bundle, load_bundle
from inkling.models.corpus.mail.message import Message
from inkling.models.networks.config import TrainingConfig
from inkling.models.search.rare_phrases import estimate_authorship
from inkling.models.text.masking import NO_NAMES
from inkling.models.training.preparation.author_counts import main_authors, settled_least_authors
from inkling.models.training.preparation.documents import Document, encode_documents
from inkling.models.training.verdict import judge, unigram_perplexity
from tests.materials.bundles import make_bundle
from tests.materials.letters import letters

pytestmark = pytest.mark.lengthy


def document(author: int, words: int) -> Document:
    nothing = np.zeros(0, np.uint16)
    return Document(nothing, nothing, nothing, nothing, words, author)


@pytest.mark.parametrize(
    ("words", "main", "least"),
    [
        ([100], 1, 1),
        ([100, 100], 2, 1),
        ([1000, 10, 10, 10], 1, 1),
        ([1000, 900, 40, 40], 2, 1),
        ([100, 100, 100], 3, 2),
        ([1] * 1000, 950, 2),
        ([1000, *[30] * 40], 38, 2),
        ([0], 1, 1),
    ],
)
def test_one_author_is_enough_where_one_or_two_wrote_nearly_all(
    words: list[int], main: int, least: int
) -> None:
    documents = [document(author, count) for author, count in enumerate(words)]
    assert main_authors(documents) == main
    assert settled_least_authors(TrainingConfig(), documents) == least
    assert settled_least_authors(TrainingConfig(least_authors=5), documents) == 5


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(make_bundle(tmp_path_factory.mktemp("verdict") / "tiny", phrases=True))


@pytest.fixture(scope="module")
def documents(bundle: Bundle) -> list[Document]:
    messages = [
        Message(str(number), "c", "p", str(number), None, "", text, None, NO_NAMES)
        for number, text in enumerate(letters(12))
    ]
    return list(encode_documents(messages, bundle.tokenizer, bundle.masker)) * 4


def with_metrics(bundle: Bundle, **metrics: float) -> Bundle:
    return replace(
        bundle, manifest=bundle.manifest.model_copy(update={"metrics": metrics, "threshold": 0.05})
    )


def test_a_bundle_that_knows_less_than_the_counts_of_tokens_is_called_not_ready_for_use(
    bundle: Bundle, documents: list[Document]
) -> None:
    unigram = unigram_perplexity(documents, documents, bundle.tokenizer)
    assert unigram is not None
    assert 1 < unigram < bundle.tokenizer.vocabulary_size**3
    names = ("dev_perplexity_per_word", "unigram_perplexity_per_word")
    bad = judge(with_metrics(bundle, **dict(zip(names, (unigram + 1, unigram), strict=True))), documents)
    assert any("not ready for use" in one for one in bad.warnings)
    good = judge(with_metrics(bundle, **dict(zip(names, (unigram / 9, unigram), strict=True))), documents)
    assert list(good.warnings) == []
    assert good.suggests
    assert judge(with_metrics(bundle), documents).warnings
    (few,) = judge(
        with_metrics(bundle, **dict(zip(names, (1.0, unigram), strict=True))), documents[:9]
    ).warnings
    assert "say little" in few
    assert unigram_perplexity(documents, [], bundle.tokenizer) is None


def test_a_bundle_that_suggests_nothing_is_warned_of(bundle: Bundle, documents: list[Document]) -> None:
    known = with_metrics(bundle, dev_perplexity_per_word=10.0, unigram_perplexity_per_word=99.0)
    manifest = known.manifest.model_copy(update={"authors": AuthorRecord(least_authors=2)})
    guarded = replace(known, manifest=manifest, authorship=estimate_authorship([], [], least_authors=2))
    (warning,) = judge(guarded, documents).warnings
    assert "suggests nothing" in warning
    assert "--least-authors" in warning
    deaf = replace(known, manifest=known.manifest.model_copy(update={"threshold": 1.0}))
    (warning,) = judge(deaf, documents).warnings
    assert "train longer" in warning
