"""Text to pieces and back, chunk by chunk, exactly.

SentencePiece (Kudo & Richardson, 2018) sees one word at a time, with the space before it; white
space is ours. Every line that is not empty gets a virtual space in front, so that the first word of
a line is the same piece as anywhere else. The text in that form is called *spelled*; it is what the
bytes of the pieces concatenate to, and the tail constraint works on it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from io import BytesIO

import sentencepiece

from inkling.models.text.chunks import chunks, split_chunk, split_prefix
from inkling.models.text.masking import NO_NAMES, KnownNames, Masker, Placeholder

_SPACE = "▁"  # what SentencePiece writes for a space
_CONTROLS = ("<end>", "<body>", "<subject>", "<previous>", "<newline>")
_HOURS = tuple(f"<hour{number}>" for number in range(8))  # parts of a day, three hours each
_DAYS = tuple(f"<day{number}>" for number in range(7))  # Monday is the first
_CACHED_WORDS = 1 << 16
_MAX_WHITE_SPACE = 64  # characters of a run that a model reads; the rest says nothing more


def spell(text: str, *, line_start: bool) -> str:
    """Return `text` with a virtual space before every line that is not empty.

    `line_start` says whether `text` begins at the start of a line.

    >>> spell("Hi\\n\\nAll is well", line_start=True)
    ' Hi\\n\\n All is well'
    """
    first, *rest = text.split("\n")
    lines = [f" {first}" if line_start and first else first]
    lines += [f" {line}" if line else line for line in rest]
    return "\n".join(lines)


def unspell(spelled: str, *, line_start: bool) -> str:
    """Undo `spell`."""
    first, *rest = spelled.split("\n")
    lines = [first[1:] if line_start and first.startswith(" ") else first]
    lines += [line.removeprefix(" ") for line in rest]
    return "\n".join(lines)


class Tokenizer:
    """A trained SentencePiece model with byte fallback and control pieces that no text can spell.

    `piece_bytes[i]` is what piece `i` adds to the spelled text: empty for control pieces, which
    mark structure (end, body, subject, previous message), tell the time, or stand for something masked:
    the recipient's, `recipient_id`, for a space and a name.
    """

    def __init__(self, model: bytes, *, remembering: bool = True) -> None:
        """Load a serialised SentencePiece model; raises ValueError if it is not one of ours.

        With `remembering`, the pieces of words that it has seen are kept.
        """
        processor = sentencepiece.SentencePieceProcessor()
        try:
            processor.load_from_serialized_proto(model)
        except RuntimeError as error:
            raise ValueError("the tokenizer file is not a SentencePiece model") from error
        self._model = model
        self._processor = processor
        self.vocabulary_size: int = processor.get_piece_size()
        self.piece_bytes: Sequence[bytes] = tuple(map(self._bytes_of, range(self.vocabulary_size)))
        self.end_id, self.body_id, self.subject_id, self.previous_id, self.newline_id = (
            self._control(name) for name in _CONTROLS
        )
        self._placeholders: dict[Placeholder, int] = {
            kind: self._control(_placeholder_name(kind))
            for kind in Placeholder
            if kind is not Placeholder.RECIPIENT
        }
        # Older tokenizers do not have these pieces.
        recipients = self._later_controls([_placeholder_name(Placeholder.RECIPIENT)])
        self.recipient_id: int | None = recipients[0] if recipients else None
        self.hour_ids, self.day_ids = self._later_controls(_HOURS), self._later_controls(_DAYS)
        self.space_id: int = processor.piece_to_id(_SPACE)
        self._byte_ids = [processor.piece_to_id(f"<0x{byte:02X}>") for byte in range(256)]
        if any(map(processor.is_unknown, (self.space_id, *self._byte_ids))):
            raise ValueError("the tokenizer lacks byte fallback or the space piece")
        self._encode_word = self._encode_word_uncached
        if remembering:
            self._encode_word = lru_cache(_CACHED_WORDS)(self._encode_word_uncached)

    def _control(self, name: str) -> int:
        piece: int = self._processor.piece_to_id(name)
        if not self._processor.is_control(piece):
            raise ValueError(f"the tokenizer lacks the control piece {name}")
        return piece

    def _later_controls(self, names: Sequence[str]) -> tuple[int, ...]:
        """The control pieces of these names; empty where there are none."""
        pieces: tuple[int, ...] = tuple(map(self._processor.piece_to_id, names))
        return pieces if all(map(self._processor.is_control, pieces)) else ()

    def _bytes_of(self, piece: int) -> bytes:
        text: str = self._processor.id_to_piece(piece)
        if text == "<newline>":
            return b"\n"
        if self._processor.is_control(piece) or self._processor.is_unknown(piece):
            return b""
        if self._processor.is_byte(piece):
            return bytes([int(text[1:-1], 16)])
        return text.replace(_SPACE, " ").encode()

    @cached_property
    def digest(self) -> str:
        """A hash of the tokenizer. It prevents reading one tokenizer's ids with another."""
        digest = hashlib.sha256()
        for piece in self.piece_bytes:
            digest.update(len(piece).to_bytes(4, "little") + piece)
        return digest.hexdigest()

    def placeholder_id(self, placeholder: Placeholder) -> int:
        """The control piece of a placeholder. Only the recipient's piece stands for a real name."""
        return self._placeholders.get(placeholder, self._placeholders[Placeholder.NAME])

    def piece(self, number: int) -> str:
        """The name of a piece, as the tokenizer's model has it."""
        name: str = self._processor.id_to_piece(number)
        return name

    def log_prob(self, piece: int) -> float:
        """ln P(piece) under the tokenizer's unigram model; 0 for control and byte pieces."""
        score: float = self._processor.get_score(piece)
        return score

    def is_byte(self, piece: int) -> bool:
        """Whether a piece is one raw byte of fallback."""
        return bool(self._processor.is_byte(piece))

    def whole_words(self) -> list[str]:
        """The words that are one piece, as they stand in the vocabulary."""
        texts = (data.decode("utf-8", "replace") for data in self.piece_bytes if data.startswith(b" "))
        return [word for text in texts if (word := text[1:]) and not any(map(str.isspace, word))]

    def _encode_word_uncached(self, word: str) -> tuple[int, ...]:
        pieces: list[int] = []
        for index, part in enumerate(word.split(_SPACE)):
            if index:
                pieces += (self._byte_ids[byte] for byte in _SPACE.encode())
            if part:
                pieces += self._processor.encode(part)
        return tuple(pieces)

    def _encode_white_space(self, text: str) -> list[int]:
        pieces: list[int] = []
        for character in text:
            if character == " ":
                pieces.append(self.space_id)
            elif character == "\n":
                pieces.append(self.newline_id)
            else:
                pieces += (self._byte_ids[byte] for byte in character.encode())
        return pieces

    def encode_chunk(
        self,
        chunk: str,
        *,
        line_start: bool,
        masker: Masker | None = None,
        names: KnownNames = NO_NAMES,
    ) -> list[int]:
        """The pieces of one chunk. They depend on the chunk and on `line_start` alone.

        `line_start` is true only for the first chunk of a text. A masker turns what it masks into
        placeholder pieces. Of a long run of white space only the end is read. `names` are the names that
        the context makes known. The recipient's name and the space before it are one piece.
        """
        space, word = split_chunk(spell(chunk, line_start=line_start))
        parts = masker.mask(word, names) if masker is not None and word else (word,)
        if masker is not None:
            space = space[-_MAX_WHITE_SPACE:]
        spaced = space.endswith(" ") and word != "" and self._takes_space(parts[0])
        pieces = self._encode_white_space(space[:-1] if spaced else space)
        pieces += self._encode_part(parts[0], spaced=spaced)
        for part in parts[1:]:
            pieces += self._encode_part(part, spaced=False)
        return pieces

    def _takes_space(self, part: str | Placeholder) -> bool:
        """Whether the first part of a word is read together with the space before it."""
        if part is Placeholder.RECIPIENT:
            return self.recipient_id is not None
        return not isinstance(part, Placeholder)

    def _encode_part(self, part: str | Placeholder, *, spaced: bool) -> Sequence[int]:
        """Pieces of a part of a word, literal or masked; `spaced` says that a space before it is read too."""
        if spaced and part is Placeholder.RECIPIENT and self.recipient_id is not None:
            return [self.recipient_id]
        if isinstance(part, Placeholder):
            return [self.placeholder_id(part)]
        return self._encode_word(f" {part}" if spaced else part) if part else []

    def encode(self, text: str, *, masker: Masker | None = None, names: KnownNames = NO_NAMES) -> list[int]:
        """Pieces of a whole text, chunk by chunk; without a masker, `decode` gives the text back."""
        committed, tail = split_prefix(text)
        pieces: list[int] = []
        for chunk in chunks(committed):
            pieces += self.encode_chunk(chunk, line_start=not pieces, masker=masker, names=names)
        if tail:
            pieces += self.encode_chunk(tail, line_start=not pieces, masker=masker, names=names)
        return pieces

    def decode(self, pieces: Iterable[int]) -> str:
        """Text of pieces that start at a line start; control pieces but line breaks add nothing."""
        spelled = b"".join(self.piece_bytes[piece] for piece in pieces)
        return unspell(spelled.decode("utf-8", errors="replace"), line_start=True)

    @classmethod
    def train(cls, lines: Iterable[str], *, vocabulary_size: int, threads: int = 1) -> "Tokenizer":
        """Train on text segments without line breaks, a space before each word.

        A small text gives fewer pieces than asked for. Raises ValueError when there is no text, or more
        letters in it than pieces. An exception of `lines` passes through, an interrupt too.
        """
        source = _Source(lines)
        controls = [*_CONTROLS, *map(_placeholder_name, Placeholder), *_HOURS, *_DAYS]
        written = BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(source),
                model_writer=written,
                model_type="unigram",
                vocab_size=vocabulary_size,
                hard_vocab_limit=False,
                byte_fallback=True,
                character_coverage=0.9995,
                normalization_rule_name="identity",
                add_dummy_prefix=False,
                remove_extra_whitespaces=False,
                split_digits=True,
                control_symbols=controls,
                bos_id=-1,
                eos_id=-1,
                pad_id=-1,
                unk_id=0,
                max_sentence_length=1 << 16,
                num_threads=threads,
                minloglevel=2,
            )
        except RuntimeError as error:
            if source.error is not None:
                raise source.error from None
            raise ValueError(
                f"the tokenizer cannot be trained: {_reason(str(error), vocabulary_size)}"
            ) from None
        return cls(written.getvalue())

    def to_bytes(self) -> bytes:
        """The serialised model, which the constructor reads."""
        return self._model


