"""Values in Redis: sessions and learned messages."""

import hashlib
from array import array
from pathlib import Path

import numpy as np

from benchmarks.fuzzing.target import Target
from inkling.service.profiles.profile_bytes import DIGEST_BYTES, read_message, user_digest, write_message
from inkling.service.profiles.profile_store import LearnedMessage, UserKey
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_bytes import read_session, write_session
from inkling.service.sessions.session_store import SessionKey

_MODEL, _SESSION, _USER = "model onnx", SessionKey("north", "draft"), UserKey("north", "ada")


def session_target(_folder: Path) -> Target:
    """A session that another replica has written."""
    state = np.linspace(-1, 1, 64, dtype=np.float32).reshape(1, -1)
    texts = ("", "thank you", "the report is naïve and late")
    seeds = []
    for text in texts:
        words = len(text.split())
        tokens = array("I", range(2 * words))
        session = Session.restored("key", state, text, tokens, words, state)
        data = write_session(session, _MODEL, _SESSION)
        if data is not None:
            seeds.append(data)
    return Target(
        seeds, lambda data: read_session(data, _MODEL, _SESSION) is not None, reseal=_session_sealed
    )


def profile_target(_folder: Path) -> Target:
    """A learned message that another replica has written."""
    seeds = [
        write_message(LearnedMessage(text, bytes(range(40)), bytes(16), "digest", 3, 12.5), _USER)
        for text in ("", "the report is done", "naïve \ue004 会議 😀\n\x00")
    ]
    return Target(seeds, lambda data: read_message(data, _USER) is not None, reseal=_message_sealed)


def _session_sealed(data: bytes) -> bytes:
    body = data[:-DIGEST_BYTES]
    return body + hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()


def _message_sealed(data: bytes) -> bytes:
    body = data[:-DIGEST_BYTES]
    whole = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in (body, user_digest(_USER)):
        whole.update(len(part).to_bytes(8, "little") + part)
    return body + whole.digest()
