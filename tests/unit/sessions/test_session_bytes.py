"""Sessions as bytes: what is written is read again, and nothing else is."""

import hashlib
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.text.chunks import chunks, split_prefix
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_bytes import MAX_BYTES, read_session, write_session
from inkling.service.sessions.session_store import SessionKey

FUZZED = 3_000
"""Damaged values that are read; raise it for a long run."""

MODEL, KEY = "model-1 onnx", SessionKey("ada", "draft")


def session_of(text: str, *, kind: str = "f2", width: int = 6, context_key: str = "c" * 64) -> Session:
    """A session of the committed part of a text, its states and tokens made up from what came before."""
    random = np.random.default_rng(len(text))

    def state() -> np.ndarray[tuple[int, int], np.dtype[np.floating]]:
        return random.standard_normal((1, width)).astype(kind)

    session = Session(context_key, state())
    for chunk in chunks(split_prefix(text)[0]):
        session.advance(chunk, [len(chunk), *map(ord, chunk)], state())
    return session


def written(session: Session) -> bytes:
    data = write_session(session, MODEL, KEY)
    assert data is not None
    return data


def assert_equal(read: Session | None, session: Session) -> None:
    assert read is not None
    assert (read.context_key, read.text) == (session.context_key, session.text)
    assert list(read.tokens) == list(session.tokens)
    ends = [session.checkpoints[0], session.last][: len(read.checkpoints)]
    assert list(read.checkpoints) == ends
    assert read.last == session.last
    for one, other in zip(read.checkpoints, ends, strict=True):
        assert one.state.dtype == other.state.dtype
        assert one.state.tobytes() == other.state.tobytes()
        assert one.state.flags.owndata


@settings(max_examples=300)
@given(st.text(max_size=80), st.sampled_from(["f2", "f4", "f8"]), st.integers(1, 40))
def test_what_is_written_is_read(text: str, kind: str, width: int) -> None:
    session = session_of(text + " ", kind=kind, width=width)
    assert_equal(read_session(written(session), MODEL, KEY), session)


def test_a_session_without_text_has_one_state() -> None:
    session = session_of("")
    read = read_session(written(session), MODEL, KEY)
    assert read is not None
    assert len(read.checkpoints) == 1
    assert_equal(read, session)


def test_a_read_session_goes_on_as_the_written_one() -> None:
    session = session_of("one two three ")
    read = read_session(written(session), MODEL, KEY)
    assert read is not None
    for one in (session, read):
        one.advance(" four", [4], np.ones((1, 6), np.float16))
    assert_equal(read_session(written(read), MODEL, KEY), session)


def test_a_message_of_two_thousand_characters_takes_a_few_kilobytes() -> None:
    session = Session("c" * 64, np.zeros((1, 1024), np.float16))
    for _ in range(400):
        session.advance(" word", [7], np.zeros((1, 1024), np.float16))
    assert len(written(session)) < 8 * 1024


def test_a_session_that_is_too_large_is_not_written() -> None:
    assert write_session(session_of("a" * MAX_BYTES + " "), MODEL, KEY) is None
    assert write_session(session_of("a ", width=MAX_BYTES // 2), MODEL, KEY) is None


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("model-2 onnx", KEY),
        (MODEL, SessionKey("bob", "draft")),
        (MODEL, SessionKey("ada", "draft2")),
        (MODEL, SessionKey("adad", "raft")),
    ],
)
def test_a_value_of_another_model_or_key_is_not_read(model: str, key: SessionKey) -> None:
    assert read_session(written(session_of("one two ")), model, key) is None


def test_no_damage_gives_another_session() -> None:
    random = Random(16)
    for number in range(FUZZED):
        session = session_of("".join(random.choices("ab é\n会", k=random.randint(0, 30))) + " ")
        whole = written(session)
        damaged = _damage(whole, random)
        read = read_session(damaged, MODEL, KEY)
        assert (read is not None) == (damaged == whole), number


@settings(max_examples=500)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    assert read_session(data, MODEL, KEY) is None


def test_lying_sizes_under_a_right_checksum_are_not_read() -> None:
    """Whoever wrote them knows the format: only the parts can tell."""
    random = Random(17)
    whole = written(session_of("one two three "))
    refused = 0
    for _ in range(FUZZED):
        data = bytearray(whole[:-16])
        at = random.choice(range(44, 64))  # sizes in the head
        data[at] ^= random.randint(1, 255)
        assert read_session(_signed(bytes(data)), MODEL, KEY) is None
        refused += 1
    assert refused == FUZZED


def test_states_that_are_no_numbers_and_halves_of_words_are_not_read() -> None:
    for wrong in (np.nan, np.inf):
        session = session_of("one ")
        session.advance(" two", [1], np.full((1, 6), wrong, np.float16))
        assert read_session(written(session), MODEL, KEY) is None
    body = written(session_of("one two "))[:-16]
    assert read_session(_signed(body.replace(b"one two", b"one  wo")), MODEL, KEY) is not None
    assert read_session(_signed(body.replace(b"one two", b"oneetwo")), MODEL, KEY) is None
    assert read_session(_signed(body.replace(b"one two", b"one tw ")), MODEL, KEY) is None
    assert read_session(_signed(body.replace(b"one two", b"one tw\xff")), MODEL, KEY) is None


def _signed(body: bytes) -> bytes:

    return body + hashlib.blake2b(body, digest_size=16).digest()


def _damage(data: bytes, random: Random) -> bytes:
    kind = random.randrange(5)
    at = random.randrange(len(data))
    if kind == 0:  # a bit
        return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]
    if kind == 1:  # cut off
        return data[:at]
    if kind == 2:  # longer
        return data + random.randbytes(random.randint(1, 20))
    if kind == 3:  # a piece of it elsewhere
        end = random.randint(at, len(data))
        return data[:at] + data[end:] + data[at:end]
    return data[:at] + random.randbytes(random.randint(1, 8)) + data[at + 1 :]