class _Source:
    """Lines, and the exception raised while they were read, which the library replaces by one of its own."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._lines
        except GeneratorExit:
            raise
        except BaseException as error:
            self.error = error
            raise


def _reason(message: str, vocabulary_size: int) -> str:
    """An error of the library in words for the person who trains."""
    if "required_chars" in message or "Vocabulary size" in message:
        return (
            f"a vocabulary of {vocabulary_size:,} pieces is too small for the letters of this text; "
            "give a larger --vocabulary-size"
        )
    if "sentences_.empty()" in message or "all_chars_count" in message:
        return "there is too little text"
    return " ".join(message.split()) or "the library gives no reason"


def _placeholder_name(placeholder: Placeholder) -> str:
    return f"<{placeholder.value.lower()}>"


def training_segments(text: str, masker: Masker, names: KnownNames) -> Iterable[str]:
    """Yield the literal stretches of a masked text, spelled, for `Tokenizer.train`."""
    segment = ""
    committed, _ = split_prefix(text + " ")
    for number, chunk in enumerate(chunks(committed)):
        space, word = split_chunk(spell(chunk, line_start=number == 0))
        # Pieces never span chunks. In scripts without spaces a line has many chunks.
        if "\n" in space or not space:
            if segment:
                yield segment
            segment = ""
        glue = " " if space.endswith(" ") else ""
        for index, part in enumerate(masker.mask(word, names)):
            if isinstance(part, Placeholder):
                if segment:
                    yield segment
                segment = ""
            else:
                segment += (glue if index == 0 else "") + part
    if segment:
        yield segment
