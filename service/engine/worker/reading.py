"""From a message as it was sent to what is learned from it: the user's own words, masked."""

import numpy as np

from inkling.models.completer.completer import Completer
from inkling.models.corpus.cleaning.cleaning import Cleaner
from inkling.models.corpus.cleaning.fixed_phrases import load_phrases
from inkling.models.corpus.cleaning.report import CleaningReport
from inkling.models.text.chunks import count_words
from inkling.models.text.context_sequence import known_names
from inkling.models.text.folding import words_of
from inkling.models.text.masked_text import MaskedTextMasker, mask_text
from inkling.models.text.typography import plain
from inkling.service.profiles.profile_store import LearnedMessage

_MASKED = MaskedTextMasker()


class MessageReader:
    """Drops quotes, signatures and notices, as for training, then masks; may be used from any thread."""

    def __init__(self, completer: Completer) -> None:
        self._completer = completer
        self._phrases = load_phrases()

    def __call__(self, text: str, recipient: str | None, now: float) -> LearnedMessage | None:
        """What is learned at `now`, in seconds since the epoch; None where the user wrote nothing."""
        own = Cleaner(self._phrases, CleaningReport()).own_words(text)
        if own is None:
            return None
        own = plain(own)
        masked = mask_text(own, self._completer.masker, known_names(recipient))
        return LearnedMessage(
            text=masked,
            tokens=np.array(self._completer.encode_masked(masked), "<u2").tobytes(),
            hashes=np.array(words_of(masked, _MASKED), "<u8").tobytes(),
            tokenizer=self._completer.tokenizer_digest,
            words=count_words(own),
            learned_at=now,
        )
