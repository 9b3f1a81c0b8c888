"""What the training documents' authors have too little in common for."""

from collections.abc import Sequence

import numpy as np

from models.authorship import Authorship, estimate_authorship
from models.marking import MarkedMasker, marked_text
from models.tokenizer import Tokenizer
from models.training.documents import Document
from models.wording import words_of


def authorship_of(documents: Sequence[Document], tokenizer: Tokenizer, *, least_authors: int) -> Authorship:
    """What fewer than `least_authors` of the documents' authors wrote."""
    masker = MarkedMasker()
    texts = [
        np.array(words_of(marked_text(one.body.tolist(), tokenizer), masker), np.uint64) for one in documents
    ]
    return estimate_authorship(texts, [one.author for one in documents], least_authors=least_authors)
