"""The 5-gram baseline for a bundle: the same tokens, the same masking, other statistics."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkling.models.corpus.pipeline import prepare, require_messages
from inkling.models.ngram import NgramModel, estimate
from inkling.models.text.masking import Masker
from inkling.models.text.tokenizer import Tokenizer

ORDER = 5

Tell = Callable[[str, int, int], None]
"""Called with a phase's name, what is done of it, and its total (0 when not known)."""


def train_baseline(paths: Sequence[Path], tokenizer: Tokenizer, masker: Masker, *, tell: Tell) -> NgramModel:
    """Estimate the baseline from mail, cleaned and masked as for training.

    It reads bodies only, because four tokens of history hold too little of a subject or a previous message.
    The mark that opens a body makes the context before it irrelevant.

    Raises:
        CorpusError: a path is missing, empty or unreadable, or no message is left after cleaning.
    """
    corpus = prepare(paths, progress=tell)
    require_messages(corpus, paths[0])
    messages = corpus.messages

    def bodies() -> Iterator[NDArray[np.uint16]]:
        for number, message in enumerate(messages, 1):
            tokens = tokenizer.encode(message.body, masker=masker, names=message.names)
            yield np.array([tokenizer.body_id, *tokens, tokenizer.end_id], np.uint16)
            if number % 1000 == 0 or number == len(messages):
                tell("encode", number, len(messages))

    encoded = list(bodies())
    tell("count n-grams", 0, 0)
    model = estimate(
        encoded,
        vocabulary_size=tokenizer.vocabulary_size,
        order=ORDER,
        resets=(tokenizer.body_id, tokenizer.subject_id, tokenizer.previous_id),
        tokenizer_digest=tokenizer.digest,
    )
    tell("count n-grams", 1, 1)
    return model
