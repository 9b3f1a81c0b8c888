"""The rows of one user in the database of profiles: how they are changed and read."""

import sqlite3
from collections.abc import Sequence

from inkling.models.personal.outcomes import Outcomes
from inkling.service.profiles.profile_store import LearnedMessage, StoredProfile, UserKey

_OWN = "owner = ? AND user_id = ?"
_TABLES = ("message", "forbidden", "outcome")


def keep_message(change: sqlite3.Connection, user: UserKey, message: LearnedMessage, max_words: int) -> None:
    """Add a message in place of one with the same text, and drop the oldest beyond the bound of words."""
    key = (user.owner, user.user_id)
    same = (*key, message.text)
    again = f"SELECT times, learned_at FROM message WHERE {_OWN} AND text = ?"
    for before in change.execute(again, same).fetchall():
        message = message.after(*before)
    change.execute(f"DELETE FROM message WHERE {_OWN} AND text = ?", same)
    change.execute(
        "INSERT INTO message (owner, user_id, text, pieces, hashes, tokenizer, words, learned_at,"
        " times) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            message.text,
            message.tokens,
            message.hashes,
            message.tokenizer,
            message.words,
            message.learned_at,
            message.times,
        ),
    )
    change.execute(
        "DELETE FROM message WHERE number IN (SELECT number FROM (SELECT number, SUM(words) OVER"
        f" (ORDER BY number DESC) AS newer FROM message WHERE {_OWN}) WHERE newer > ?)",
        (*key, max(max_words, message.words)),
    )


def write_phrases(change: sqlite3.Connection, user: UserKey, phrases: Sequence[str]) -> None:
    """Replace the phrases that are never suggested."""
    key = (user.owner, user.user_id)
    change.execute(f"DELETE FROM forbidden WHERE {_OWN}", key)
    change.executemany("INSERT INTO forbidden VALUES (?, ?, ?)", [(*key, phrase) for phrase in phrases])


def read_phrases(connection: sqlite3.Connection, user: UserKey) -> list[str]:
    """The phrases that are never suggested, in their order."""
    rows = connection.execute(
        f"SELECT phrase FROM forbidden WHERE {_OWN} ORDER BY rowid", (user.owner, user.user_id)
    )
    return [phrase for (phrase,) in rows]


def add_outcomes(change: sqlite3.Connection, user: UserKey, outcomes: Outcomes, moment: float) -> None:
    """Add to what became of suggestions."""
    total = read_outcomes(change, user).plus(outcomes).to_json()
    change.execute(
        "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?)", (user.owner, user.user_id, total, moment)
    )


def read_outcomes(connection: sqlite3.Connection, user: UserKey) -> Outcomes:
    """What became of suggestions."""
    found = connection.execute(
        f"SELECT counts FROM outcome WHERE {_OWN}", (user.owner, user.user_id)
    ).fetchone()
    return Outcomes() if found is None else Outcomes.from_json(found[0])


def read_profile(connection: sqlite3.Connection, user: UserKey) -> StoredProfile | None:
    """All that is kept; None if nothing is. Call it within a transaction."""
    if not has_rows(connection, user):
        return None
    rows = connection.execute(
        "SELECT text, pieces, hashes, tokenizer, words, learned_at, times FROM message"
        f" WHERE {_OWN} ORDER BY number",
        (user.owner, user.user_id),
    ).fetchall()
    messages = [LearnedMessage(*row) for row in rows]
    return StoredProfile(messages, read_phrases(connection, user), read_outcomes(connection, user))


def has_rows(connection: sqlite3.Connection, user: UserKey) -> bool:
    """Whether anything is kept of a user, readable or not."""
    any_row = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {_OWN})" for table in _TABLES)
    (found,) = connection.execute(f"SELECT {any_row}", (user.owner, user.user_id) * len(_TABLES)).fetchone()
    return bool(found)


def drop_user(change: sqlite3.Connection, user: UserKey) -> None:
    """Drop all rows of a user."""
    for table in _TABLES:
        change.execute(f"DELETE FROM {table} WHERE {_OWN}", (user.owner, user.user_id))


def drop_before(change: sqlite3.Connection, moment: float) -> list[UserKey]:
    """Drop messages learned and outcomes last counted before a moment; returns the users who lost some."""
    users = change.execute(
        "SELECT owner, user_id FROM message WHERE learned_at < ?"
        " UNION SELECT owner, user_id FROM outcome WHERE counted_at < ?",
        (moment, moment),
    ).fetchall()
    change.execute("DELETE FROM message WHERE learned_at < ?", (moment,))
    change.execute("DELETE FROM outcome WHERE counted_at < ?", (moment,))
    return [UserKey(*user) for user in users]


def signature(connection: sqlite3.Connection, user: UserKey) -> tuple[object, ...]:
    """A value that changes when the user's messages or phrases do."""
    key = (user.owner, user.user_id)
    found: tuple[object, ...] = connection.execute(
        # Numbers are used again once they are free, moments are not.
        "SELECT COUNT(*), MAX(number), MAX(learned_at), TOTAL(learned_at), (SELECT"
        f" GROUP_CONCAT(phrase, char(10)) FROM forbidden WHERE {_OWN})"
        f" FROM message WHERE {_OWN}",
        (*key, *key),
    ).fetchone()
    return found
