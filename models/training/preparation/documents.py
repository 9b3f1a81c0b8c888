"""Messages as tokens, and the streams of tokens that training reads.

A document is read as `<subject> s... <previous> p... <hour> <day> <body> b... <end>`; the leading parts are
context. They are present only when known. Training drops them at random, so that the model learns to do
without them. Loss is taken on the body and its end alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.corpus.mail.message import Message
from inkling.models.languages.languages_read import languages_read
from inkling.models.text.chunks import count_words
from inkling.models.text.context_sequence import (
    TRAINED_PREVIOUS_TOKENS,
    encode_moment,
    encode_previous,
    encode_subject,
)
from inkling.models.text.masking import Masker, Placeholder
from inkling.models.text.tokenizer import Tokenizer

Tokens = NDArray[np.uint16]

_JUDGED = 2_000
"""Documents whose language is looked at."""

_JUDGED_TOKENS = 80


@dataclass(frozen=True, slots=True)
class Document:
    """One message as tokens, its context apart.

    `words` counts the body's words; `author` is a number, and so is `corpus`, the message's source.
    """

    subject: Tokens
    previous: Tokens
    moment: Tokens
    body: Tokens
    words: int
    author: int = 0
    corpus: int = 0


def encode_documents(
    messages: Iterable[Message],
    tokenizer: Tokenizer,
    masker: Masker,
    progress: Callable[[int], None] = lambda _: None,
    corpora: Sequence[str] = (),
) -> Iterator[Document]:
    """Yield the documents of messages, masked as a served draft would be; authors numbered as they come.

    A document's `corpus` is its place in `corpora`, 0 for one that is not there.
    """
    places = {name: number for number, name in enumerate(corpora)}
    authors: dict[str, int] = {}
    for number, message in enumerate(messages, 1):
        body = tokenizer.encode(message.body, masker=masker, names=message.names)
        yield Document(
            subject=np.array(encode_subject(tokenizer, masker, message.subject, message.names), np.uint16),
            previous=np.array(
                encode_previous(
                    tokenizer, masker, message.previous_body, message.names, TRAINED_PREVIOUS_TOKENS
                ),
                np.uint16,
            ),
            moment=np.array(encode_moment(tokenizer, message.date), np.uint16),
            body=np.array(body, np.uint16),
            words=count_words(message.body),
            author=authors.setdefault(message.person, len(authors)),
            corpus=places.get(message.corpus, 0),
        )
        progress(number)


@dataclass(frozen=True, slots=True)
class Stream:
    """Documents joined into one token sequence.

    `tokens` (N,) uint16; `counted` (N,) bool: whether predicting that token counts in the loss. Where
    contexts stand apart, `contexts` are their tokens and `places` (N,) tells which of them holds when a token
    is read.
    """

    tokens: Tokens
    counted: NDArray[np.bool_]
    contexts: Sequence[Tokens] = ()
    places: NDArray[np.int64] | None = None


def join_documents(
    documents: list[Document],
    tokenizer: Tokenizer,
    *,
    seed: int,
    epoch: int,
    context_dropout: float,
    subject_dropout: float | None = None,
    passes: Sequence[float] | None = None,
    apart: bool = False,
) -> Stream:
    """Draw and shuffle documents, drop context with probability `context_dropout` a part, and join them.

    A document of corpus `c` is read `passes[c]` times on average, or once where `passes` is None. The
    subject has a probability of its own where `subject_dropout` is not None. Where the recipient is
    dropped, their name is masked like any other. With `apart` the contexts are no part of the sequence. The
    result depends on the arguments alone.
    """
    random = np.random.default_rng((seed, epoch))
    chosen = _drawn(documents, passes, random)
    order = chosen[random.permutation(len(chosen))]
    dropout = np.full(4, context_dropout)
    if subject_dropout is not None:
        dropout[0] = subject_dropout
    kept = random.random((len(order), 4)) >= dropout
    parts: list[Tokens] = []
    counted: list[NDArray[np.bool_]] = []
    contexts: list[Tokens] = []
    body_mark, end_mark = (np.array([token], np.uint16) for token in (tokenizer.body_id, tokenizer.end_id))
    for place, index in enumerate(order):
        document = documents[index]
        *keeps, addressed = kept[index if passes is None else place]
        known = (document.subject, document.previous, document.moment)
        leading = [part for part, keep in zip(known, keeps, strict=True) if keep]
        if apart:
            contexts.append(np.concatenate([np.zeros(0, np.uint16), *leading]))
            leading = []
        leading.append(body_mark)
        body = document.body if addressed else _unaddressed(document.body, tokenizer)
        parts += [*leading, body, end_mark]
        counted.append(np.zeros(sum(map(len, leading)), np.bool_))
        counted.append(np.ones(len(body) + 1, np.bool_))
    places = _places([len(one) for one in counted]) if apart else None
    return Stream(np.concatenate(parts), np.concatenate(counted), contexts, places)


def _places(lengths: Sequence[int]) -> NDArray[np.int64]:
    """The number of the document whose context holds at each token, from two lengths a document.

    The end of a document is read under the next one's context, as a draft is that begins with the end mark.
    """
    of_documents = [mark + body for mark, body in zip(lengths[::2], lengths[1::2], strict=True)]
    numbers = np.repeat(np.arange(len(of_documents)), of_documents)
    return np.append(numbers[1:], numbers[-1:])


def _drawn(
    documents: Sequence[Document], passes: Sequence[float] | None, random: np.random.Generator
) -> NDArray[np.int64]:
    """Indices of the documents of an epoch: the whole part of a corpus's passes, and the rest by chance."""
    if passes is None:
        return np.arange(len(documents))
    wanted = np.array(passes)[[document.corpus for document in documents]]
    times = np.floor(wanted).astype(np.int64)
    times += random.random(len(documents)) < wanted - times
    return np.repeat(np.arange(len(documents)), times)


