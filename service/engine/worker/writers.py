"""The profiles of users who write now, as the model reads them."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.search.writer import NOBODY, Writer, own_phrases, own_words
from inkling.models.text.folding import Hashes
from inkling.service.engine.failure import describe_failure
from inkling.service.profiles.profile_store import LearnedMessage, ProfileStore, UserKey

PROFILE_BYTES = 128 * 1024 * 1024
"""Memory for all profiles in use; others are read again when they are."""

_WRITER_BYTES = 1000
_WORD_BYTES = 70

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
    """What a store keeps of a user, made ready for the model, which does not know it yet.

    `version` and `fingerprint` are the store's, from before the user was read.
    """

    profile: PhraseModel | None
    own: Hashes = field(repr=False)
    words: Sequence[str] = field(repr=False)
    forbidden: Sequence[str] = field(repr=False)
    version: tuple[object, ...]
    fingerprint: tuple[object, ...] = field(repr=False)


@dataclass(slots=True)
class _Known:
    """A user as the model knows them, and how the store was then."""

    writer: Writer
    bytes: int
    version: tuple[object, ...]
    fingerprint: tuple[object, ...]


class Writers:
    """Profiles by user, the least recently used dropped for room.

    All but `prepare` belong to the event loop that owns the model.
    """

    def __init__(self, store: ProfileStore, model: ProfileModel, *, max_bytes: int = PROFILE_BYTES) -> None:
        self._store, self._model, self._max_bytes = store, model, max_bytes
        self._known: OrderedDict[UserKey, _Known] = OrderedDict()
        self._bytes = 0
        self._retired: list[int] = []

    def prepare(self, user: UserKey) -> Prepared:
        """Read a user's profile from the store and estimate it, which takes long; from any thread."""
        # Taken before, so that a change in between is noticed later.
        version, fingerprint = self._store.version(), self._store.fingerprint(user)
        kept = self._store.read(user)
        if kept is None or not kept.messages:
            forbidden = () if kept is None else kept.forbidden
            return Prepared(None, NOBODY.own, (), forbidden, version, fingerprint)
        profile = self._model.make_profile([self._tokens(message) for message in kept.messages])
        texts = [np.frombuffer(message.hashes, "<u8") for message in kept.messages]
        words = own_words(message.text for message in kept.messages)
        return Prepared(profile, own_phrases(texts), words, kept.forbidden, version, fingerprint)

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
        writer = Writer(number, prepared.forbidden, prepared.own, prepared.words)
        size = _WRITER_BYTES + writer.own.nbytes + _WORD_BYTES * len(writer.words)
        size += 0 if profile is None else profile.bytes
        self._known[user] = _Known(writer, size, prepared.version, prepared.fingerprint)
        self._bytes += size
        while self._bytes > self._max_bytes and len(self._known) > 1:
            self.forget(next(iter(self._known)))
        return writer

    def find(self, user: UserKey) -> Writer | None:
        """A user as the model knows them; None where `load` has to look first.

        That is where the model does not know the user, or something has changed in the store since.
        """
        known = self._known.get(user)
        if known is None or known.version != self._store.version():
            return None
        self._known.move_to_end(user)
        return known.writer

    def installed(self, user: UserKey) -> Writer | None:
        """A user as the model knows them, whatever has changed in the store since."""
        known = self._known.get(user)
        return None if known is None else known.writer

    async def load(self, user: UserKey) -> bool:
        """Let the model know a user as they are kept now, whichever program changed it.

        Another thread reads and estimates the profile. Returns False, and says so in the log, where it
        cannot be read: that must not keep anybody from writing.
        """
        try:
            if not await self._is_unchanged(user):
                self.install(user, await asyncio.to_thread(self.prepare, user))
        except Exception as error:
            _log.error("A profile could not be read: %s", describe_failure(error))
            return False
        return True

    async def _is_unchanged(self, user: UserKey) -> bool:
        """Whether the model knows a user as they are kept now, though something else has changed."""
        known = self._known.get(user)
        if known is None:
            return False
        version = await asyncio.to_thread(self._store.version)
        if await asyncio.to_thread(self._store.fingerprint, user) != known.fingerprint:
            return False
        known.version = version
        return True

    def forget(self, user: UserKey) -> None:
        """Drop what the model knows of a user; requests in progress may go on with it until `expire`."""
        known = self._known.pop(user, None)
        if known is not None:
            self._bytes -= known.bytes
            if known.writer.number:
                self._retired.append(known.writer.number)

    def expire(self, in_use: set[int]) -> None:
        """Let go of profiles that were dropped, but for those whose numbers are `in_use`."""
        kept = [number for number in self._retired if number in in_use]
        for number in self._retired:
            if number not in in_use:
                self._model.drop_profile(number)
        self._retired = kept
