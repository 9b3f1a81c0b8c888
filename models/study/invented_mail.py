"""Invented mail for a study without mail of one's own. Nobody in it exists."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_PARTS = Path(__file__).parent / "data" / "invented_mail.json"
_PEOPLE = 12
_THREADS = 0.4


def write_invented_mail(folder: Path, messages: int = 900, seed: int = 0) -> tuple[Path, Path]:
    """Write invented mail as JSON lines: the path of what is trained on, and of what is held out.

    A tenth is held out, by people who wrote nothing of the rest. Equal arguments, equal files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = json.loads(_PARTS.read_text("utf-8"))
    found = []
    for name, share, number in (("invented", 0.9, seed), ("invented-held-out", 0.1, seed + 1)):
        path = folder / f"{name}.jsonl"
        rows = _messages(parts, round(share * messages), name, random.Random(number))
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        found.append(path)
    train, held_out = found
    return train, held_out


def _messages(
    parts: dict[str, list[str]], count: int, who: str, random_: random.Random
) -> Iterator[dict[str, Any]]:
    """Rows of JSON lines, some of which answer the one before."""
    when = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    before: dict[str, Any] | None = None
    for number in range(count):
        when += timedelta(minutes=random_.randrange(5, 240))
        topic = random_.choice(parts["topic"])
        answers = before is not None and random_.random() < _THREADS
        subject = (
            before["subject"] if answers and before is not None else _filled("{Topic}", parts, topic, random_)
        )
        if answers and before is not None:
            topic = before["topic"]
        person = f"{who}-{random_.randrange(_PEOPLE)}"
        row = {
            "id": f"{who}-{number}",
            "corpus": "invented",
            "person": person,
            "from": f"{person}@example.com",
            "to": f"{random_.choice(parts['name'])} <reader@example.com>",
            "date": when.isoformat(),
            "subject": subject,
            "body": _body(parts, topic, random_),
        }
        if answers and before is not None:
            row |= {"previous_id": before["id"], "previous_body": before["body"]}
        before = {**row, "topic": topic}
        yield row


def _body(parts: dict[str, list[str]], topic: str, random_: random.Random) -> str:
    sentences = random_.sample(parts["sentence"], random_.randint(2, 5))
    opening, closing = random_.choice(parts["opening"]), random_.choice(parts["closing"])
    cut = random_.randint(1, len(sentences))
    paragraphs = [" ".join(sentences[:cut]), " ".join(sentences[cut:])]
    text = "\n\n".join(part for part in (opening, *paragraphs, closing) if part)
    return _filled(text, parts, topic, random_)


def _filled(text: str, parts: dict[str, list[str]], topic: str, random_: random.Random) -> str:
    """A text whose words in braces are replaced, each occurrence by a choice of its own."""
    text = text.replace("{topic}", topic).replace("{Topic}", topic[:1].upper() + topic[1:])
    for kind in ("day", "time", "place", "item", "name", "group", "count"):
        while f"{{{kind}}}" in text:
            text = text.replace(f"{{{kind}}}", random_.choice(parts[kind]), 1)
    return text