def _unaddressed(body: Tokens, tokenizer: Tokenizer) -> Tokens:
    """A body with the recipient's name masked like any other name."""
    at = np.flatnonzero(body == tokenizer.recipient_id)
    if tokenizer.recipient_id is None or not len(at):
        return body
    named = body.copy()
    named[at] = tokenizer.placeholder_id(Placeholder.NAME)
    return np.insert(named, at, tokenizer.space_id)


class Lanes:
    """A stream cut into `batch_size` equal lanes, read `sequence_length` tokens at a time."""

    def __init__(self, stream: Stream, batch_size: int, sequence_length: int) -> None:
        """Raises ValueError when the stream is too short for one step."""
        length = (len(stream.tokens) - 1) // batch_size
        if length < 1:
            raise ValueError(
                f"the data holds {len(stream.tokens)} tokens, too few for {batch_size} lanes: "
                "give more mail or a smaller batch_size"
            )
        self.steps = -(-length // sequence_length)
        self._length = sequence_length
        used = length * batch_size
        self._inputs = stream.tokens[:used].reshape(batch_size, length).T
        self._targets = stream.tokens[1 : used + 1].reshape(batch_size, length).T
        self._counted = stream.counted[1 : used + 1].reshape(batch_size, length).T
        self._contexts = stream.contexts
        self._places = None if stream.places is None else stream.places[:used].reshape(batch_size, length).T

    def batch(self, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Inputs, targets and whether each target counts, each (T, B), for a step from 0."""
        window = slice(step * self._length, (step + 1) * self._length)
        return (
            self._inputs[window].astype(np.int64),
            self._targets[window].astype(np.int64),
            np.ascontiguousarray(self._counted[window]),
        )

    def contexts(
        self, step: int, lanes: slice = slice(None)
    ) -> tuple[list[Tokens], NDArray[np.int64]] | None:
        """The contexts that hold in a step, and which of them at each place (T, B) of these lanes.

        None where contexts are part of the sequence.
        """
        if self._places is None:
            return None
        window = self._places[step * self._length : (step + 1) * self._length, lanes]
        held, places = np.unique(window, return_inverse=True)
        return [self._contexts[number] for number in held], places.reshape(window.shape).astype(np.int64)


def documents_languages(documents: Sequence[Document], tokenizer: Tokenizer) -> tuple[str, ...]:
    """Codes of the languages in which documents are, from some that are spread evenly over them."""
    step = max(len(documents) // _JUDGED, 1)
    return languages_read(tokenizer.decode(one.body[:_JUDGED_TOKENS].tolist()) for one in documents[::step])
