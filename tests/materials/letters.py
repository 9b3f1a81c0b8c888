"""Invented mail: enough of it, of few enough phrases, that a tiny model learns something in seconds."""

import json
import random
from pathlib import Path

_OPENINGS = ("Hi all,", "Hello,", "Good morning,", "Dear team,")
_SENTENCES = (
    "Can we schedule a meeting for next week?",
    "Thank you for your help with the quarterly report.",
    "Please let me know if you have any questions.",
    "I will be out of the office until Monday.",
    "Attached is the agenda for our call on Thursday.",
    "I am looking forward to seeing you at the workshop.",
    "Could you please send me the latest draft?",
    "Let us talk about this tomorrow morning.",
    "The printer on the second floor is working again.",
    "We moved the lunch to the small meeting room.",
)
_CLOSINGS = ("Best regards,", "Thanks,", "Kind regards,")
_SUBJECTS = ("Meeting next week", "Quarterly report", "Workshop", "Office hours", "Lunch")


def letter(random_: random.Random) -> str:
    """The body of one invented message."""
    body = " ".join(random_.sample(_SENTENCES, random_.randint(2, 4)))
    return f"{random_.choice(_OPENINGS)}\n\n{body}\n\n{random_.choice(_CLOSINGS)}"


def letters(count: int, seed: int = 0) -> list[str]:
    """Bodies of invented messages."""
    random_ = random.Random(seed)
    return [letter(random_) for _ in range(count)]


def write_mail(path: Path, count: int, seed: int = 0, people: int = 8) -> Path:
    """Write invented mail as JSONL and return the path."""
    random_ = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            person = f"writer{number % people}"
            row = {
                "id": f"m{number}",
                "corpus": "invented",
                "person": person,
                "from": f"{person}@example.com",
                "to": f"reader{number % 3}@example.com",
                "subject": random_.choice(_SUBJECTS),
                # a serial line keeps near-duplicate removal from eating such a small world
                "body": letter(random_) + f"\n\nNote {number}: {' '.join(random_.choices(_WORDS, k=25))}.",
            }
            file.write(json.dumps(row) + "\n")
    return path


_LISTED = """apple river window garden paper letter summer winter yellow quiet train music market bridge
flower kitchen doctor pencil forest island pocket silver thunder velvet walnut zebra harbour castle meadow"""
_WORDS = tuple(_LISTED.split())
