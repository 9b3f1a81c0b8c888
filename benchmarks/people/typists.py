"""Simulates people at their keyboards: the keys, their times, and the request of each key."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import MappingProxyType

import click

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.readers import read_messages
from inkling.models.corpus.mail.reflow import normalise

MEAN_INTERVAL = 0.2
"""Seconds between two keys: five a second."""

_SPREAD = 0.6
"""Of the logarithm of an interval within a word: typing speeds vary by about half around their median."""

_PAUSE_SHARE, _PAUSE = 0.03, 8.0
"""The share of words before which a writer thinks, and how many mean intervals that takes on average."""

_INVENTED = (
    "Hi all,\n\nThank you for your help with the quarterly report. Can we schedule a meeting for next week? "
    "I would like to go through the open points before the workshop.\n\nBest regards,\n",
    "Hello,\n\nPlease let me know if you have any questions about the attached agenda. I will be out of the "
    "office until Monday, but I am happy to talk about it on the phone.\n\nThanks,\n",
    "Good morning,\n\nCould you please send me the latest draft? I am looking forward to seeing you at the "
    "meeting on Thursday.\n\nKind regards,\n",
)


@dataclass(frozen=True, slots=True)
class Keystroke:
    """A key press: its time in seconds from the start, its session's text, and its place in the text."""

    at: float
    session: str
    text: str
    end: int

    @property
    def prefix(self) -> str:
        """The text before the caret."""
        return self.text[: self.end]


class NoTextsError(click.ClickException):
    """There is nothing to type; the message says why, in one line."""

    exit_code = 2


def load_texts(path: Path | None, *, most: int = 400) -> list[str]:
    """Bodies of messages in a file of mail that are suited to typing. Without a file they are invented.

    Raises NoTextsError.
    """
    if path is None:
        return list(_INVENTED)
    texts = []
    try:
        for raw in read_messages(path):
            text = normalise(raw.body) if raw is not None else ""
            if 60 <= len(text) <= 2000:
                texts.append(text)
            if len(texts) == most:
                break
    except CorpusError as error:
        raise NoTextsError(str(error)) from None
    if not texts:
        raise NoTextsError(f"{path}: no message in it is suited to typing")
    return texts


def keystrokes(texts: Sequence[str], *, typists: int, seconds: float, seed: int) -> list[Keystroke]:
    """The keystrokes of this many simultaneous writers in this many seconds, in order of time.

    Each begins somewhere inside a message, at a random moment of the first second, and starts the
    next one when it is done. Every key asks, as a widget without any schedule would.
    """
    pressed: list[Keystroke] = []
    for number in range(typists):
        pressed += _one(texts, number, seconds, Random(f"{seed}:{number}"))
    return sorted(pressed, key=lambda key: key.at)


def _one(texts: Sequence[str], number: int, seconds: float, random: Random) -> Iterator[Keystroke]:
    now, message = random.random(), 0
    text = random.choice(texts)
    end = random.randrange(len(text))
    while now < seconds:
        yield Keystroke(now, f"typist{number}-{message}", text, end)
        if end == len(text):
            text, end, message = random.choice(texts), -1, message + 1
        end += 1
        now += _interval(random, word_start=end > 0 and text[end - 1 : end].isspace())


def _interval(random: Random, *, word_start: bool) -> float:
    # One pause in six characters and the keys together have the mean.
    share = _PAUSE_SHARE / 6
    if word_start and random.random() < _PAUSE_SHARE:
        return random.expovariate(1 / (_PAUSE * MEAN_INTERVAL))
    mean = MEAN_INTERVAL * (1 - share * _PAUSE) / (1 - share)
    return mean * random.lognormvariate(-(_SPREAD**2) / 2, _SPREAD)


def request_bytes(key: Keystroke, host: str, more: Mapping[str, object] = MappingProxyType({})) -> bytes:
    """The keystroke as an HTTP/1.1 request, with `more` fields in its body."""
    body = json.dumps({"prefix": key.prefix, "session_id": key.session, **more}).encode()
    head = (
        f"POST /v1/suggestions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
