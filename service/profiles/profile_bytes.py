"""A learned message as bytes that another process may read, and what a reader checks of them.

Layout, little-endian: the head (`_HEAD`); text, tokens, hashes and the digest of the tokenizer; a BLAKE2b
checksum of all before it and of the user.
"""

import hashlib
import math
import struct

from inkling.service.profiles.profile_store import LearnedMessage, UserKey

FORMAT = 1
"""Raised with every change of the layout or its meaning. Other numbers are not read."""

DIGEST_BYTES = 16

_MAGIC = b"INKMSG"
_TOKEN_BYTES, _HASH_BYTES = 2, 8
# Magic, format; moment learned, words; bytes of text, tokens, hashes and digest.
_HEAD = struct.Struct("<6sHdIIIII")


def write_message(message: LearnedMessage, user: UserKey) -> bytes:
    """A message of a user as bytes."""
    parts = [
        message.text.encode("utf-8", "surrogatepass"),
        message.tokens,
        message.hashes,
        message.tokenizer.encode(),
    ]
    head = _HEAD.pack(_MAGIC, FORMAT, message.learned_at, message.words, *map(len, parts))
    data = b"".join([head, *parts])
    return data + _checksum(data, user)


def read_message(data: bytes, user: UserKey) -> LearnedMessage | None:
    """The message that `write_message` wrote of this user.

    None for anything else: other bytes, another format, another user.
    """
    body = data[:-DIGEST_BYTES]
    if len(body) < _HEAD.size or _checksum(body, user) != data[-DIGEST_BYTES:]:
        return None
    magic, version, learned_at, words, *lengths = _HEAD.unpack_from(body)
    if (magic, version) != (_MAGIC, FORMAT) or _HEAD.size + sum(lengths) != len(body):
        return None
    parts, at = [], _HEAD.size
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
    return LearnedMessage(readable, tokens, hashes, digest, words, learned_at)


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
