"""From one message of standard mail (RFC 5322 with MIME) to a raw message."""

import re
from email.header import decode_header
from email.message import Message as MailMessage
from email.parser import BytesParser
from email.policy import compat32

from models.corpus.html_text import html_to_text
from models.corpus.json_lines import parse_date
from models.corpus.message import RawMessage

_KEPT_HEADERS = ("auto-submitted", "precedence", "list-id", "list-unsubscribe")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_MAX_PARTS = 200


def parse_mail(content: bytes, corpus: str, fallback_id: str) -> RawMessage | None:
    """Parse the bytes of one message; None when it has no text or cannot be parsed."""
    try:
        # The old policy never raises on a broken header, where the new one may.
        mail = BytesParser(policy=compat32).parsebytes(content)
        return message_of_mail(mail, corpus, fallback_id)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, IndexError):
        return None


def message_of_mail(mail: MailMessage, corpus: str, fallback_id: str) -> RawMessage | None:
    """Take a parsed message's text and headers; None when it has no text."""
    body = _body(mail)
    if not body.strip():
        return None
    answered = _MESSAGE_ID.findall(_header(mail, "In-Reply-To")) or _MESSAGE_ID.findall(
        _header(mail, "References")
    )
    return RawMessage(
        id=next(iter(_MESSAGE_ID.findall(_header(mail, "Message-ID"))), fallback_id),
        corpus=corpus,
        body=body,
        sender=_header(mail, "From"),
        to=", ".join(filter(None, (_header(mail, name) for name in ("To", "Cc", "Reply-To")))),
        date=parse_date(_header(mail, "Date")),
        subject=_header(mail, "Subject"),
        previous_id=answered[-1] if answered else None,
        headers={name: _header(mail, name) for name in _KEPT_HEADERS if mail.get(name) is not None},
    )


def _header(mail: MailMessage, name: str) -> str:
    """A header as text: encoded words (RFC 2047) decoded, folding undone, damage replaced."""
    value = mail.get(name)
    if value is None:
        return ""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError):
        return " ".join(str(value).split())
    text = "".join(piece if isinstance(piece, str) else _decode(piece, charset) for piece, charset in pieces)
    return " ".join(text.split())


def _decode(content: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8"):
        try:
            if name and name.lower() not in ("unknown-8bit", "unknown", "x-unknown"):
                return content.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    try:
        return content.decode(charset or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _body(mail: MailMessage) -> str:
    """The text parts joined, or the HTML parts turned into text where there is no plain text."""
    plain: list[str] = []
    html: list[str] = []
    for index, part in enumerate(mail.walk()):
        if index >= _MAX_PARTS:
            break
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind.startswith("multipart/"):
            kind = "text/plain"  # a boundary that occurs nowhere: the parser leaves one piece of text
        if kind not in ("text/plain", "text/html"):
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            text = _decode(payload, part.get_content_charset())
            (plain if kind == "text/plain" else html).append(text)
    if any(text.strip() for text in plain):
        return "\n".join(plain)
    return "\n".join(html_to_text(text) for text in html)
