"""Profiles in Redis or Valkey, for replicas on several machines."""

import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from struct import Struct
from typing import Any

from inkling.models.personal.outcomes import Outcomes
from inkling.service.profiles.phrase_change import PhraseChange
from inkling.service.profiles.profile_bytes import (
    DIGEST_BYTES,
    read_message,
    text_digest,
    user_digest,
    write_message,
)
from inkling.service.profiles.profile_store import (
    LearnedMessage,
    ProfileStore,
    ProfileStoreError,
    StorageBusyError,
    StoredProfile,
    UserKey,
)
from inkling.service.profiles.redis_connection import RedisConnection

_PREFIX = "inkling:profile:"
_AGES = "inkling:profiles"
"""A sorted set of all users' digests by the moment of their oldest message or last count."""

_ORDER, _PHRASES, _STAMP, _USER = b"order", b"phrases", b"stamp", b"user"
_OUTCOMES, _COUNTED = b"outcomes", b"counted"
"""Fields of a user's hash; every other one is the digest of a message's text."""

_STAMP_BYTES = 8
_LEASE_SECONDS = 0.05
"""How long what is known of a user is believed without asking Redis."""

_Fields = dict[bytes, bytes | None]

_log = logging.getLogger("inkling.profiles")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A message in the order of a user's messages."""

    digest: bytes
    words: int
    learned_at: float


