"""From mail to encoded documents: clean, split, train a tokenizer, encode; kept for a resumed run."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from inkling.models.corpus.cleaning.spelling import Corrections
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.message import Message
from inkling.models.corpus.pipeline import Corpus, prepare, require_messages
from inkling.models.corpus.splitting import hold_out
from inkling.models.files.whole_files import whole_file
from inkling.models.text.chunks import count_words
from inkling.models.text.masking import Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer, training_segments
from inkling.models.training.preparation.documents import Document, encode_documents

Tell = Callable[[str, int, int], None]
_HELD_OUT = 0.05
_PARTS = ("subject", "previous", "moment", "body")
_NUMBERS = ("words", "author", "corpus")
_MAX_TOKENIZER_WORDS = 8_000_000
"""More words than these change the tokens little and take SentencePiece long."""
_VERSION = 10  # raised when cleaning or encoding changes, so that an old cache is not reused


@dataclass(frozen=True, slots=True)
class Prepared:
    """Encoded training and dev documents, and what they were encoded with.

    `identity` is a hash of the source files and of all that shaped the documents.
    """

    tokenizer: Tokenizer
    lexicon: NameLexicon
    train: list[Document]
    dev: list[Document]
    card: dict[str, Any]
    identity: str


def prepare_documents(
    data: Sequence[Path],
    dev: Sequence[Path],
    folder: Path,
    *,
    vocabulary_size: int,
    seed: int,
    correct_spelling: bool = False,
    passes: Mapping[str, float] | None = None,
    least_words: int = 0,
    tell: Tell = lambda _phase, _done, _total: None,
) -> Prepared:
    """Documents from mail at `data`; from `dev` too, or held out of `data` where it is empty (`hold_out`).

    `passes` says how often the documents of a source count when the tokenizer is trained, 1 by default.
    `correct_spelling` mends common misspellings in `data`, never in `dev`. Reuses what an earlier call left
    in `folder` for the same files. Raises CorpusError, also where fewer than `least_words` are left to train
    on, and ValueError where no tokenizer can be trained or the dictionary of misspellings is missing.
    """
    weights = sorted((passes or {}).items())
    settings = f"{_VERSION}:{len(data)}:{vocabulary_size}:{seed}:{correct_spelling}:{weights}"
    identity = data_identity([*data, *dev], settings)
    cached = _load(folder, identity)
    if cached is not None:
        _require_words(cached.card["words"], least_words, data[0])
        return cached
    corpus = prepare(data, progress=tell, corrections=Corrections.load() if correct_spelling else None)
    require_messages(corpus, data[0])
    if dev:
        held_out_corpus = prepare(dev, progress=tell)
        require_messages(held_out_corpus, dev[0])
        train, held_out, by = corpus.messages, held_out_corpus.messages, "files"
    else:
        parts = hold_out(corpus.messages, _HELD_OUT, seed=seed)
        train, held_out, by = parts.train, parts.held_out, parts.by.value
    _require_words(sum(count_words(message.body) for message in train), least_words, data[0])
    masker = Masker(corpus.lexicon)
    tell("train the tokenizer", 0, 0)
    tokenizer = Tokenizer.train(
        _segments(_tokenizer_sample(train, passes or {}, seed), masker),
        vocabulary_size=vocabulary_size,
        threads=torch.get_num_threads(),
    )
    tell("train the tokenizer", 1, 1)
    corpora = sorted({message.corpus for message in train})
    documents = list(
        encode_documents(train, tokenizer, masker, lambda n: tell("encode", n, len(train)), corpora)
    )
    dev_documents = list(encode_documents(held_out, tokenizer, masker))
    prepared = Prepared(
        tokenizer,
        corpus.lexicon,
        documents,
        dev_documents,
        data_card(data, corpus, train, documents, tokenizer) | {"held_out": held_out_card(held_out, by)},
        identity,
    )
    _save(folder, prepared)
    return prepared


def _tokenizer_sample(messages: list[Message], passes: Mapping[str, float], seed: int) -> list[Message]:
    """Messages to train the tokenizer on, by their sources' passes; all of them where they are not many."""
    words = np.array([count_words(message.body) for message in messages])
    wanted = np.array([passes.get(message.corpus, 1.0) for message in messages])
    wanted *= min(1.0, _MAX_TOKENIZER_WORDS / max(float(wanted @ words), 1.0))
    times = np.floor(wanted).astype(np.int64)
    times += np.random.default_rng(seed).random(len(messages)) < wanted - times
    return [messages[index] for index in np.repeat(np.arange(len(messages)), times)]


