"""A session as bytes that another process may read: its text, its tokens, and the states at both its ends.

Layout, little-endian: the head (`_HEAD`); context key, text and tokens; the state at the start and, where
there is text, the state at its end; a BLAKE2b checksum of all before it. A reader checks all that it can.
"""

import hashlib
import re
import struct
from array import array
from collections.abc import Sequence

import numpy as np

from inkling.models.step import State
from inkling.models.text.chunks import UNSPACED, chunks
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_store import SessionKey

FORMAT = 1
"""Raised with every change of the layout or of what it means; other numbers are not read."""

MAX_BYTES = 256 * 1024
"""A longer value is neither written nor read."""

_MAGIC = b"INKSESSN"
_DIGEST = 16
# Magic, format, kind of numbers; digests of model and session; bytes of context key and text, words, tokens,
# numbers in a state.
_HEAD = struct.Struct(f"<8sH2s{_DIGEST}s{_DIGEST}sIIIII")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_KINDS = (b"f2", b"f4", b"f8")


def write_session(session: Session, model: str, key: SessionKey) -> bytes | None:
    """A session as bytes for whoever asks for this model and key; None for one that is too large.

    Checkpoints between start and end are left out.
    """
    checkpoints = session.checkpoints
    start, last = checkpoints[0].state, checkpoints[-1].state
    kind = start.dtype.str[1:].encode()
    try:
        text, context_key = session.text.encode(), session.context_key.encode()
    except UnicodeEncodeError:
        return None
    if kind not in _KINDS or len(text) > MAX_BYTES:
        return None
    head = _HEAD.pack(
        *(_MAGIC, FORMAT, kind, digest_of(model), digest_of(key.owner, key.session_id)),
        *(len(context_key), len(text), session.last.words, len(session.tokens), start.shape[1]),
    )
    states = [start] if last is start else [start, last]
    tokens = np.asarray(session.tokens, "<u4").tobytes()
    data = b"".join([head, context_key, text, tokens, *(_little(state, kind).tobytes() for state in states)])
    if len(data) + _DIGEST > MAX_BYTES:
        return None
    return data + _checksum(data)


def read_session(data: bytes, model: str, key: SessionKey) -> Session | None:
    """The session that `write_session` wrote of this model and key.

    None for anything else: other bytes, another format, model or key, and parts that disagree.
    """
    if not _HEAD.size + _DIGEST <= len(data) <= MAX_BYTES:
        return None
    body = data[:-_DIGEST]
    if _checksum(body) != data[-_DIGEST:]:
        return None
    magic, version, kind, of_model, of_key, *sizes = _HEAD.unpack_from(body)
    wanted = (_MAGIC, FORMAT, digest_of(model), digest_of(key.owner, key.session_id))
    if (magic, version, of_model, of_key) != wanted or kind not in _KINDS:
        return None
    return _read_parts(body, kind.decode(), sizes)


def digest_of(*names: str) -> bytes:
    """A digest of names, which does not tell them; other names, or others together, have another."""
    whole = hashlib.blake2b(digest_size=_DIGEST)
    for name in names:
        encoded = name.encode("utf-8", "surrogatepass")
        whole.update(len(encoded).to_bytes(8, "little") + encoded)
    return whole.digest()


def _read_parts(body: bytes, kind: str, sizes: Sequence[int]) -> Session | None:
    context_size, text_size, words, token_count, width = sizes
    row = width * int(kind[1:])
    lengths = [context_size, text_size, 4 * token_count, row, *([row] if text_size else [])]
    if not width or _HEAD.size + sum(lengths) != len(body):
        return None
    parts, at = [], _HEAD.size
    for length in lengths:
        parts.append(body[at : at + length])
        at += length
    try:
        context_key, text = parts[0].decode(), parts[1].decode()
    except UnicodeDecodeError:
        return None
    if not _agree(text, words, token_count):
        return None
    states = [np.frombuffer(part, f"<{kind}").reshape(1, width) for part in parts[3:]]
    if not all(np.isfinite(state).all() for state in states):
        return None
    tokens = array("I", np.frombuffer(parts[2], "<u4").tolist())
    return Session.restored(context_key, states[0], text, tokens, words, states[-1])


def _agree(text: str, words: int, tokens: int) -> bool:
    """Whether a text is committed text of so many words and tokens."""
    if not text:
        return words == tokens == 0
    if text[-1].isspace() or words > tokens:
        return False
    # Counting chunks takes long, and is needed only for scripts without spaces.
    spaced = text.isascii() or not _UNSPACED.search(text)
    return words == (len(text.split()) if spaced else sum(1 for _ in chunks(text)))


def _little(state: State, kind: bytes) -> State:
    return state.astype(f"<{kind.decode()}", copy=False)


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()
