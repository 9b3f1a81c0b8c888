"""Tiny real bundles, made in a second: for tests that need a model but not a good one."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from inkling.models.bundle.bundle import MailboxRecord, PhraseRecord, save_bundle
from inkling.models.networks.config import CellKind, parse_network
from inkling.models.networks.language_model import make_language_model
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.profile import estimate_profile
from inkling.models.ngram.pruning import estimate_phrases
from inkling.models.search.rare_phrases import estimate_authorship
from inkling.models.text.masking import NO_NAMES, Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer, training_segments
from tests.materials.letters import letters
from tests.materials.networks import INT8, Sizes


def make_bundle(
    folder: Path,
    *,
    cell: CellKind = CellKind.GRU,
    sizes: Sizes | None = None,
    seed: int = 7,
    change: Callable[[RecurrentLanguageModel], None] = lambda _: None,
    phrases: bool = False,
    guarded: bool = False,
    mailbox: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> Path:
    """Write a bundle with an untrained model whose tokenizer knows invented mail; returns the folder.

    `sizes` are those of a model of any kind, in place of two layers of `cell`. In a `guarded` bundle no word
    has enough authors. A bundle with a `mailbox` knows the phrases of its texts.
    """
    lexicon = NameLexicon.build(["dana", "okafor"])
    masker = Masker(lexicon)
    segments = [s for text in letters(60) for s in training_segments(text, masker, NO_NAMES)]
    tokenizer = Tokenizer.train(segments, vocabulary_size=450)
    torch.manual_seed(seed)
    sizes = INT8[cell.value] if sizes is None else sizes
    config = parse_network({**sizes, "vocabulary_size": tokenizer.vocabulary_size})
    model = make_language_model(config)
    with torch.no_grad():  # sharper than at the start of training, so that searches differ
        model.embedding.weight.mul_(14)
    if isinstance(model, RecurrentLanguageModel):
        change(model)
    save_bundle(
        folder,
        name=folder.name,
        config=config,
        weights=model.arrays(),
        tokenizer=tokenizer,
        lexicon=lexicon,
        created="2026-01-01T00:00:00+00:00",
        inkling_version="0",
        licence="test",
        threshold=0.3,
        data_card={},
        training={},
        metrics={},
        phrases=(phrases_of(tokenizer), PhraseRecord(weight=0.4, least_authors=2)) if phrases else None,
        authorship=estimate_authorship([], [], least_authors=2) if guarded else None,
        mailbox=(profile_of(tokenizer, mailbox), MailboxRecord(least_authors=1)) if mailbox else None,
        languages=languages,
    )
    return folder


def profile_of(tokenizer: Tokenizer, texts: Sequence[str]) -> PhraseModel:
    """The writer of these texts, with their own phrases."""
    return estimate_profile(
        [[tokenizer.body_id, *tokenizer.encode(text), tokenizer.end_id] for text in texts],
        vocabulary_size=tokenizer.vocabulary_size,
        resets=(tokenizer.body_id,),
    )


def phrases_of(tokenizer: Tokenizer, texts: Sequence[str] | None = None) -> PhraseModel:
    """The phrases that two invented people both wrote."""
    written = letters(60) if texts is None else texts
    return estimate_phrases(
        [[tokenizer.body_id, *tokenizer.encode(text), tokenizer.end_id] for text in written],
        [number % 2 for number in range(len(written))],
        vocabulary_size=tokenizer.vocabulary_size,
        resets=(tokenizer.body_id,),
    )