def _segments(messages: list[Message], masker: Masker) -> Iterator[str]:
    for message in messages:
        yield from training_segments(message.body, masker, message.names)


def _require_words(words: int, least: int, path: Path) -> None:
    if words < least:
        raise CorpusError(
            path,
            f"{words:,} words are left to train on, and a model of this size needs {least:,} from scratch: "
            "leave out --from-scratch, or give more mail, or --keep-worse to train all the same",
        )


def held_out_card(messages: Sequence[Message], by: str) -> dict[str, Any]:
    """The data card's entry about held-out mail."""
    return {"by": by, "messages": len(messages), "people": len({message.person for message in messages})}


def data_card(
    data: Sequence[Path],
    corpus: Corpus,
    train: Sequence[Message],
    documents: Sequence[Document],
    tokenizer: Tokenizer,
) -> dict[str, Any]:
    """The data card about the mail that was trained on."""
    sources = sorted({message.corpus for message in train})
    return {
        "files": [path.name for path in data],
        "sources": {
            source: {
                "messages": sum(message.corpus == source for message in train),
                "people": len({message.person for message in train if message.corpus == source}),
            }
            for source in sources
        },
        "messages": len(train),
        "words": sum(document.words for document in documents),
        "pieces": sum(len(document.body) + 1 for document in documents),
        "vocabulary": tokenizer.vocabulary_size,
        "masked": "addresses, links, phone and long numbers, names found in headers",
        "names_masked": len(corpus.lexicon),
        "cleaning": [list(row) for row in corpus.report.table()],
    }


def data_identity(paths: Sequence[Path], settings: str) -> str:
    """A hash of files, or of all files in folders, and of the settings that shape their documents."""
    digest = hashlib.sha256(settings.encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(file.name.encode())
                with file.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def _save(folder: Path, prepared: Prepared) -> None:
    tensors: dict[str, torch.Tensor] = {}
    for side, documents in (("train", prepared.train), ("dev", prepared.dev)):
        for part in _PARTS:
            arrays = [getattr(document, part) for document in documents]
            joined = np.concatenate([np.zeros(0, np.uint16), *arrays]).view(np.int16)
            tensors[f"{side}.{part}"] = torch.from_numpy(joined)
            tensors[f"{side}.{part}.lengths"] = torch.tensor(
                [len(array) for array in arrays], dtype=torch.int32
            )
        for number in _NUMBERS:
            values = [getattr(document, number) for document in documents]
            tensors[f"{side}.{number}"] = torch.tensor(values, dtype=torch.int32)
    (folder / "tokenizer.model").write_bytes(prepared.tokenizer.to_bytes())
    (folder / "names.bin").write_bytes(prepared.lexicon.to_bytes())
    metadata = {"identity": prepared.identity, "card": json.dumps(prepared.card)}
    with whole_file(folder / "documents.safetensors") as partial:
        save_file(tensors, partial, metadata=metadata)


def _load(folder: Path, identity: str) -> Prepared | None:
    path = folder / "documents.safetensors"
    try:
        metadata = _metadata(path)
        if metadata.get("identity") != identity:
            return None
        tensors = load_file(path)
        tokenizer = Tokenizer((folder / "tokenizer.model").read_bytes())
        lexicon = NameLexicon.from_bytes((folder / "names.bin").read_bytes())
        train, dev = (_documents(tensors, side) for side in ("train", "dev"))
        return Prepared(tokenizer, lexicon, train, dev, json.loads(metadata["card"]), identity)
    except (OSError, SafetensorError, ValueError, KeyError):
        return None  # a cache that cannot be read is made anew


def load_prepared(folder: Path) -> Prepared | None:
    """The result of an earlier `prepare_documents` in `folder`, from any data; None if there is none."""
    path = folder / "documents.safetensors"
    return _load(folder, _metadata(path)["identity"]) if path.is_file() else None


def _metadata(path: Path) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return file.metadata() or {}


def _documents(tensors: dict[str, torch.Tensor], side: str) -> list[Document]:
    parts = []
    for part in _PARTS:
        joined = tensors[f"{side}.{part}"].numpy().view(np.uint16)
        ends = np.cumsum(tensors[f"{side}.{part}.lengths"].numpy())
        parts.append(np.split(joined, ends[:-1]) if len(ends) else [])
    numbers = [tensors[f"{side}.{number}"].tolist() for number in _NUMBERS]
    return [Document(*row) for row in zip(*parts, *numbers, strict=True)]
