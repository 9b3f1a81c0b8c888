"""Decodes bytes of mail even if the charset is wrong, missing or unknown."""

import codecs
import re

# Web browsers read these names as the larger set. Senders who use these labels mean the larger set too.
_LARGER = {
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta\b[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_HTML_HEAD = 4096


def decode(content: bytes, charset: str | None = None) -> str:
    """Text of bytes; never raises. `charset` is what the mail says, which may be wrong.

    Mail without a charset, or labelled ASCII, is read as UTF-8 if that is valid, else as Windows-1252. If
    UTF-8 is damaged only in places, these are replaced by U+FFFD.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    named = (charset or "").strip().strip("\"'").lower()
    name = _LARGER.get(named, named)
    if name and name not in ("cp1252", "utf-8", "utf8"):
        try:
            return content.decode(name)
        except (UnicodeError, LookupError, ValueError):
            pass
    if name == "cp1252" and named not in ("us-ascii", "ascii"):
        return _windows(content)
    return _utf8(content)


def html_charset(content: bytes) -> str | None:
    """The charset that an HTML text names itself, for mail that names none."""
    match = _META.search(content[:_HTML_HEAD])
    return match.group(1).decode("ascii", "ignore") if match else None


def _utf8(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        replaced = content.decode("utf-8", "replace")
        damaged = replaced.count("\ufffd")
        whole = sum(character > "\x7f" for character in replaced) - damaged
        return replaced if whole > damaged else _windows(content)


def _windows(content: bytes) -> str:
    text = content.decode("cp1252", "replace")
    # Bytes that stand for nothing in Windows-1252: the label said ISO 8859-1, or it is UTF-8 after all.
    if "\ufffd" in text:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return text
    return text
