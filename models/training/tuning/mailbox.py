"""Splits a mailbox by date into three parts: one trains, one chooses between models, one is held out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inkling.models.bundle.bundle import WEIGHTS, Bundle
from inkling.models.corpus.cleaning.spelling import Corrections
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.pipeline import prepare, require_messages
from inkling.models.corpus.splitting import HeldOutBy, hold_out_newest_of_each
from inkling.models.evaluation.held_out import held_out_message
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.text.masking import Masker
from inkling.models.training.preparation.documents import encode_documents
from inkling.models.training.preparation.preparation import (
    Prepared,
    Tell,
    data_card,
    data_identity,
    held_out_card,
)

LEAST_MESSAGES = 20
_HELD_OUT = 0.1
_VERSION = 1  # raised when cleaning or encoding changes, so that an old checkpoint is not resumed


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox in the tokens of the bundle to start from.

    `prepared.train` trains and `prepared.dev` chooses. The messages `held_out` take part in nothing.
    `prepared.lexicon` has the names of the bundle and of the mailbox.
    """

    prepared: Prepared
    held_out: list[HeldOutMessage]


def prepare_mailbox(
    data: Sequence[Path],
    dev: Sequence[Path],
    start: Bundle,
    tell: Tell = lambda _phase, _done, _total: None,
    *,
    correct_spelling: bool = False,
) -> Mailbox:
    """Clean the mail at `data`, and hold out each person's newest tenth, or what is at `dev` instead.

    Each person's newest tenth of the rest chooses. `correct_spelling` mends common misspellings in `data`,
    and so also in mail held out of it. Raises CorpusError for a mailbox that is too small, and ValueError
    where the dictionary of misspellings is missing.
    """
    corpus = prepare(data, progress=tell, corrections=Corrections.load() if correct_spelling else None)
    require_messages(corpus, data[0])
    if len(corpus.messages) < LEAST_MESSAGES:
        raise CorpusError(
            data[0],
            f"too few messages are left after cleaning, {len(corpus.messages):,} of the {LEAST_MESSAGES} "
            "that are needed to train on some and hold out others: give more mail",
        )
    if dev:
        held_out_corpus = prepare(dev, progress=tell)
        require_messages(held_out_corpus, dev[0])
        rest, held_out, by = corpus.messages, held_out_corpus.messages, "files"
    else:
        parts = hold_out_newest_of_each(corpus.messages, _HELD_OUT)
        rest, held_out, by = parts.train, parts.held_out, HeldOutBy.DATE.value
    chosen = hold_out_newest_of_each(rest, _HELD_OUT)
    lexicon = start.lexicon.joined(corpus.lexicon)
    messages = [*chosen.train, *chosen.held_out]
    corpora = sorted({message.corpus for message in messages})
    documents = list(
        encode_documents(
            messages,
            start.tokenizer,
            Masker(lexicon),
            lambda count: tell("encode", count, len(messages)),
            corpora,
        )
    )
    train, choosing = documents[: len(chosen.train)], documents[len(chosen.train) :]
    card = data_card(data, corpus, chosen.train, train, start.tokenizer)
    settings = f"mailbox {_VERSION}:{len(data)}:{start.manifest.files[WEIGHTS].sha256}"
    settings += ":corrected" * correct_spelling
    prepared = Prepared(
        start.tokenizer,
        lexicon,
        train,
        choosing,
        card | {"held_out": held_out_card(held_out, by)},
        data_identity([*data, *dev], settings),
    )
    return Mailbox(prepared, [held_out_message(one) for one in held_out])
