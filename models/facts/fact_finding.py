"""Finds the facts of an English text."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from inkling.models.facts.fact import Fact, FactKind

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTH = "(?:" + "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS) + r")\.?"
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s(?:19|20)\d\d)?"
_PATTERNS = (
    (FactKind.WEEKDAY, rf"(?i:\b(?:{'|'.join(WEEKDAYS)}))\b"),
    (FactKind.DATE, rf"\b{_DAY}(?:\sof)?\s{_MONTH}(?!\w){_YEAR}"),
    (FactKind.DATE, rf"\b{_MONTH}\s{_DAY}\b{_YEAR}"),
    (
        FactKind.DATE,
        r"(?<![\w/.-])(?:\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)|\d{1,2}/\d{1,2})(?![\w/-])",
    ),
    (FactKind.TIME, r"(?<![\w:.$€£])(?:[01]?\d|2[0-3])(?:[:.][0-5]\d)?\s?(?i:[ap]\.?m)\b(?:\.(?=\w))?"),
    (FactKind.TIME, r"(?<![\w:.])(?:[01]?\d|2[0-3]):[0-5]\d(?![\w:])"),
    (FactKind.TIME, r"\bnoon\b"),
    (FactKind.AMOUNT, r"[$€£]\s?\d[\d,]*(?:\.\d+)?(?:k|m|\s(?:thousand|million|billion))?(?![\w%])"),
    (
        FactKind.AMOUNT,
        r"(?<![\w.,:/-])\d[\d,]*(?:\.\d+)?\s?"
        r"(?:%|(?:percent|dollars|euros|pounds|EUR|USD|GBP|hours|minutes|days|weeks|months)\b)",
    ),
    (FactKind.NUMBER, r"(?<!\w)\w*\d[\w.,:/-]*"),
)
_FACT = re.compile("|".join(f"(?P<p{number}>{pattern})" for number, (_, pattern) in enumerate(_PATTERNS)))
_END_MARKS = re.compile(r"\W+$")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)")
_MAY_HOLD = re.compile(r"\d|day\b|noon", re.IGNORECASE)


def find_facts(text: str) -> Iterator[Fact]:
    """The facts of a text in their order. They do not overlap."""
    if not _MAY_HOLD.search(text):
        return
    for match in _FACT.finditer(text):
        kind = _PATTERNS[int(str(match.lastgroup)[1:])][0]
        begin, end = match.span()
        if kind is FactKind.NUMBER:
            end = begin + len(_END_MARKS.sub("", match.group()))
        yield Fact(kind, text[begin:end], begin, end)


def digit_words(text: str) -> Iterator[str]:
    """The words of a text that hold a digit, without the marks around them."""
    for word in text.split():
        if any(map(str.isdecimal, word)):
            yield bare_word(word)


def bare_word(word: str) -> str:
    """A word without the marks around it."""
    return _EDGES.sub("", word)


def date_of(text: str, today: date) -> date | None:
    """The day that a date names, in the year that is nearest to today; None where it names none."""
    bare = _ORDINAL.sub("", text)
    numbers = [int(one) for one in re.findall(r"\d+", bare)]
    month = next(
        (
            number
            for number, name in enumerate(_MONTHS, 1)
            if re.search(rf"(?i)\b{name[:3]}(?:{name[3:]})?\b", bare)
        ),
        None,
    )
    year = next((number for number in numbers if number > 1900), None)
    if month is not None and numbers and numbers[0] <= 31:
        return _nearest(year, month, numbers[0], today)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", bare):
        return _nearest(numbers[0], numbers[1], numbers[2], today)
    return None  # which number of "4/5" is the month differs from country to country


def _nearest(year: int | None, month: int, day: int, today: date) -> date | None:
    years: Sequence[int] = (today.year - 1, today.year, today.year + 1) if year is None else (year,)
    found = []
    for one in years:
        try:
            found.append(date(one, month, day))
        except ValueError:
            continue
    return min(found, key=lambda moment: abs((moment - today).days), default=None)
