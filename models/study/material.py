"""The mail of a study: documents to train on, and held-out messages to read and to type again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkling import models
from inkling.models.bundle.bundle import FORMAT, FORMAT_VERSION, Bundle, Manifest
from inkling.models.corpus.mail.readers import is_json_lines
from inkling.models.corpus.pipeline import prepare
from inkling.models.corpus.splitting import hold_out
from inkling.models.evaluation.held_out import held_out_message, load_messages
from inkling.models.evaluation.messages import HeldOutMessage, sample
from inkling.models.networks.config import ModelConfig
from inkling.models.step import StepModel
from inkling.models.study.plan import Plan
from inkling.models.study.study_completer import StudyCompleter
from inkling.models.text.masking import Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.documents import Document
from inkling.models.training.preparation.preparation import Tell, prepare_documents

_HELD_OUT = 0.05
_SEED = 0
_TIMES = 1.5
"""Documents are kept for so many times the tokens of a training, so that its epochs need not end."""


@dataclass(frozen=True, slots=True)
class Material:
    """What all units of a study read. `identity` is a hash of the mail and of what shaped it."""

    tokenizer: Tokenizer
    lexicon: NameLexicon
    train: list[Document]
    dev: list[Document]
    messages: list[HeldOutMessage]
    identity: str

    def completer(self, model: StepModel, name: str) -> StudyCompleter:
        """The search over a model of these tokens, without the memory of the draft and uncalibrated."""
        manifest = Manifest(
            format=FORMAT,
            format_version=FORMAT_VERSION,
            name="study",
            created="",
            inkling_version=models.__version__,
            licence="private",
            threshold=0.35,
            # The completer is given its model, whatever its kind.
            model=ModelConfig(vocabulary_size=self.tokenizer.vocabulary_size),
            parameters=0,
            files={},
            data_card={},
            training={},
            metrics={},
        )
        bundle = Bundle(Path(), manifest, {}, self.tokenizer, Masker(self.lexicon), self.lexicon)
        return StudyCompleter(bundle, model, runtime="torch", name=name, remembers=False)

    def typed(self, characters: int) -> list[HeldOutMessage]:
        """The first messages that have this many characters in total, the last one shortened."""
        found, left = list[HeldOutMessage](), characters
        for message in self.messages:
            if left <= 0:
                break
            text = message.text[:left].rstrip() or message.text[:left]
            found.append(HeldOutMessage(message.person, text, message.context, message.date, message.writer))
            left -= len(message.text)
        return found


def load_material(
    data: Sequence[Path],
    dev: Sequence[Path],
    folder: Path,
    plan: Plan,
    tell: Tell = lambda _phase, _done, _total: None,
) -> Material:
    """Mail cleaned and encoded as for training; what was made is kept in `folder` for the next time.

    Without `dev`, a twentieth of `data` is held out as `inkling train` holds it out. Raises CorpusError, and
    ValueError where no tokenizer can be trained on the mail.
    """
    folder.mkdir(parents=True, exist_ok=True)
    prepared = prepare_documents(
        data, dev, folder, vocabulary_size=plan.vocabulary_size, seed=_SEED, tell=tell
    )
    if dev:
        held_out = [one for path in dev for one in load_messages(path, clean=not is_json_lines(path))]
    else:
        held_out = list(
            map(held_out_message, hold_out(prepare(data).messages, _HELD_OUT, seed=_SEED).held_out)
        )
    return Material(
        prepared.tokenizer,
        prepared.lexicon,
        _drawn(prepared.train, int(_TIMES * plan.tokens)),
        _drawn(prepared.dev, int(plan.dev_words * 1.5)),
        sample(held_out, None, seed=_SEED),
        prepared.identity,
    )


def _drawn(documents: list[Document], tokens: int) -> list[Document]:
    """Documents in random order, as many as hold these tokens; all where they are fewer."""
    order = list(range(len(documents)))
    random.Random(_SEED).shuffle(order)
    lengths = np.cumsum([len(documents[index].body) + 1 for index in order])
    return [documents[index] for index in order[: int(np.searchsorted(lengths, tokens)) + 1]]
