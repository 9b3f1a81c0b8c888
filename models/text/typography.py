"""Typographic variants of characters, read as their plain forms.

Mail programs and phones write curly apostrophes, long dashes and other variants on their own. To a model,
these are other characters, so it knows less about such text. Training and serving read the plain forms.
"""

from collections.abc import Callable, Mapping

_APOSTROPHES = "\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4\uff07"
_QUOTATION_MARKS = "\u201c\u201d\u201e\u201f\u2033\uff02"
_HYPHENS = "\u2010\u2011\u2212\ufe63"
_DASHES = "\u2012\u2013\u2014\u2015"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_FULL_WIDTH_SHIFT = 0xFF01 - 0x21
_LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}

_PLAIN: Mapping[int, str] = {
    **{code: chr(code - _FULL_WIDTH_SHIFT) for code in _FULL_WIDTH},
    **{ord(character): "'" for character in _APOSTROPHES},
    **{ord(character): '"' for character in _QUOTATION_MARKS},
    **{ord(character): "-" for character in _HYPHENS + _DASHES},
    **{ord(character): " " for character in _SPACES},
    **{ord(character): plain for character, plain in _LIGATURES.items()},
    ord("\u2026"): "...",
}


def plain(text: str) -> str:
    """`text` with its typographic variants in their plain forms; other characters stay.

    >>> plain("I don\\u2019t \\u2014 really\\u2026")
    "I don't - really..."
    """
    return text if text.isascii() else text.translate(_PLAIN)


def as_written(written: str) -> Callable[[str], str]:
    """Return a function that gives a plain text the apostrophes and dashes that the writer uses in
    `written`.

    The form used last counts. Where none was used, the plain form stays.

    >>> as_written("I don\u2019t")("that's it")
    'that\u2019s it'
    """
    if written.isascii():
        return lambda text: text
    forms = [
        (plain_form, variant)
        for plain_form, plain_mark, variants in _FORMS
        if (variant := _last_form(written, plain_mark, variants)) is not None
    ]

    def written_so(text: str) -> str:
        for plain_form, variant in forms:
            text = text.replace(plain_form, variant)
        return text

    return written_so


_FORMS = (("'", "'", ("\u2019",)), (" - ", " - ", (" \u2013 ", " \u2014 ")))


def _last_form(written: str, plain_mark: str, variants: tuple[str, ...]) -> str | None:
    """The variant that occurs last in a text; None if the plain form does, or none of them occurs."""
    places = {variant: written.rfind(variant) for variant in variants}
    last = max(places, key=lambda variant: places[variant])
    return last if places[last] > written.rfind(plain_mark) else None
