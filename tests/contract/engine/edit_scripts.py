"""Random edits that a writer makes to a draft between two requests."""

from collections.abc import Iterator
from random import Random

from inkling.models.text.context import Context

WORDS = (
    "meetign", "recieve",
    "the", "meeting", "Ada", "can", "we", "a", "at", "noon?", "it's", "re-send", "e.g.", "ok.", "Grüße,",
    "😀", "👩‍👩‍👧", "é", "日本語",
    "会議。", "ที่นี่", "か゛に", "x@y.example", "12:30", "I", "don’t", "—", "…", "AdaAda", "▁",
)  # fmt: skip
SPACES = (" ", " ", " ", " ", " ", "  ", "\n", "\n\n", "\t", " \n ", "\u00a0", "\u3000", "\r\n", "\x1f")
CONTEXTS = (
    Context(),
    Context(subject="Meeting"),
    Context(recipient_name="Ada"),
    Context(previous_message="Shall we meet?\nAda", recipient_name="Ada"),
    Context(previous_message="", recipient_name=""),
)


def paragraph(random: Random, words: int) -> str:
    """Return words with white space of all kinds between, and sometimes around, them."""
    text = "".join(random.choice(WORDS) + random.choice(SPACES) for _ in range(words))
    return text if random.random() < 0.5 else random.choice(SPACES) + text.rstrip()


class Writer:
    """A writer of one draft. `text` is the text before the caret."""

    def __init__(self, random: Random) -> None:
        self.text = paragraph(random, random.choice((0, 4, 12)))
        self.context = random.choice(CONTEXTS)
        self._random = random
        self._undo: list[str] = []
        self._redo: list[str] = []

    def edit(self) -> Iterator[None]:
        """Make one random edit, yielding after every keystroke of it."""
        random = self._random
        edits = (
            self._type, self._type, self._type, self._backspace, self._backspace, self._paste, self._middle,
            self._caret, self._replace, self._undone, self._undone, self._redone, self._readdress,
        )  # fmt: skip
        for text in random.choice(edits)():
            if text is not None:
                self.text = text
            yield

    def _remember(self) -> None:
        self._undo.append(self.text)
        self._redo.clear()

    def _type(self) -> Iterator[str]:
        self._remember()
        text = self.text
        for character in paragraph(self._random, self._random.randint(1, 2)):
            text += character
            yield text

    def _backspace(self) -> Iterator[str]:
        self._remember()
        text = self.text
        for _ in range(self._random.choice((1, 2, 4, 8, 25))):
            text = text[:-1]
            yield text

    def _paste(self) -> Iterator[str]:
        self._remember()
        yield self.text + paragraph(self._random, self._random.choice((1, 3, 10, 45)))

    def _middle(self) -> Iterator[str]:
        """Change a span somewhere and put the caret back at the end."""
        self._remember()
        start = self._random.randint(0, len(self.text))
        end = min(len(self.text), start + self._random.randint(0, 8))
        insert = self._random.choice(("", "x", " ", "\n", paragraph(self._random, 1)))
        yield self.text[:start]
        yield self.text[:start] + insert
        yield self.text[:start] + insert + self.text[end:]

    def _caret(self) -> Iterator[str]:
        """Move the caret elsewhere and come back. Only text before the caret is sent."""
        whole = self.text
        yield whole[: self._random.randint(0, len(whole))]
        yield whole

    def _replace(self) -> Iterator[str]:
        self._remember()
        yield paragraph(self._random, self._random.randint(0, 8))

    def _undone(self) -> Iterator[str]:
        if self._undo:
            self._redo.append(self.text)
            yield self._undo.pop()

    def _redone(self) -> Iterator[str]:
        if self._redo:
            self._undo.append(self.text)
            yield self._redo.pop()

    def _readdress(self) -> Iterator[None]:
        self.context = self._random.choice(CONTEXTS)
        yield None
