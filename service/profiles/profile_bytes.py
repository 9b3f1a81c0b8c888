"""A learned message as bytes that another process may read, and what a reader checks of them.

Layout, little-endian: the head (`_BEGIN`, then `_HEADS`); text, tokens, hashes and the digest of the
tokenizer; a BLAKE2b checksum of all before it and of the user.
"""

import hashlib
import math
import struct

from inkling.service.profiles.profile_store import LearnedMessage, UserKey

FORMAT = 2
"""Raised with every change of the layout or its meaning. Format 1 has no number of times, and is read too."""

DIGEST_BYTES = 16

_MAGIC = b"INKMSG"
_TOKEN_BYTES, _HASH_BYTES = 2, 8
_PARTS = 4
# Magic, format.
_BEGIN = struct.Struct("<6sH")
# Moment learned, words; bytes of text, tokens, hashes and digest; times sent from format 2 on.
_HEADS = {1: struct.Struct("<dIIIII"), FORMAT: struct.Struct("<dIIIIII")}


def write_message(message: LearnedMessage, user: UserKey) -> bytes:
    """A message of a user as bytes."""
    parts = [
        message.text.encode("utf-8", "surrogatepass"),
        message.tokens,
        message.hashes,
        message.tokenizer.encode(),
    ]
    head = _HEADS[FORMAT].pack(message.learned_at, message.words, *map(len, parts), message.times)
    data = b"".join([_BEGIN.pack(_MAGIC, FORMAT), head, *parts])
    return data + _checksum(data, user)


def read_message(data: bytes, user: UserKey) -> LearnedMessage | None:
    """The message that `write_message` wrote of this user.

    None for anything else: other bytes, another format, another user.
    """
    body = data[:-DIGEST_BYTES]
    if len(body) < _BEGIN.size or _checksum(body, user) != data[-DIGEST_BYTES:]:
        return None
    magic, version = _BEGIN.unpack_from(body)
    head = _HEADS.get(version)
    if magic != _MAGIC or head is None or len(body) < _BEGIN.size + head.size:
        return None
    learned_at, words, *rest = head.unpack_from(body, _BEGIN.size)
    lengths, times = rest[:_PARTS], (*rest[_PARTS:], 1)[0]
    parts, at = [], _BEGIN.size + head.size
    if at + sum(lengths) != len(body) or not times:
        return None
    for length in lengths:
        parts.append(body[at : at + length])
        at += length
    text, tokens, hashes, tokenizer = parts
    if len(tokens) % _TOKEN_BYTES or len(hashes) % _HASH_BYTES or not math.isfinite(learned_at):
        return None
    try:
        readable, digest = text.decode("utf-8", "surrogatepass"), tokenizer.decode()
    except UnicodeDecodeError:
        return None
    return LearnedMessage(readable, tokens, hashes, digest, words, learned_at, times)


def user_digest(user: UserKey) -> bytes:
    """A digest that tells users apart and does not tell who they are."""
    return _digest(user.owner.encode("utf-8", "surrogatepass"), user.user_id.encode("utf-8", "surrogatepass"))


def text_digest(text: str) -> bytes:
    """A digest of a text."""
    return _digest(text.encode("utf-8", "surrogatepass"))


def _checksum(data: bytes, user: UserKey) -> bytes:
    return _digest(data, user_digest(user))


def _digest(*parts: bytes) -> bytes:
    whole = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return whole.digest()
