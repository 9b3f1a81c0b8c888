"""Text -> pieces -> text is the identity, incremental equals whole, and a tail can always be spelled."""

from collections.abc import Iterator
from itertools import accumulate

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inkling.models.search.tail_spelling import Spelling
from inkling.models.text.chunks import chunks, continues_word, ends_chunk, split_chunk, split_prefix
from inkling.models.text.masking import NO_NAMES, KnownNames, Masker, NameLexicon, Placeholder
from inkling.models.text.tokenizer import Tokenizer, spell, training_segments, unspell
from tests.materials.letters import letters

MASKER = Masker(NameLexicon.build(["dana", "okafor"]))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MAIL_LIKE = st.lists(
    st.sampled_from(
        [
            "Hi",
            " ",
            "  ",
            "\n",
            "\n\n",
            "\t",
            "\r\n",
            "meeting",
            "Dana,",
            "a@b.example",
            "12345678",
            "▁",
            "é",
            "😀",
            "字",
            ".",
        ]
    ),
    max_size=20,
).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    segments = [s for text in letters(80) for s in training_segments(text, MASKER, NO_NAMES)]
    return Tokenizer.train(segments, vocabulary_size=500)


@pytest.mark.lengthy
@given(text=st.one_of(TEXT, MAIL_LIKE))
@settings(max_examples=600, deadline=None)
@example("")
@example("▁▁ ▁")
@example("<NAME> <name> <0x41> <end>")
@example(" \n  a\n \n")
@example("a\0b\x1b")
@example("trailing \n\n  ")
@example("﻿x​y　z")
def test_identity(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(text=st.one_of(TEXT, MAIL_LIKE), masked=st.booleans())
@settings(max_examples=300, deadline=None)
def test_chunk_by_chunk_equals_whole(tokenizer: Tokenizer, text: str, masked: bool) -> None:
    masker = MASKER if masked else None
    committed, _ = split_prefix(text)
    pieces: list[int] = []
    for number, chunk in enumerate(chunks(committed)):
        pieces += tokenizer.encode_chunk(chunk, line_start=number == 0, masker=masker)
    assert pieces == tokenizer.encode(committed, masker=masker)
    for end in range(len(text)):
        shorter, _ = split_prefix(text[:end])
        if committed.startswith(shorter):
            prefix = tokenizer.encode(shorter, masker=masker)
            if not text[len(shorter) :] or text[len(shorter)].isspace():
                assert pieces[: len(prefix)] == prefix


@given(text=TEXT)
@settings(max_examples=200, deadline=None)
def test_split_and_chunks_lose_nothing(text: str) -> None:
    committed, tail = split_prefix(text)
    assert committed + tail == text
    assert "".join(chunks(committed)) == committed
    assert not committed or not committed[-1].isspace()
    space, word = split_chunk(tail)
    assert space + word == tail
    assert not any(character.isspace() for character in word)
    assert not committed or ends_chunk(text, len(committed))
    found = list(chunks(committed))
    ends = set(accumulate(map(len, found)))
    assert all(ends_chunk(text, end) for end in ends)
    for end in range(len(text)):
        shorter = list(chunks(split_prefix(text[:end])[0]))
        assert shorter == found[: len(shorter)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("明日の会議。はい", ["明", "日", "の", "会", "議", "。", "は"]),
        ("we 会う later", ["we", " 会", "う"]),
        ("ที่นี่", ["ที่"]),
        ("ABC株式", ["ABC", "株"]),
        ("会か\u3099 x", ["会", "か\u3099"]),
        ("会\n議 ", ["会", "\n議"]),
    ],
)
def test_letters_of_scripts_without_spaces_are_words(text: str, expected: list[str]) -> None:
    assert list(chunks(split_prefix(text)[0])) == expected


@given(text=MAIL_LIKE, line_start=st.booleans())
def test_spell_is_undone(text: str, line_start: bool) -> None:
    assert unspell(spell(text, line_start=line_start), line_start=line_start) == text


def test_text_never_spells_a_control_piece(tokenizer: Tokenizer) -> None:
    controls = {tokenizer.placeholder_id(kind) for kind in Placeholder} | {
        tokenizer.end_id,
        tokenizer.body_id,
        tokenizer.subject_id,
        tokenizer.previous_id,
    }
    for text in ("<name>", "<NAME>", "<end>", "<body>", "<subject> <previous>", "<email>"):
        assert not controls & set(tokenizer.encode(text))


