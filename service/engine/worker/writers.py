"""The profiles of users who write now, as the model reads them."""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from models.ngram.backoff import PhraseModel
from models.search.writer import NOBODY, Writer, own_phrases
from models.text.folding import Hashes
from service.engine.failure import describe_failure
from service.profiles.profile_store import LearnedMessage, ProfileStore, UserKey

PROFILE_BYTES = 128 * 1024 * 1024
"""Memory for all profiles in use; others are read again when they are."""

_WRITER_BYTES = 1000

_log = logging.getLogger(__name__)


class ProfileModel(Protocol):
    """What keeping profiles needs of a model."""

    @property
    def tokenizer_digest(self) -> str:
        """A hash that tells its tokenizer from others."""

    def encode_masked(self, masked: str) -> list[int]:
        """Tokens of a masked text."""

    def make_profile(self, messages: Sequence[Sequence[int]]) -> PhraseModel:
        """The profile of somebody who wrote these messages' tokens, oldest first."""

    def keep_profile(self, profile: PhraseModel) -> int:
        """Keep a profile for drafts to be opened with; returns its number, at least 1."""

    def drop_profile(self, number: int) -> None:
        """Keep a profile no longer."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a store keeps of a user, made ready for the model, which does not know it yet."""

    profile: PhraseModel | None
    own: Hashes = field(repr=False)
    forbidden: Sequence[str] = field(repr=False)
    fingerprint: tuple[object, ...] = field(default=(), repr=False)


class Writers:
    """Profiles by user, the least recently used dropped for room.

    All but `prepare` belong to the thread that owns the model.
    """

    def __init__(self, store: ProfileStore, model: ProfileModel, *, max_bytes: int = PROFILE_BYTES) -> None:
        self.store, self._model, self._max_bytes = store, model, max_bytes
        self._known: OrderedDict[UserKey, tuple[Writer, int]] = OrderedDict()
        self._prints: dict[UserKey, tuple[object, ...]] = {}
        self._seen: dict[UserKey, tuple[object, ...]] = {}
        self._bytes = 0
        self._retired: list[int] = []

    def prepare(self, user: UserKey) -> Prepared:
        """Read a user's profile from the store; from any thread."""
        # Taken before, so that a change in between is noticed later.
        fingerprint = self.store.fingerprint(user)
        kept = self.store.read(user)
        if kept is None or not kept.messages:
            return Prepared(None, NOBODY.own, () if kept is None else kept.forbidden, fingerprint)
        profile = self._model.make_profile([self._tokens(message) for message in kept.messages])
        texts = [np.frombuffer(message.hashes, "<u8") for message in kept.messages]
        return Prepared(profile, own_phrases(texts), kept.forbidden, fingerprint)

    def _tokens(self, message: LearnedMessage) -> Sequence[int]:
        if message.tokenizer != self._model.tokenizer_digest:
            return self._model.encode_masked(message.text)  # of an earlier bundle
        tokens: list[int] = np.frombuffer(message.tokens, "<u2").tolist()
        return tokens

    def install(self, user: UserKey, prepared: Prepared) -> Writer:
        """Let the model know a user as they are now."""
        self.forget(user)
        profile = prepared.profile
        number = 0 if profile is None else self._model.keep_profile(profile)
        writer = Writer(number, prepared.forbidden, prepared.own)
        size = _WRITER_BYTES + writer.own.nbytes + (0 if profile is None else profile.bytes)
        self._known[user] = (writer, size)
        self._prints[user], self._seen[user] = prepared.fingerprint, ()
        self._bytes += size
        while self._bytes > self._max_bytes and len(self._known) > 1:
            self.forget(next(iter(self._known)))
        return writer

    def find(self, user: UserKey | None) -> Writer:
        """A user as the model knows them, read from the store where that is not yet so."""
        if user is None:
            return NOBODY
        known = self._known.get(user)
        if known is None or not self.knows(user):
            try:
                return self.install(user, self.prepare(user))
            except Exception as error:  # a profile that cannot be read must not keep anybody from writing
                _log.error("A profile could not be read: %s", describe_failure(error))
                return NOBODY
        self._known.move_to_end(user)
        return known[0]

    def knows(self, user: UserKey) -> bool:
        """Whether the model knows a user as they are kept now, whichever program changed it."""
        if user not in self._known:
            return False
        version = self.store.version()
        if version != self._seen[user]:
            if self.store.fingerprint(user) != self._prints[user]:
                return False
            self._seen[user] = version
        return True

    def forget(self, user: UserKey) -> None:
        """Drop what the model knows of a user; jobs in progress may go on with it until `expire`."""
        known = self._known.pop(user, None)
        self._prints.pop(user, None)
        self._seen.pop(user, None)
        if known is not None:
            writer, size = known
            self._bytes -= size
            if writer.number:
                self._retired.append(writer.number)

    def expire(self, in_use: set[int]) -> None:
        """Let go of profiles that were dropped, but for those that jobs in progress read."""
        kept = [number for number in self._retired if number in in_use]
        for number in self._retired:
            if number not in in_use:
                self._model.drop_profile(number)
        self._retired = kept