class RedisProfileStore(ProfileStore):
    """See `ProfileStore`. One hash for each user; each change is one transaction.

    A change is on Redis' disk when its method returns: a Redis that does not promise that is refused. What
    another process changes is seen after 50 ms at most. Erased text leaves Redis' file when that is
    rewritten, which an erasure asks for.
    """

    def __init__(self, url: str, *, max_words: int, lease_seconds: float = _LEASE_SECONDS) -> None:
        """`max_words` are kept of one user. Raises ValueError for a URL that cannot be used."""
        self._connection = RedisConnection(url)
        self._max_words, self._lease = max_words, lease_seconds
        self._changes = 0
        self._erased = self._rewrite_asked = self._away = False

    def check(self) -> None:
        """Raise ProfileStoreError if Redis may lose what it acknowledged, StorageBusyError if it is away."""
        self._connection.check()

    @property
    def away(self) -> bool:
        """See `ProfileStore.away`."""
        return self._away

    def look(self) -> None:
        """See `ProfileStore.look`. A Redis that may lose what it acknowledged cannot be used."""
        try:
            self._connection.check()
        except ProfileStoreError:
            self._away = True
        else:
            self._away = False

    def learn(self, user: UserKey, message: LearnedMessage) -> None:
        """See `ProfileStore.learn`."""
        digest = text_digest(message.text)

        def add(entries: list[_Entry]) -> list[_Entry]:
            kept = [one for one in entries if one.digest != digest]
            kept.append(_Entry(digest, message.words, message.learned_at))
            while len(kept) > 1 and sum(one.words for one in kept) > self._max_words:
                del kept[0]
            return kept

        def written(pipeline: Any) -> _Fields:
            before = read_message(pipeline.hget(_key(user), digest) or b"", user)
            again = message if before is None else message.after(before.times, before.learned_at)
            return {digest: write_message(again, user)}

        self._edit(user, add, written)

    def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """See `ProfileStore.forbid`."""
        phrases_now = json.dumps(list(phrases)).encode()
        self._edit(user, lambda entries: entries, lambda _: {_PHRASES: phrases_now})

    def amend(self, user: UserKey, change: PhraseChange) -> list[str]:
        """See `ProfileStore.amend`."""
        phrases: list[str] = []

        def written(pipeline: Any) -> _Fields | None:
            nonlocal phrases
            before = _read_phrases(pipeline.hget(_key(user), _PHRASES))
            phrases = change.of(before)
            return None if phrases == before else {_PHRASES: json.dumps(phrases).encode()}

        self._edit(user, lambda entries: entries, written)
        return phrases

    def count(self, user: UserKey, outcomes: Outcomes, moment: float) -> None:
        """See `ProfileStore.count`."""

        def written(pipeline: Any) -> _Fields:
            before = _read_outcomes(pipeline.hget(_key(user), _OUTCOMES))
            return {_OUTCOMES: before.plus(outcomes).to_json().encode(), _COUNTED: repr(moment).encode()}

        self._edit(user, lambda entries: entries, written, stamped=False)

    def outcomes(self, user: UserKey) -> Outcomes:
        """See `ProfileStore.outcomes`."""
        found: Any = self._connection.ask(lambda redis: redis.hget(_key(user), _OUTCOMES))
        return _read_outcomes(found)

    def forget(self, before: float) -> list[UserKey]:
        """See `ProfileStore.forget`."""

        def stale(redis: Any) -> list[UserKey]:
            names = redis.zrangebyscore(_AGES, "-inf", f"({before!r}")
            with redis.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.hget(_PREFIX + name.decode(), _USER)
                fields = dict(zip(names, pipeline.execute(), strict=True))
            gone.extend(name.decode() for name, field in fields.items() if field is None)
            return [UserKey(*json.loads(field)) for field in fields.values() if field is not None]

        gone: list[str] = []
        users = self._connection.ask(stale)
        for name in gone:
            self._drop_age(name)
        for user in users:
            self._edit(
                user,
                lambda entries: [one for one in entries if one.learned_at >= before],
                partial(_stale_fields, user, before),
            )
        return users

    def _drop_age(self, name: str) -> None:
        """Take a user out of the ages, unless somebody has learned for them meanwhile."""
        key = _PREFIX + name

        def edit(pipeline: Any) -> None:
            there = pipeline.exists(key)
            pipeline.multi()
            if not there:
                pipeline.zrem(_AGES, name)

        self._connection.change([key], edit)

    def _edit(
        self,
        user: UserKey,
        change: Callable[[list[_Entry]], list[_Entry]],
        written: Callable[[Any], _Fields | None],
        *,
        stamped: bool = True,
    ) -> None:
        """Change the order of a user's messages, and set the fields that `written` gives; None drops one.

        Nothing is changed where it gives None. `written` may read, and is called again where another program
        was faster. Without `stamped`, the fingerprint stays.
        """
        key, name = _key(user), user_digest(user).hex()

        def edit(pipeline: Any) -> None:
            order, *kept = pipeline.hmget(key, _ORDER, _PHRASES, _COUNTED)
            changed = written(pipeline)
            if changed is None:
                pipeline.unwatch()
                return
            phrases, counted = (
                changed.get(name, value) for name, value in zip((_PHRASES, _COUNTED), kept, strict=True)
            )
            before = _read_order(order)
            after = change(list(before))
            dropped = {one.digest for one in before} - {one.digest for one in after}
            ages = [*(one.learned_at for one in after), *([] if counted is None else [float(counted)])]
            pipeline.multi()
            if not ages and not _read_phrases(phrases):
                pipeline.delete(key)
                pipeline.zrem(_AGES, name)
                return
            fields = {_ORDER: _write_order(after), _USER: _write_user(user)}
            if stamped:
                fields[_STAMP] = os.urandom(_STAMP_BYTES)
            fields |= {name: value for name, value in changed.items() if value is not None}
            pipeline.hset(key, mapping=fields)
            dropped |= changed.keys() - fields.keys()
            if dropped:
                pipeline.hdel(key, *dropped)
            if ages:
                pipeline.zadd(_AGES, {name: min(ages)})
            else:
                pipeline.zrem(_AGES, name)

        self._connection.change([key], edit)
        self._changes += 1

    def erase(self, user: UserKey) -> bool:
        """See `ProfileStore.erase`."""
        key = _key(user)
        # Set first: if only the answer is lost, the text may still be in Redis' file.
        self._erased, self._rewrite_asked = True, False

        def edit(pipeline: Any) -> bool:
            kept = bool(pipeline.exists(key))
            pipeline.multi()
            pipeline.delete(key)
            pipeline.zrem(_AGES, user_digest(user).hex())
            return kept

        try:
            kept = self._connection.change([key], edit)
        except StorageBusyError:
            raise
        except ProfileStoreError:
            # A full Redis refuses transactions, and one that may lose changes is refused for those. Erasing
            # is done in any; `forget` finds that the user is gone.
            kept = bool(self._connection.ask(lambda redis: redis.delete(key)))
        self._changes += 1
        self.finish_erasing()
        return kept

    @property
    def erasing(self) -> bool:
        """See `ProfileStore.erasing`."""
        return self._erased

    def finish_erasing(self) -> None:
        """Have Redis rewrite its file of changes, without what was erased, and see later whether it did."""
        if not self._erased:
            return
        try:
            info: Any = self._connection.ask(lambda redis: redis.info("persistence"))
            if info.get("aof_rewrite_in_progress") or info.get("aof_rewrite_scheduled"):
                return
            if self._rewrite_asked and info.get("aof_last_bgrewrite_status") == "ok":
                self._erased = self._rewrite_asked = False
                return
            self._connection.ask(lambda redis: redis.bgrewriteaof())
            self._rewrite_asked = True
        except ProfileStoreError:
            return

    def read(self, user: UserKey) -> StoredProfile | None:
        """See `ProfileStore.read`. A message that cannot be read is left out."""
        fields: Any = self._connection.ask(lambda redis: redis.hgetall(_key(user)))
        if not fields:
            return None
        messages = []
        for entry in _read_order(fields.get(_ORDER)):
            message = read_message(fields.get(entry.digest, b""), user)
            if message is None:
                _log.error("a message of a profile in Redis cannot be read, and is left out")
            else:
                messages.append(message)
        outcomes = _read_outcomes(fields.get(_OUTCOMES))
        return StoredProfile(messages, _read_phrases(fields.get(_PHRASES)), outcomes)

    def version(self) -> tuple[object, ...]:
        """See `ProfileStore.version`; another one after each 50 ms, for only Redis knows what others did."""
        return (self._changes, int(time.monotonic() / self._lease))

    def fingerprint(self, user: UserKey) -> tuple[object, ...]:
        """See `ProfileStore.fingerprint`."""
        return (self._connection.ask(lambda redis: redis.hget(_key(user), _STAMP), glance=True),)

    def close(self) -> None:
        """See `ProfileStore.close`."""
        self._connection.close()


_ENTRY = Struct(f"<{DIGEST_BYTES}sId")


def _write_order(entries: Sequence[_Entry]) -> bytes:
    return b"".join(_ENTRY.pack(one.digest, one.words, one.learned_at) for one in entries)


def _read_order(data: bytes | None) -> list[_Entry]:
    whole = len(data or b"") // _ENTRY.size * _ENTRY.size
    return [_Entry(*found) for found in _ENTRY.iter_unpack((data or b"")[:whole])]


def _stale_fields(user: UserKey, before: float, pipeline: Any) -> _Fields:
    counted = pipeline.hget(_key(user), _COUNTED)
    return {} if counted is None or float(counted) >= before else {_OUTCOMES: None, _COUNTED: None}


def _read_phrases(data: bytes | None) -> list[str]:
    phrases: list[str] = json.loads(data or b"[]")
    return phrases


def _read_outcomes(data: bytes | None) -> Outcomes:
    return Outcomes() if data is None else Outcomes.from_json(data.decode("utf-8", "replace"))


def _write_user(user: UserKey) -> bytes:
    return json.dumps([user.owner, user.user_id]).encode()


def _key(user: UserKey) -> str:
    return _PREFIX + user_digest(user).hex()