def test_masking_becomes_placeholder_pieces(tokenizer: Tokenizer) -> None:
    name, email = tokenizer.placeholder_id(Placeholder.NAME), tokenizer.placeholder_id(Placeholder.EMAIL)
    pieces = tokenizer.encode("Hi Dana, write to pat@example.com.", masker=MASKER)
    assert pieces.count(name) == 1
    assert pieces.count(email) == 1
    assert "Dana" not in tokenizer.decode(pieces)
    known = tokenizer.encode("Hi Robin,", masker=MASKER, names=KnownNames(others=frozenset(["robin"])))
    assert name in known
    assert name not in tokenizer.encode("Hi Robin,", masker=MASKER)


@pytest.mark.lengthy
@given(tail=st.one_of(TEXT, MAIL_LIKE).map(lambda text: text[:8]), line_start=st.booleans())
@settings(max_examples=300, deadline=None)
def test_every_tail_can_be_spelled(tokenizer: Tokenizer, tail: str, line_start: bool) -> None:
    spelling = Spelling(tokenizer)
    rest = spell(tail, line_start=line_start).encode()
    while rest:
        covering = spelling.covering(rest).tolist()
        inside = spelling.inside(rest)
        assert all(tokenizer.piece_bytes[piece].startswith(rest) for piece in covering)
        assert all(
            rest.startswith(tokenizer.piece_bytes[piece]) and len(tokenizer.piece_bytes[piece]) < len(rest)
            for piece in inside
        )
        assert covering or inside
        if not inside:
            break
        rest = rest[len(tokenizer.piece_bytes[inside[-1]]) :]


def test_the_canonical_spelling_of_a_tail_is_among_those_followed(tokenizer: Tokenizer) -> None:
    spelling = Spelling(tokenizer)
    for word in ("meeting", "schedule", "zyzzyva", "naïve", "3pm", "re-read"):
        rest = f" {word}".encode()
        for piece in tokenizer.encode_chunk(f" {word}", line_start=False)[:-1]:
            assert piece in spelling.inside(rest)
            rest = rest[len(tokenizer.piece_bytes[piece]) :]


def test_pieces_that_end_a_word(tokenizer: Tokenizer) -> None:
    spelling = Spelling(tokenizer)
    ends = {piece for piece in range(tokenizer.vocabulary_size) if spelling.groups[piece, 0]}
    assert {tokenizer.end_id, tokenizer.newline_id, tokenizer.space_id} <= ends
    assert tokenizer.recipient_id in ends  # it begins with a space
    for piece in ends - {tokenizer.end_id, tokenizer.recipient_id}:
        first = tokenizer.piece_bytes[piece].decode()[0]
        assert first.isspace() or not continues_word(first)
    assert not any(spelling.groups[tokenizer.placeholder_id(kind), 0] for kind in Placeholder)


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        ("a", True),
        ("é", True),
        ("7", True),
        ("'", True),
        ("-", True),
        (",", False),
        (" ", False),
        ("?", False),
        ("\n", False),
    ],
)
def test_continues_word(character: str, expected: bool) -> None:
    assert continues_word(character) is expected


def test_a_round_trip_through_bytes(tokenizer: Tokenizer) -> None:
    again = Tokenizer(tokenizer.to_bytes())
    assert again.encode("Can we schedule a meeting?") == tokenizer.encode("Can we schedule a meeting?")
    with pytest.raises(ValueError, match="not a SentencePiece model"):
        Tokenizer(b"nonsense")
    with pytest.raises(ValueError, match="too little text"):
        Tokenizer.train([], vocabulary_size=400)


def test_why_a_tokenizer_cannot_be_trained_is_told() -> None:
    with pytest.raises(ValueError, match="too little text"):
        Tokenizer.train([], vocabulary_size=500)
    script = ["".join(chr(0x4E00 + 40 * line + letter) for letter in range(40)) for line in range(40)]
    with pytest.raises(ValueError, match=r"500 pieces is too small .* larger --vocabulary-size"):
        Tokenizer.train(script, vocabulary_size=500)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("gone")])
def test_what_stops_the_lines_is_not_told_as_too_little_text(
    error: BaseException | type[BaseException],
) -> None:
    def lines() -> Iterator[str]:
        yield " hello there"
        raise error

    with pytest.raises(error if isinstance(error, type) else OSError):
        Tokenizer.train(lines(), vocabulary_size=500)
