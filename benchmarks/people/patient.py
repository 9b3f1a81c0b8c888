"""People who type and ask again when no answer comes, and people whose sent mail is learned."""

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from benchmarks.people.sent import message
from benchmarks.people.typists import MEAN_INTERVAL, load_texts

TIMEOUT = 40.0
"""Seconds for one request: more than the proxy lets a service take."""

_AGAIN = 0.1
_GIVEN_UP = 60.0
"""Seconds after which a writer asks no more."""

_OTHERS = (0, 429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Typed:
    """One keystroke: what it asked, the statuses until it was answered (0: the connection broke), what it
    got, when it was pressed, and how long it took in all.
    """

    prefix: str
    statuses: tuple[int, ...]
    texts: tuple[tuple[str, float], ...]
    pressed: float
    seconds: float

    @property
    def answered(self) -> bool:
        """Whether an answer came in the end."""
        return self.statuses[-1] == 200


@dataclass(slots=True)
class Notes:
    """What people noted: keystrokes, messages that were acknowledged, and the statuses of the others."""

    began: float = field(default_factory=time.monotonic)
    name: str = ""
    typed: list[Typed] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began


async def type_on(url: str, number: int, notes: Notes, over: asyncio.Event) -> None:
    """Type drafts, one key after the other, until it is over. Every draft holds words of its writer alone."""
    chance = Random(number)
    own = "".join(chance.choice("bdfglmnprstv") + chance.choice("aeiou") for _ in range(4))
    texts = load_texts(None)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as client:
        draft = 0
        while not over.is_set():
            draft += 1
            text = f"The {own} crates and the {own} boxes are here. {chance.choice(texts)}The {own} crates"
            end = chance.randrange(len(text))
            while end <= len(text) and not over.is_set():
                notes.typed.append(
                    await _ask(client, text[:end], f"writer-{notes.name}-{number}-{draft}", notes)
                )
                await asyncio.sleep(chance.expovariate(1 / MEAN_INTERVAL))
                end += 1


async def _ask(client: httpx.AsyncClient, prefix: str, session: str, notes: Notes) -> Typed:
    body = {"prefix": prefix, "session_id": session, "min_confidence": 0, "interruption_ms": 0}
    pressed, statuses = notes.now(), []
    while True:
        answer: Any = None
        try:
            response = await client.post("/v1/suggestions", json=body)
        except httpx.TransportError:
            statuses.append(0)
        else:
            statuses.append(response.status_code)
            answer = response.json() if response.status_code == 200 else None
        if statuses[-1] not in _OTHERS or notes.now() - pressed > _GIVEN_UP:
            found = [] if answer is None else answer["suggestions"]
            texts = tuple((str(one["text"]), round(float(one["confidence"]), 6)) for one in found)
            return Typed(prefix, tuple(statuses), texts, pressed, notes.now() - pressed)
        await asyncio.sleep(_AGAIN)


async def send_on(url: str, number: int, notes: Notes, over: asyncio.Event) -> None:
    """Send messages of which the service learns, until it is over. Each message is another one."""
    user, count = f"sender-{notes.name}-{number}", 0
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as client:
        while not over.is_set():
            text = message(number * 512 + count)
            count = (count + 1) % 512
            try:
                status = (await client.post(f"/v1/users/{user}/messages", json={"text": text})).status_code
            except httpx.TransportError:
                status = 0
            if status == 200:
                notes.kept.setdefault(user, []).append(text)
            else:
                notes.refused.append(status)
            await asyncio.sleep(MEAN_INTERVAL)


def lost(url: str, kept: dict[str, list[str]]) -> int:
    """The number of these messages that a service does not have."""
    missing = 0
    with httpx.Client(base_url=url, timeout=TIMEOUT) as client:
        for user, texts in kept.items():
            response = client.get(f"/v1/users/{user}")
            found = response.json()["messages"] if response.status_code == 200 else []
            missing += len(set(texts) - {str(one["text"]).strip() for one in found})
    return missing
